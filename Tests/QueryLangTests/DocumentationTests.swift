import Foundation
import QueryLang
import Testing

/// The language's reference is true: its queries compile, its errors are what the compiler says.
@Suite struct DocumentationTests {
    private static let reference: String = {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/query-language.md")
        return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }()

    /// The blocks of the reference that are marked with a language.
    private static func blocks(_ language: String) -> [String] {
        reference.components(separatedBy: "```\(language)\n").dropFirst().map {
            String($0.prefix(upTo: $0.range(of: "```")?.lowerBound ?? $0.endIndex))
        }
    }

    /// Statements end with a semicolon at the end of a line.
    private static let statements = blocks("sql").flatMap { block in
        block.components(separatedBy: ";\n").filter { !$0.allSatisfy(\.isWhitespace) }
    }

    @Test func referenceHasExamples() {
        #expect(Self.statements.count > 30)
        #expect(Self.blocks("error").count > 3)
    }

    @Test(arguments: statements) func everyExampleCompiles(_ statement: String) throws {
        let error = failure(statement, catalog: .reference)
        let shown = error.map { QueryDiagnostic.render($0, in: statement) }
        #expect(shown == nil)
    }

    /// In a block `error` the rendered error follows: one line, or several if the text has several.
    @Test(arguments: blocks("error")) func everyErrorIsWhatTheCompilerSays(_ block: String) throws {
        var lines = block.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let carets = try #require(lines.firstIndex { $0.contains("^") })
        if let separator = lines.firstIndex(of: "--"), separator < carets {
            let text = lines[..<separator].joined(separator: "\n")
            let shown = lines[(separator + 1)...].joined(separator: "\n").trimmingCharacters(in: .newlines)
            #expect(QueryDiagnostic.render(try #require(failure(text, catalog: .reference)), in: text) == shown)
        } else {
            let text = lines.removeFirst()
            let shown = ([text] + lines).joined(separator: "\n").trimmingCharacters(in: .newlines)
            #expect(QueryDiagnostic.render(try #require(failure(text, catalog: .reference)), in: text) == shown)
        }
    }

    @Test func everyFunctionKeywordAndBoundIsInTheReference() {
        for function in FunctionCatalog.all {
            #expect(Self.reference.contains("`\(function.text)`"), "\(function.text)")
            #expect(Self.reference.contains(function.summary), "\(function.summary)")
        }
        let bounds = [
            QueryLimits.textBytesMax, QueryLimits.nestingDepthMax, QueryLimits.listValuesMax,
            QueryLimits.outputColumnsMax, QueryLimits.termsMax,
        ]
        for bound in bounds { #expect(Self.reference.contains("\(bound)")) }
        for code in QueryError.Code.allCases { #expect(Self.reference.contains("`\(code.rawValue)`")) }
    }
}
