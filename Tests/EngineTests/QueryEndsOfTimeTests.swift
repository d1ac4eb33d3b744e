import Columnar
import Engine
import QueryLang
import QuerySupport
import TestSupport
import Testing

/// Rows at the first and at the last nanoseconds that there are, where spans of time do not fit an int64.
private enum EndsOfTime {
    static let ticks = table("ticks", [.min, .min + 1, .min + 3, -1, 0, .max - 3, .max - 1, .max])
    static let marks = table("marks", [.min, .min, .min + 2, 0, .max - 2, .max, .max])

    private static func table(_ name: String, _ times: [Int64]) -> MemoryTable {
        let columns = [Column("time", .timestamp), Column("symbol", .symbol), Column("seq", .int64)]
        guard let schema = TableSchema(name: name, kind: .event, columns: columns, time: "time", series: "symbol")
        else {
            preconditionFailure("BUG: the schema of \(name) is valid")
        }
        return MemoryTable(
            schema,
            rows: times.enumerated().map { [.timestamp($0.element), .text("S"), .int64(Int64($0.offset))] }
        )
    }
}

@Suite("At the ends of time")
struct QueryEndsOfTimeTests {
    @Test(
        "queries agree with the interpreter",
        arguments: [
            "SELECT time, count() FROM ticks SAMPLE BY 5d ALIGN TO FIRST OBSERVATION",
            "SELECT time, count(), first(seq) FROM ticks WHERE seq > 0 SAMPLE BY 7ns ALIGN TO FIRST OBSERVATION",
            "SELECT time, count() FROM ticks SAMPLE BY 1h",
            "SELECT seq, first(seq) OVER (ORDER BY time RANGE BETWEEN 2ns PRECEDING AND 2ns PRECEDING) FROM ticks",
            "SELECT seq, last(seq) OVER (ORDER BY time RANGE BETWEEN 1ns FOLLOWING AND UNBOUNDED FOLLOWING) FROM ticks",
            "SELECT seq, count(seq) OVER (ORDER BY time RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM ticks",
            "SELECT seq, sum(seq) OVER (ORDER BY time RANGE BETWEEN 1ns FOLLOWING AND 3ns FOLLOWING) FROM ticks",
            """
            SELECT t.seq, count(m.seq), last(m.seq) FROM ticks t WINDOW JOIN marks m ON (symbol)
            RANGE BETWEEN 9 nanoseconds PRECEDING AND 2 nanoseconds PRECEDING EXCLUDE PREVAILING
            """,
            """
            SELECT t.seq, count(m.seq), first(m.seq) FROM ticks t WINDOW JOIN marks m ON (symbol)
            RANGE BETWEEN 2 nanoseconds FOLLOWING AND 9 nanoseconds FOLLOWING EXCLUDE PREVAILING
            """,
            """
            SELECT t.seq, count(m.seq), sum(m.seq) FROM ticks t WINDOW JOIN marks m ON (symbol)
            RANGE BETWEEN 2 nanoseconds FOLLOWING AND 9 nanoseconds FOLLOWING INCLUDE PREVAILING
            """,
            """
            SELECT t.seq, count(m.seq), sum(m.seq) FROM ticks t WINDOW JOIN marks m ON m.symbol = t.symbol AND m.seq = t.seq
            RANGE BETWEEN 9 nanoseconds PRECEDING AND 1 nanoseconds PRECEDING INCLUDE PREVAILING
            """,
            "SELECT t.seq, m.seq FROM ticks t LT JOIN marks m ON (symbol) TOLERANCE 5d",
        ]
    )
    func agree(text: String) throws {
        switch CaseCheck([EndsOfTime.ticks, EndsOfTime.marks], text, seed: 1).run(ExecutionSetup.covering) {
        case .right: return
        case .wrong(let failure): Issue.record("\(text): \(String(describing: failure.setup))\n\(failure.message)")
        case .invalid(let error): Issue.record("\(text): \(error)")
        case .undecided(let what): Issue.record("\(text): rounding decides \(what)")
        case .refused: Issue.record("\(text): refused")
        }
    }

    @Test("a window that lies before all time, or after it, has no row of its own")
    func windowsBeyond() throws {
        let source = MemoryTableSource([EndsOfTime.ticks, EndsOfTime.marks])
        let rows = try QueryEngine(source: source).allRows(
            """
            SELECT t.seq, count(m.seq) FROM ticks t WINDOW JOIN marks m ON (symbol)
            RANGE BETWEEN 9 nanoseconds PRECEDING AND 2 nanoseconds PRECEDING EXCLUDE PREVAILING
            """
        )
        #expect(rows.map { $0[1] } == [0, 0, 2, 0, 0, 0, 0, 1].map { Scalar.int64($0) })
    }
}
