import Columnar
import QueryLang
import Testing

/// Texts that are almost queries, and bytes that are not: whatever comes is answered by a statement or a placed error.
@Suite struct MutationTests {
    private static let seeds: [[UInt8]] =
        (ParserTests.canonical.map(\.0) + ClauseParserTests.canonical.map(\.0) + ClauseBindingTests.clauses.map(\.text)
        + SourceBindingTests.joins.map(\.text) + SourceBindingTests.windowJoins.map(\.text)
        + SourceBindingTests.queries.map(\.text) + WindowBindingTests.calls.map(\.text) + BinderTests.rows.map(\.text)
        + BinderTests.groups.map(\.text)
        + BinderTests.pushed.map { "SELECT id FROM trades WHERE \($0.text)" }
        + StatementSyntaxTests.texts.map(\.0) + StatementBindingTests.mistakes.map { MarkedText($0.0).text }
        + SyntaxErrorTests.cases.map { MarkedText($0.marked).text }).map { Array($0.utf8) }

    private static let pieces: [[UInt8]] =
        [
            "(", ")", ",", "'", "\"", "`", "--", "/*", "*/", "*", ";", " ", "\n", "=", "<>", "!", ".", "1",
            "9223372036854775808",
            "1e309", "1m", "0x", "\u{0}", "é", "😀", "NULL", "SELECT ", " FROM trades", " WHERE ", " AND ", " NOT ",
            " IN (",
            " BETWEEN ", " IS ", " SAMPLE BY 1m", " GROUP BY ", " ORDER BY ", " LIMIT 1", " LATEST BY symbol", "time",
            "symbol",
            " OVER (", " PARTITION BY symbol", " ROWS 5 PRECEDING", " RANGE BETWEEN ", " CURRENT ROW", " 5s PRECEDING",
            " ASOF JOIN ", " JOIN ", " LEFT JOIN ", " WINDOW JOIN quotes q ", " ON (symbol)", " ON ", " TOLERANCE 5s",
            "t.", "q.bid", ".*", " HAVING ", " FILL(", "PREV", "LINEAR", " DISTINCT ", "(SELECT * FROM trades)", " t ",
            " AS ", " EXPLAIN ", "lag(price)", "row_number() ", "1 minute", " ALIGN TO FIRST OBSERVATION", ", -5",
            "price", "ohlcv(price, size)", "count(*)", "sum(", "'2024-08-08'", "-9223372036854775808", "@", "@v1",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF0, 0x9F]]

    private static func mutated(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = random.pick(seeds)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.insert(contentsOf: random.pick(pieces), at: place)
            case 1: bytes.removeSubrange(place..<end)
            case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
            case 4: bytes.replaceSubrange(place..<end, with: random.pick(pieces))
            default: bytes = Array(bytes[..<place]) + random.pick(seeds).dropFirst(place)
            }
        }
        return bytes
    }

    /// Nil if all is as it should be; else what is not.
    private static func fault(_ bytes: [UInt8]) -> String? {
        do throws(QueryError) {
            let statement = try Parser.parse(utf8: bytes)
            guard let again = try? Parser.parse(statement.text), again == statement else {
                return "does not round-trip"
            }
            return QueryDialect.allCases.lazy.compactMap { fault(statement, $0, bytes) }.first
        } catch {
            return fault(error, bytes)
        }
    }

    private static func fault(_ statement: Statement, _ dialect: QueryDialect, _ bytes: [UInt8]) -> String? {
        do throws(QueryError) {
            let bound = try Binder(catalog: TestCatalog(), dialect: dialect).bind(statement)
            return fault(bound).map { "\(dialect): \($0)" }
        } catch {
            return fault(error, bytes)
        }
    }

    /// What an error, and each that comes with it, lacks.
    private static func fault(_ error: QueryError, _ bytes: [UInt8]) -> String? {
        _ = QueryDiagnostic.render(error, in: String(decoding: bytes, as: UTF8.self))
        for error in error.all {
            guard let span = error.span else { return "error without a place: \(error)" }
            guard span.start >= 0, span.start <= span.end, span.end <= bytes.count else {
                return "place \(span) outside"
            }
            if error.message.isEmpty || error.code == .bug { return "error says nothing: \(error)" }
        }
        return nil
    }

    /// What ``BoundSelect`` promises.
    private static func fault(_ statement: BoundStatement) -> String? {
        switch statement {
        case .select(let select), .explain(let select, _): BoundTreeCheck.fault(select)
        case .showTables, .showColumns, .show, .command: nil
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func mutatedQueriesAreAnsweredOrRefusedWithAPlace(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_500 {
            let bytes = Self.mutated(&random)
            let fault = Self.fault(bytes)
            try #require(fault == nil, "seed \(seed): \(bytes) \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test(arguments: 1...2 as ClosedRange<UInt64>) func randomBytesAreRefusedWithAPlace(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            try #require(Self.fault(bytes) == nil, "seed \(seed): \(bytes)")
        }
    }

    @Test func everyPrefixOfAQueryIsAnsweredOrRefused() throws {
        for text in Self.seeds {
            for end in text.indices { try #require(Self.fault(Array(text[..<end])) == nil, "\(text[..<end])") }
        }
    }
}
