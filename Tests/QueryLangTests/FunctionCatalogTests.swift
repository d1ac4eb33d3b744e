import QueryLang
import Testing

@Suite struct FunctionCatalogTests {
    @Test func everyFunctionIsFoundByItsNameInAnyCase() {
        let names = AggregateFunction.allCases.map(\.rawValue) + ScalarFunction.allCases.map(\.rawValue)
        #expect(FunctionCatalog.all.map(\.name) == names)
        for name in names { #expect(FunctionCatalog.function(named: name.uppercased())?.name == name) }
        #expect(FunctionCatalog.function(named: "nope") == nil)
    }

    @Test func signaturesAreConsistent() {
        for function in FunctionCatalog.all {
            #expect(function.requiredCount <= function.parameters.count)
            #expect(!function.isVariadic || !function.parameters.isEmpty)
            #expect(function.summary.hasSuffix("."))
            #expect(!Set(["SELECT", "FROM", "WHERE"]).contains(function.name.uppercased()))
        }
        #expect(FunctionCatalog.function(named: "round")?.text == "round(x, [digits])")
        #expect(FunctionCatalog.function(named: "coalesce")?.text == "coalesce(value, …)")
        #expect(FunctionCatalog.function(named: "count")?.text == "count([value])")
    }
}
