import Foundation
import QueryLang
import Testing

/// The language's reference is true: its queries compile, its errors are what the compiler says.
@Suite struct DocumentationTests {
    private static let reference: String = {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        // The pages of functions belong to it.
        let folder = root.appending(path: "docs/functions")
        let pages = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let files = [root.appending(path: "docs/query-language.md")] + pages.sorted { $0.path < $1.path }
        return files.map { (try? String(contentsOf: $0, encoding: .utf8)) ?? "" }.joined(separator: "\n")
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

    @Test func everyFunctionBoundAndCodeIsInTheReference() {
        for function in BucketFunction.own {
            #expect(Self.reference.contains("`\(function.text)`"), "\(function.text)")
        }
        for function in FunctionCatalog.all + WindowCatalog.all {
            #expect(Self.reference.contains("`\(function.text)`"), "\(function.text)")
            #expect(Self.reference.contains(function.summary), "\(function.summary)")
        }
        let bounds = [
            QueryLimits.textBytesMax, QueryLimits.nestingDepthMax, QueryLimits.subqueryLevels, QueryLimits.sourcesMax,
            QueryLimits.listValuesMax, QueryLimits.outputColumnsMax, QueryLimits.termsMax, QueryLimits.argumentsMax,
        ]
        for bound in bounds { #expect(Self.reference.contains("\(bound)")) }
        for code in QueryError.Code.allCases { #expect(Self.reference.contains("`\(code.rawValue)`")) }
    }

    /// The words that the grammar has in quotes.
    private static let words: Set<String> = {
        let grammar = blocks("ebnf").joined().split(separator: "\"").map(String.init)
        return Set(grammar.filter { $0.count > 1 && $0.allSatisfy { $0.isASCII && $0.isUppercase } })
    }()

    /// The words in code that follow a phrase of the reference.
    private static func words(after phrase: String) -> Set<String> {
        let text = reference.replacing("\n", with: " ")
        guard let start = text.range(of: phrase)?.upperBound else { return [] }
        let code = text[start...].split(separator: "`", maxSplits: 2).dropFirst().first ?? ""
        return Set(code.split(separator: " ").map(String.init))
    }

    @Test func reservedWordsAreThoseOfTheReference() {
        let reserved = Self.words(after: "These words are no names unless they are quoted:")
        #expect(Self.words.count > 50 && !reserved.isEmpty)
        let refused = Self.words.filter { (try? Parser.parse("SELECT a AS \($0) FROM t")) == nil }
        #expect(refused == reserved)
    }

    @Test func wordsThatAreNoAliasesOfSourcesAreThoseOfTheReference() {
        let listed = Self.words(after: "can follow it need `AS` or quotes:")
        let names = Self.words.filter { (try? Parser.parse("SELECT a AS \($0) FROM t")) != nil }
        let refused = names.union(["USING"]).filter { (try? Parser.parse("SELECT a FROM t \($0)")) == nil }
        #expect(refused == listed)
    }
}
