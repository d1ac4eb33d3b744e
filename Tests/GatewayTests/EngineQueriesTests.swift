import Columnar
import Engine
import QueryLang
import Testing

@testable import Gateway

/// One table of one series whose only column besides the time counts 0, 1, 2, …
private struct CountingSource: TableSource, TableSnapshot, TableScan, CatalogReader {
    let rowCount: Int

    let table = TableSchema(
        name: "numbers",
        kind: .event,
        columns: [Column("time", .timestamp), Column("n", .int64)],
        series: nil
    )!

    func snapshot() -> any TableSnapshot { self }
    var catalog: any CatalogReader { self }
    var committed: LSN { 0 }
    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan { self }
    var series: [String] { [""] }
    func open(series index: Int) throws(TableError) -> any SliceCursor { Cursor(row: 0, rowCount: rowCount) }
    var tables: [TableSchema] { [table] }
    func schema(named name: String) -> TableSchema? { name.lowercased() == "numbers" ? table : nil }

    struct Cursor: SliceCursor {
        var row: Int
        let rowCount: Int
        mutating func next() throws(TableError) -> (any SeriesSlice)? {
            guard row < rowCount else { return nil }
            defer { row += 1_000 }
            return Slice(start: Int64(row), count: min(1_000, rowCount - row))
        }
    }

    struct Slice: SeriesSlice {
        let start: Int64
        let count: Int
        var firstTime: Int64 { start * 1_000_000_000 }
        var lastTime: Int64 { (start + Int64(count) - 1) * 1_000_000_000 }
        func vector(column: Int) throws(TableError) -> Vector {
            let values = (start..<start + Int64(count))
            return column == 0 ? .timestamps(values.map { $0 * 1_000_000_000 }) : .int64(values)
        }
        func statistics(column: Int) -> ColumnStatistics? { nil }
    }
}

@Suite struct EngineQueriesTests {
    private func run(_ text: String, _ format: ResultFormat, rowsMax: Int? = nil) throws -> String {
        let queries = EngineQueries(engine: QueryEngine(source: CountingSource(rowCount: 2_500)))
        let query = try queries.prepare(
            text,
            QueryOptions(format: format, rowsMax: rowsMax, timeoutNanoseconds: 60_000_000_000)
        )
        #expect(query.statementClass == .read)
        var bytes: [UInt8] = []
        while try query.next(into: &bytes) {}
        #expect(try !query.next(into: &bytes), "the end is the end")
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func everyRowIsWrittenOnce() throws {
        let lines = try run("SELECT n FROM numbers", .csv).split(whereSeparator: \.isNewline)
        #expect(lines.first == "n")
        #expect(lines.dropFirst().map(String.init) == (0..<2_500).map(String.init))
    }

    @Test(arguments: [1, 999, 1_000, 1_001, 2_500, 9_999]) func rowsBeyondTheLimitAreLeftOut(rowsMax: Int) throws {
        let value = try JSONValue.parse(Array(try run("SELECT n FROM numbers", .json, rowsMax: rowsMax).utf8))
        #expect(value["rows"]?.array?.count == min(rowsMax, 2_500))
        #expect(value["rows_count"] == .integer(Int64(min(rowsMax, 2_500))))
    }

    @Test func errorsAreThoseOfTheLanguage() throws {
        let error = #expect(throws: QueryError.self) { try run("SELECT m FROM numbers", .json) }
        #expect(error?.code == .unknownColumn)
        #expect(throws: QueryError.self) { try run("SELECT n FROM number", .json) }
    }

    @Test func timeOfARequestCanOnlyBeLowered() throws {
        let engine = QueryEngine(source: CountingSource(rowCount: 2_500))
        let options = QueryOptions(format: .json, timeoutNanoseconds: 0)
        let query = try EngineQueries(engine: engine).prepare("SELECT n FROM numbers", options)
        var bytes: [UInt8] = []
        let error = #expect(throws: QueryError.self) {
            while try query.next(into: &bytes) {}
        }
        #expect(error?.code == .timeout)
    }

    @Test func cancelledQueryGivesNothingMore() throws {
        let queries = EngineQueries(engine: QueryEngine(source: CountingSource(rowCount: 2_500)))
        let query = try queries.prepare("SELECT n FROM numbers", QueryOptions(format: .csv, timeoutNanoseconds: .max))
        var bytes: [UInt8] = []
        #expect(try query.next(into: &bytes))
        query.cancel()
        #expect(try !query.next(into: &bytes))
    }
}
