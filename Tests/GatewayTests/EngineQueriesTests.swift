import Columnar
import Documents
import Engine
import NIOCore
import NIOPosix
import QueryLang
import Testing
import Wire

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
        let value = try JSONReader.value(of: Array(try run("SELECT n FROM numbers", .json, rowsMax: rowsMax).utf8))
        #expect(value["rows"]?.array?.count == min(rowsMax, 2_500))
        #expect(value["rows_count"] == .integer(Int64(min(rowsMax, 2_500))))
    }

    @Test func errorsAreThoseOfTheLanguage() throws {
        let error = #expect(throws: QueryError.self) { try run("SELECT m FROM numbers", .json) }
        #expect(error?.code == .unknownColumn)
        #expect(throws: QueryError.self) { try run("SELECT n FROM number", .json) }
    }

    @Test func timeIsThatOfTheOptions() throws {
        let engine = QueryEngine(source: CountingSource(rowCount: 2_500))
        let options = QueryOptions(format: .json, timeoutNanoseconds: 0)
        let query = try EngineQueries(engine: engine).prepare("SELECT n FROM numbers", options)
        var bytes: [UInt8] = []
        let error = #expect(throws: QueryError.self) {
            while try query.next(into: &bytes) {}
        }
        #expect(error?.code == .timeout)
    }

    private func prepare(
        _ text: String,
        _ format: ResultFormat = .csv,
        rowCount: Int = 2_500,
        memoryBytesMax: Int = ExecutionLimits.memoryBytesDefault
    ) throws -> any RunnableQuery {
        let queries = EngineQueries(engine: QueryEngine(source: CountingSource(rowCount: rowCount)))
        let options = QueryOptions(format: format, timeoutNanoseconds: .max, memoryBytesMax: memoryBytesMax)
        return try queries.prepare(text, options)
    }

    @Test func cancelledQueryFailsAtTheNextPiece() throws {
        let query = try prepare("SELECT n FROM numbers")
        var bytes: [UInt8] = []
        #expect(try query.next(into: &bytes))
        query.cancel()
        let error = #expect(throws: QueryError.self) { try query.next(into: &bytes) }
        #expect(error?.code == .cancelled)
        #expect(try !query.next(into: &bytes), "the end is the end")
    }

    @Test func queryThatWasCancelledBeforeItRanFailsAtTheFirstPiece() throws {
        let query = try prepare("SELECT n FROM numbers")
        query.cancel()
        var bytes: [UInt8] = []
        let error = #expect(throws: QueryError.self) { try query.next(into: &bytes) }
        #expect(error?.code == .cancelled)
    }

    @Test func stepThatIsBeingComputedIsSeenAndStopped() async throws {
        // One piece that would take minutes: there is nothing to give before the last row was read.
        let query = try prepare("SELECT sum(n) AS total FROM numbers WHERE n % 7 = 3", rowCount: 1 << 34)
        async let end = Self.runToTheEnd(query)
        while query.statistics.rowsScanned < 100_000 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(query.statistics.rowsReturned == 0)
        query.cancel()
        #expect(await end == .cancelled)
    }

    private static func runToTheEnd(_ query: any RunnableQuery) async -> QueryError.Code? {
        await withCheckedContinuation { continuation in
            NIOSingletons.posixBlockingThreadPool.submit { _ in
                var bytes: [UInt8] = []
                do throws(QueryError) {
                    while try query.next(into: &bytes) {}
                    continuation.resume(returning: nil)
                } catch {
                    continuation.resume(returning: error.code)
                }
            }
        }
    }

    @Test func statisticsAreExactAtTheEndAndCountTheRowsThatWereWritten() throws {
        let queries = EngineQueries(engine: QueryEngine(source: CountingSource(rowCount: 2_500)))
        let options = QueryOptions(format: .ndjson, rowsMax: 1_500, timeoutNanoseconds: .max)
        let query = try queries.prepare("SELECT n FROM numbers", options)
        #expect(query.statistics == QueryStatistics())
        var bytes: [UInt8] = []
        while try query.next(into: &bytes) {}
        #expect(query.statistics.rowsReturned == 1_500)
        #expect(query.statistics.rowsScanned == 2_000)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let end = try JSONReader.value(of: Array((lines.last ?? "").utf8))["end"]
        #expect(end?["rows"] == .integer(1_500))
        #expect(end?["elapsed_us"] == .integer(query.statistics.elapsedNanoseconds / 1_000))
    }

    @Test(arguments: [ResultFormat.ndjson, .csv, .json]) func failureIsToldWhereTheFormCan(format: ResultFormat) throws
    {
        let query = try prepare("SELECT n FROM numbers", format)
        var bytes: [UInt8] = []
        #expect(try query.next(into: &bytes))
        bytes.removeAll()
        query.fail(QueryError(.timeout, "too late"), into: &bytes)
        let line = #"{"error":{"code":"timeout","message":"too late"}}"# + "\n"
        #expect(String(decoding: bytes, as: UTF8.self) == (format == .ndjson ? line : ""))
        #expect(try !query.next(into: &bytes))
    }

    @Test func memoryOfAQueryIsBounded() throws {
        let query = try prepare("SELECT n FROM numbers ORDER BY n DESC", rowCount: 200_000, memoryBytesMax: 1 << 20)
        var bytes: [UInt8] = []
        let error = #expect(throws: QueryError.self) {
            while try query.next(into: &bytes) {}
        }
        #expect(error?.code == .limit)
        #expect(error.map { Problem($0, in: "").status.code } == 422)
    }
}
