import QueryLang
import Testing

@Suite struct FunctionCatalogTests {
    @Test func everyFunctionIsFoundByItsNameInAnyCase() {
        let scalars = ScalarFunction.allCases.filter { !$0.isOperator }.map(\.rawValue)
        let names = AggregateFunction.allCases.map(\.rawValue) + scalars
        #expect(Set(FunctionCatalog.all.map(\.name)) == Set(names) && FunctionCatalog.all.count == names.count)
        for function in ScalarFunction.allCases where function.isOperator {
            #expect(FunctionCatalog.function(named: function.rawValue) == nil)
        }
        for name in names { #expect(FunctionCatalog.function(named: name.uppercased())?.name == name) }
        #expect(FunctionCatalog.function(named: "nope") == nil)
    }

    @Test func aliasesNameOneFunctionEach() {
        let names = FunctionCatalog.all.map(\.name) + AggregateFunction.allCases.flatMap(\.aliases)
        #expect(Set(names).count == names.count)
        for function in AggregateFunction.allCases {
            for alias in function.aliases {
                #expect(FunctionCatalog.function(named: alias.uppercased())?.function == .aggregate(function))
            }
        }
        #expect(FunctionCatalog.function(named: "mean")?.name == "avg")
        #expect(FunctionCatalog.function(named: "stddev")?.name == "stddev_samp")
        #expect(FunctionCatalog.function(named: "variance")?.name == "var_samp")
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
