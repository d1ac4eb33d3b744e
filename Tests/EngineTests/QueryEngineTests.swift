import Columnar
import QueryLang
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite("Executions")
struct QueryEngineTests {
    private static let schema = TableSchema(
        name: "t",
        kind: .event,
        columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64)]
    )!

    private func source(rows: Int, series: Int = 2, sliceRows: Int = 100) -> MemoryTableSource {
        let values = (0..<rows).map { index -> [Scalar] in
            [
                .timestamp(Int64(index) * CivilTime.second), .text("S\(index % series)"),
                .float64(Double(index % 1000) / 4),
            ]
        }
        return MemoryTableSource([MemoryTable(Self.schema, rows: values)], sliceRows: sliceRows, forms: .decimals)
    }

    private func error(_ text: String, _ source: MemoryTableSource, _ limits: ExecutionLimits) throws -> QueryError? {
        let engine = QueryEngine(source: source, limits: limits)
        let stream = try engine.execute(try engine.prepare(text))
        do {
            while try stream.next() != nil {}
            return nil
        } catch {
            #expect(try stream.next() == nil)
            return error
        }
    }

    @Test("end with an error that says what to do when they pass a limit")
    func limits() throws {
        let source = source(rows: 5000)
        #expect(
            try error("SELECT * FROM t ORDER BY price", source, ExecutionLimits(sortedRowsMax: 4999))?.code == .limit
        )
        #expect(try error("SELECT * FROM t ORDER BY price", source, ExecutionLimits(sortedRowsMax: 5000)) == nil)
        #expect(
            try error("SELECT time, count() FROM t SAMPLE BY 1s", source, ExecutionLimits(groupsMax: 1000))?.code
                == .limit
        )
        #expect(try error("SELECT price, count() FROM t", source, ExecutionLimits(groupsMax: 999))?.code == .limit)
        #expect(try error("SELECT price, count() FROM t", source, ExecutionLimits(groupsMax: 1000)) == nil)
        let failure = try error("SELECT * FROM t ORDER BY price", source, ExecutionLimits(memoryBytesMax: 10_000))
        #expect(failure?.code == .limit)
        #expect(failure?.hint != nil)
    }

    @Test("with LIMIT hold little and stop early")
    func earlyStop() throws {
        let source = source(rows: 20_000, series: 1)
        let engine = QueryEngine(source: source, limits: ExecutionLimits(sortedRowsMax: 17_000))
        for (text, most) in [
            ("SELECT * FROM t LIMIT 3", 200), ("SELECT * FROM t ORDER BY time DESC LIMIT 3", 400),
            ("SELECT * FROM t LATEST BY symbol", 100), ("SELECT time, count() FROM t SAMPLE BY 1m LIMIT 2", 300),
            ("SELECT * FROM t ORDER BY price LIMIT 3", 20_000),
        ] {
            let stream = try engine.execute(try engine.prepare(text))
            while try stream.next() != nil {}
            #expect(stream.statistics.rowsScanned <= most, "\(text)")
        }
    }

    @Test("skip and answer slices by their statistics")
    func statistics() throws {
        let engine = QueryEngine(source: source(rows: 1000, series: 1))
        let skipping = try engine.execute(try engine.prepare("SELECT * FROM t WHERE price >= 240"))
        while try skipping.next() != nil {}
        #expect(skipping.statistics.slicesSkipped == 9)
        #expect(skipping.statistics.rowsReturned == 40)
        let answering = try engine.execute(
            try engine.prepare("SELECT count(), min(price), max(price), count(price) FROM t")
        )
        while try answering.next() != nil {}
        #expect(answering.statistics.slicesAnswered == 10)
    }

    @Test("can be cancelled before and between batches")
    func cancellation() throws {
        let engine = QueryEngine(source: source(rows: 20_000))
        let prepared = try engine.prepare("SELECT * FROM t")
        let stream = try engine.execute(prepared)
        #expect(try stream.next() != nil)
        stream.cancel()
        #expect(throws: QueryError.self) { try stream.next() }
        #expect(try stream.next() == nil)
        let unstarted = try engine.execute(prepared)
        unstarted.cancel()
        do {
            _ = try unstarted.next()
            Issue.record("a cancelled execution gave rows")
        } catch {
            #expect(error.code == .cancelled)
        }
    }

    @Test("end at their deadline, by the clock that they are given")
    func deadline() throws {
        let ticks = Ticks()
        let engine = QueryEngine(
            source: source(rows: 20_000),
            limits: ExecutionLimits(timeoutNanoseconds: 50),
            now: { ticks.next() }
        )
        let stream = try engine.execute(try engine.prepare("SELECT count(), sum(price) FROM t"))
        do {
            while try stream.next() != nil {}
            Issue.record("the deadline passed unseen")
        } catch {
            #expect(error.code == .timeout)
        }
    }

    private final class Ticks: Sendable {
        private let value = Atomic<Int64>(0)
        func next() -> Int64 { value.add(1, ordering: .relaxed).newValue }
    }

    @Test("give batches of at most 4096 rows in time order")
    func batches() throws {
        let engine = QueryEngine(source: source(rows: 30_000, series: 3, sliceRows: 10_000))
        for text in [
            "SELECT * FROM t", "SELECT * FROM t ORDER BY price", "SELECT time, symbol, count() FROM t SAMPLE BY 1s",
        ] {
            let stream = try engine.execute(try engine.prepare(text))
            while let batch = try stream.next() { #expect(batch.rowCount <= ExecutionOptions.batchRowsDefault) }
            #expect(stream.statistics.rowsReturned == 30_000)
        }
    }

    @Test("refuse a table that was dropped or changed after the query was prepared")
    func staleQueries() throws {
        let prepared = try QueryEngine(source: source(rows: 1)).prepare("SELECT * FROM t")
        let without = QueryEngine(source: MemoryTableSource([]))
        #expect(throws: QueryError.self) { try without.execute(prepared) }
        let other = TableSchema(name: "t", kind: .event, columns: [Column("time", .timestamp)], series: nil)!
        let changed = QueryEngine(source: MemoryTableSource([MemoryTable(other, rows: [])]))
        #expect(throws: QueryError.self) { try changed.execute(prepared) }
    }

    @Test("report what the store reports")
    func storageErrors() throws {
        let engine = QueryEngine(source: BrokenSource())
        let stream = try engine.execute(try engine.prepare("SELECT * FROM t"))
        do {
            _ = try stream.next()
            Issue.record("a broken store gave rows")
        } catch {
            #expect(error.code == .storage)
            #expect(error.message == "segment 7 is damaged at 4096")
        }
    }

    private struct BrokenSource: TableSource, TableSnapshot, CatalogReader {
        var tables: [TableSchema] { [QueryEngineTests.schema] }
        func schema(named name: String) -> TableSchema? { name == "t" ? QueryEngineTests.schema : nil }
        var catalog: any CatalogReader { self }
        var committed: LSN { 1 }
        func snapshot() -> any TableSnapshot { self }
        func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
            throw TableError(.corrupt, "segment 7 is damaged at 4096")
        }
    }

    @Test("bucket times at both ends of time")
    func extremeTimes() throws {
        let times: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]
        let rows = times.map { [Scalar.timestamp($0), .text("A"), .float64(1)] }
        let engine = QueryEngine(source: MemoryTableSource([MemoryTable(Self.schema, rows: rows)], sliceRows: 3))
        for text in ["SELECT time, count() FROM t SAMPLE BY 1h", "SELECT time, price, count() FROM t SAMPLE BY 1h"] {
            let answer = try engine.allRows(text)
            #expect(
                answer.map { $0[0] }
                    == [.min, -CivilTime.hour, 0, CivilTime.floor(.max, to: CivilTime.hour)].map { .timestamp($0) }
            )
            #expect(answer.compactMap(\.last) == [2, 1, 2, 2].map { .int64($0) })
        }
        #expect(try engine.allRows("SELECT * FROM t ORDER BY time DESC LIMIT 9").count == 7)
        #expect(try engine.allRows("SELECT time, count() FROM t SAMPLE BY 1ns").count == 7)
    }
}
