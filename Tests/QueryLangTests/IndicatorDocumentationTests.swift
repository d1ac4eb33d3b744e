import Foundation
import QueryLang
import Testing

/// The page of the indicators is true: it has them all, as they are, and its examples compile.
@Suite struct IndicatorDocumentationTests {
    private static let page: String = {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/functions/indicators.md")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    private static let statements = page.components(separatedBy: "```sql\n").dropFirst().flatMap { block in
        String(block.prefix(upTo: block.range(of: "```")?.lowerBound ?? block.endIndex))
            .components(separatedBy: ";\n").filter { !$0.allSatisfy(\.isWhitespace) }
    }

    @Test func examplesCompile() {
        #expect(Self.statements.count > 4)
        for statement in Self.statements {
            let shown = failure(statement, catalog: .reference).map { QueryDiagnostic.render($0, in: statement) }
            #expect(shown == nil)
        }
    }

    @Test(arguments: IndicatorCatalog.all) func anIndicatorIsThere(_ indicator: IndicatorSignature) throws {
        let signature = try #require(IndicatorCatalog.function(named: indicator.name))
        let row = try #require(Self.page.split(separator: "\n").first { $0.hasPrefix("| `\(signature.text)` |") })
        #expect(row.contains(indicator.summary), "\(indicator.name)")
        guard case .technical = indicator.function else { return }
        for parameter in indicator.parameters {
            let value =
                if case .real = parameter.values, parameter.default == parameter.default.rounded() {
                    "\(Int(parameter.default))"
                } else {
                    parameter.defaultText
                }
            #expect(row.contains("\(parameter.name) \(value) ("), "\(indicator.name), \(parameter.name)")
        }
        for output in indicator.outputs { #expect(row.contains(output), "\(indicator.name), \(output)") }
        #expect(Self.page.contains("| `\(indicator.name)` |"), "\(indicator.name) in the table of oracles")
    }
}
