import Columnar
import Testing

@testable import QueryLang

/// Calls of constants are constants, by the kernels that the engine has too.
@Suite struct ScalarFoldingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let text: String
        let value: String

        init(_ text: String, _ value: String) {
            self.text = text
            self.value = value
        }

        var testDescription: String { text }
    }

    static let operators: [Case] = [
        Case("CASE WHEN 1 > 2 THEN 'a' WHEN true THEN 'b' ELSE 'c' END", "'b':string"),
        Case("CASE 3 WHEN 1 THEN 1 WHEN 3 THEN 2.5 END", "2.5:float64"),
        Case("CASE WHEN false THEN 9223372036854775807 * 2 END", "NULL:int64"),
        Case("CASE WHEN true THEN 1 ELSE 2.5 END", "1.0:float64"),
        Case("CAST('12' AS int) + 1", "13:int64"),
        Case("-5::byte", "-5:int64"),
        Case("300::byte", "NULL:int64"),
        Case("1.5::int::string", "'1':string"),
        Case("'2024-02-29T12'::date", "2024-02-29T00:00:00Z:timestamp"),
        Case("CAST(NULL AS symbol)", "NULL:symbol"),
        Case("1e400 / 1", "error"),
        Case("'abc' LIKE 'a%'", "true:boolean"),
        Case("'a%c' LIKE 'a\\%c'", "true:boolean"),
        Case("'ABC' ILIKE '_b_'", "true:boolean"),
        Case("NULL LIKE 'x'", "NULL:boolean"),
        Case("'a' || 1 || true || NULL", "NULL:string"),
        Case("'a' || 1.5", "'a1.5':string"),
        Case("5 & 3 | 8 ^ 1", "9:int64"),
        Case("1 + 1 << 2 * 2", "32:int64"),
        Case("~5 & 255", "250:int64"),
        Case("NULL IS TRUE", "false:boolean"),
        Case("NULL IS NOT FALSE", "true:boolean"),
        Case("NULL IS DISTINCT FROM 1", "true:boolean"),
        Case("1 IS NOT DISTINCT FROM 1.0", "true:boolean"),
        Case("true > false", "true:boolean"),
        Case("5m", "300000000000:int64"),
        Case("INTERVAL '2' days", "172800000000000:int64"),
        Case("'2024-01-31' + 1 month", "2024-02-29T00:00:00Z:timestamp"),
        Case("'2024-03-31' - INTERVAL 1 quarter", "2023-12-31T00:00:00Z:timestamp"),
        Case("INTERVAL '1 year' + '2024-02-29'", "2025-02-28T00:00:00Z:timestamp"),
    ]

    static let functions: [Case] = [
        Case("round(1.005, 2)", "1.01:float64"),
        Case("round_half_even(2.5)", "2.0:float64"),
        Case("round_up(1.21, 1)", "1.3:float64"),
        Case("round_down(-1.29, 1)", "-1.2:float64"),
        Case("round_up(0.29, 2)", "0.29:float64"),
        Case("trunc(-155, -1)", "-150:int64"),
        Case("mod(-7, 3)", "-1:int64"),
        Case("abs(-9223372036854775807 - 1)", "NULL:int64"),
        Case("greatest(1, 2.5, NULL)", "2.5:float64"),
        Case("least('b', 'a')", "'a':string"),
        Case("nullif(1, 1)", "NULL:int64"),
        Case("if(NULL, 1, 2)", "2:int64"),
        Case("length('naïve')", "5:int64"),
        Case("substring('hello', -1, 4)", "'he':string"),
        Case("split_part('a.b.c', '.', -1)", "'c':string"),
        Case("lpad('x', 4, 'ab')", "'abax':string"),
        Case("strpos('日本語', '語')", "3:int64"),
        Case("concat('a', NULL, 2)", "'a2':string"),
        Case("year('2024-02-29')", "2024:int64"),
        Case("week_of_year('2021-01-03')", "53:int64"),
        Case("extract(dow FROM '2024-03-03')", "0:int64"),
        Case("date_trunc('week', '2024-03-03')", "2024-02-26T00:00:00Z:timestamp"),
        Case("date_trunc('5m', '2024-03-03T10:04:59')", "2024-03-03T10:00:00Z:timestamp"),
        Case("date_trunc('day', '2024-03-31T10:00', 'Europe/Berlin')", "2024-03-30T23:00:00Z:timestamp"),
        Case("timestamp_ceil('M', '2024-02-01T00:00:01')", "2024-03-01T00:00:00Z:timestamp"),
        Case("dateadd('y', 300, '2024')", "NULL:timestamp"),
        Case("datediff('month', '2024-03-31', '2024-02-29')", "1:int64"),
        Case("to_utc('2024-03-31T02:30', 'Europe/Berlin')", "2024-03-31T01:30:00Z:timestamp"),
        Case("to_timezone('2024-10-27T00:30', 'Europe/Berlin')", "2024-10-27T02:30:00Z:timestamp"),
        Case("to_str('2024-02-29T13:05', 'd MMM yyyy h:mm a')", "'29 Feb 2024 1:05 PM':string"),
        Case("to_timestamp('29.2.24', 'd.M.yy')", "2024-02-29T00:00:00Z:timestamp"),
        Case("from_epoch_s(9223372036854775807)", "NULL:timestamp"),
        Case("epoch_ms('1969-12-31T23:59:59.9999')", "-1:int64"),
        Case("now()", "2024-08-08T12:34:56Z:timestamp"),
        Case("today() - yesterday()", "86400000000000:int64"),
    ]

    /// The one output of a SELECT, at an instant.
    private func text(_ expression: String) throws -> String {
        let now = try #require(CivilTime.interval("2024-08-08T12:34:56")).start
        let statement = try QueryCompiler.compile(
            "SELECT \(expression) FROM trades",
            catalog: TestCatalog(),
            now: now
        )
        guard case .select(let select) = statement else { return "" }
        return select.outputs[0].text([])
    }

    @Test(arguments: operators + functions) func constantsAreFolded(_ testCase: Case) throws {
        guard testCase.value != "error" else {
            #expect(throws: QueryError.self) { try text(testCase.text) }
            return
        }
        #expect(try text(testCase.text) == testCase.value)
    }

    @Test func nowIsOneInstantInAllPartsOfAStatement() throws {
        let text = "SELECT now() AS a FROM (SELECT time, now() AS b FROM trades) WHERE b = now()"
        guard case .select(let select) = try QueryCompiler.compile(text, catalog: TestCatalog(), now: 7),
            case .query(let inner) = select.source
        else { return }
        #expect(select.outputs == [.literal(.timestamp(7), .timestamp)])
        #expect(inner.outputs[1] == .literal(.timestamp(7), .timestamp))
    }

    @Test func functionsOfConstantsArePushedDown() throws {
        let select = try boundSelect(
            "SELECT price FROM trades WHERE time >= date_trunc('month', '2024-03-15') AND time < '2024-03-01' + 1 month"
        )
        #expect(select.summary.hasPrefix("times [2024-03-01T00:00:00Z,2024-04-01T00:00:00Z)"))
    }

    /// What stands twice in a bound tree doubles with every level, and must not.
    @Test(arguments: [
        ("CASE ", " WHEN 1 THEN 2 ELSE 3 END"), ("(", ") BETWEEN 1 AND id THEN 1 ELSE 2 END"),
        ("(", ") IN (1, id) THEN 1 ELSE 2 END"), ("nullif(", ", 1)"), ("abs(", ") + 1"),
    ])
    func treesGrowWithTheirTextsOnly(_ part: (before: String, after: String)) throws {
        var text = "id"
        let isCondition = part.after.hasSuffix("ELSE 2 END")
        for _ in 0..<60 { text = (isCondition ? "CASE WHEN " : "") + part.before + text + part.after }
        let select = try boundSelect("SELECT \(text) FROM trades")
        var count = 0
        var open = select.outputs
        while let next = open.popLast() {
            count += 1
            open += next.children
            guard count < 100_000 else { break }
        }
        #expect(count < 10_000)
    }
}
