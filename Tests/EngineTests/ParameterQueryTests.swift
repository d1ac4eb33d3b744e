import Columnar
import Engine
import QueryLang
import TestSupport
import Testing

/// Values that come from outside of a text: parameters, and the instant of the statement.
@Suite struct ParameterQueryTests {
    private func rows(
        _ text: String,
        _ parameters: QueryParameters = QueryParameters(),
        now: Int64 = 0
    ) throws -> (rows: [[Scalar]], statistics: QueryStatistics) {
        let schema = try #require(
            TableSchema(
                name: "t",
                kind: .event,
                columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64)]
            )
        )
        let values = (0..<1_000).map { index -> [Scalar] in
            [.timestamp(Int64(index) * CivilTime.second), .text("S\(index % 2)"), .float64(Double(index))]
        }
        let source = MemoryTableSource([MemoryTable(schema, rows: values)], sliceRows: 100, forms: .decimals)
        let engine = QueryEngine(source: source, wallClock: { now })
        let stream = try engine.execute(try engine.prepare(text, parameters: parameters))
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return (rows, stream.statistics)
    }

    @Test func parametersNarrowWhatIsRead() throws {
        let parameters = QueryParameters([.text("S1"), .timestamp(10 * CivilTime.second)], named: ["least": .int64(5)])
        let (found, statistics) = try rows(
            "SELECT price FROM t WHERE symbol = $1 AND time < $2 AND price > :least",
            parameters
        )
        #expect(found == [[.float64(7)], [.float64(9)]])
        #expect(statistics.rowsScanned <= 10)
    }

    @Test func nowIsTheClockThatTheEngineIsGiven() throws {
        let now = 500 * CivilTime.second + 1
        let (found, statistics) = try rows(
            "SELECT now(), price FROM t WHERE time > now() - 2s AND time < now()",
            now: now
        )
        #expect(found == [[.timestamp(now), .float64(499)], [.timestamp(now), .float64(500)]])
        #expect(statistics.rowsScanned <= 4)
    }

    @Test func sumsOfBranchesOfDecimalsAreThoseOfTheRows() throws {
        let (found, _) = try rows(
            "SELECT sum(CASE WHEN symbol = 'S0' THEN price ELSE 0 END), sum(CASE symbol WHEN 'S1' THEN price END), "
                + "sum(CASE WHEN price < 10 THEN -1.5 WHEN price < 20 THEN 2 ELSE NULL END) FROM t"
        )
        #expect(found == [[.float64(249_500), .float64(250_000), .float64(5)]])
    }
}
