import Foundation
import QueryLang
import Testing

/// The page of microstructure is true: it has every function as the catalogs have it, and a test for each.
@Suite struct MicrostructureDocumentationTests {
    private static let page: String = {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/functions/microstructure.md")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    private static let oracles = page.components(separatedBy: "## How they are tested").last ?? ""

    @Test(arguments: MicrostructureCatalog.bookFunctions)
    func aFunctionOfTheBookIsThere(_ signature: MicrostructureCatalog.Signature) {
        #expect(Self.page.contains("`\(signature.text)`"), "\(signature.text)")
        let name = signature.function.rawValue
        #expect(Self.oracles.contains("`\(name)"), "\(name) has no oracle")
        #expect(signature.summary.hasSuffix("."))
    }

    @Test(arguments: TradeRule.signatures) func aRuleIsThere(_ rule: IndicatorSignature) throws {
        let signature = try #require(IndicatorCatalog.function(named: rule.name))
        let row = try #require(Self.page.split(separator: "\n").first { $0.hasPrefix("| `\(signature.text)` |") })
        #expect(row.contains(rule.summary))
        #expect(Self.oracles.contains("`\(rule.name)`"))
    }
}
