import QueryLang
import Testing

@Suite struct PrinterTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func whatIsPrintedParsesToTheSameStatement(seed: UInt64) throws {
        var statements = RandomStatements(seed: seed)
        for _ in 0..<700 {
            let statement = statements.statement()
            let text = statement.text
            let parsed: Statement
            do throws(QueryError) {
                parsed = try Parser.parse(text)
            } catch {
                // Some name more tables than a text may.
                if error.code == .limit { continue }
                throw error
            }
            try #require(parsed == statement, "seed \(seed): \(text)")
            try #require(parsed.text == text, "seed \(seed): \(text)")
        }
    }

    /// What is nested as deeply as is allowed does not get deeper by printing.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func deepestStatementsPrintToOnesThatAreAllowed(seed: UInt64) throws
    {
        let wrappers = [
            ("(", ")"), ("NOT ", ""), ("- ", ""), ("+", ""), ("1 + (", ")"), ("a = (", ")"), ("abs(", ")"),
            ("a IN (", ")"),
            ("a IN 'x' AND (", ")"), ("a BETWEEN 1 AND (", ")"), ("(", " IS NULL)"), ("a OR b AND (", ")"),
            ("(", ") IN 'x'"),
            ("a NOT BETWEEN -(", ") AND b"), ("f(a, ", ", b)"), ("a OR NOT ", ""), ("b * ", ""),
        ]
        var random = SeededGenerator(seed: seed)
        var parsed = 0
        for round in 0..<120 {
            var text = "a"
            for _ in 0..<(40 + round % 160) {
                let (open, close) = random.pick(round % 3 == 0 ? [wrappers[round % wrappers.count]] : wrappers)
                text = open + text + close
            }
            guard let statement = try? Parser.parse("SELECT \(text) FROM t") else { continue }
            parsed += 1
            let again = try Parser.parse(statement.text)
            try #require(again == statement && again.text == statement.text, "seed \(seed): \(text)")
        }
        #expect(parsed > 12)
    }

    @Test func expressionsAndNamesPrintAlone() throws {
        guard case .select(let select) = try Parser.parse("SELECT a FROM \"order\" WHERE NOT (a+1)*2 > 3").kind else {
            return
        }
        #expect(select.filter?.text == "NOT (a + 1) * 2 > 3")
        guard case .table(let table) = select.source.kind else { return #expect(Bool(false)) }
        #expect(table.text == "\"order\"")
    }
}
