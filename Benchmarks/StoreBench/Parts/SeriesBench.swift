import Columnar
import Store

extension Bench {
    /// Very many series of ten rows each, in one table: what a series costs.
    func measureSeries() throws {
        let path = scratch.fresh("series")
        let many = ManySeries(count: sizes.seriesCount)
        let rows = Double(sizes.seriesCount * ManySeries.rows)
        let name = "\(text(Double(sizes.seriesCount) / 1e3)) k series × \(ManySeries.rows) rows"
        ProcessCounters.trimHeap()
        let before = ProcessCounters.anonymousBytes
        var options = StoreOptions()
        options.memtableFlushBytes = 1 << 30
        options.memtableBytesMax = 2 << 30
        let store = try Store.open(directory: path, options: options)
        let effort = Effort(self)
        let plainBytes = try many.write(store)
        report.add("\(name): append, a row of each at a time", rows / effort.seconds / 1e6, "M rows/s")
        effort.tell("\(name): append and making the batches", rows: rows)
        let syncing = Double(store.statistics.walSyncs.sum) * 1e-9
        report.add("\(name): append, of the time in fdatasync", syncing / effort.seconds * 100, "%")
        report.add("\(name): memtables", Double(store.statistics.memtableBytes) / rows, "bytes/row")
        let grown = ProcessCounters.anonymousBytes - before
        report.add("\(name): memory beyond the page cache", Double(grown) / Double(1 << 20), "MiB")
        let flushing = try seconds { try store.flush() }
        report.add("\(name): flush", flushing, "s")
        try store.compact()
        store.close()

        let size = Files.size(path)
        let ratio = Double(size.kept) / Double(plainBytes)
        report.add("\(name): bytes on disk", Double(size.kept) / rows, "bytes/row")
        report.add("\(name): bytes on disk / plain", ratio, "×", goal: .atMost(2))
        report.add("\(name): files", Double(size.count), "")

        ProcessCounters.trimHeap()
        let filesBefore = ProcessCounters.openFiles
        let memoryBefore = ProcessCounters.anonymousBytes
        let opening = Stopwatch()
        let again = try Store.open(directory: path)
        report.add("\(name): opening", opening.seconds * 1e3, "ms")
        defer { again.close() }
        let first = Stopwatch()
        try many.check(again)
        report.add("\(name): scan of all, 1 thread", rows / first.seconds / 1e6, "M rows/s", check: many.sum)
        report.add("\(name): open files after it", Double(ProcessCounters.openFiles - filesBefore), "")
        let held = ProcessCounters.anonymousBytes - memoryBefore
        report.add("\(name): memory after it", Double(held) / Double(1 << 20), "MiB")
    }
}

/// A table of many short series.
private struct ManySeries {
    let count: Int

    /// Rows a series.
    static let rows = 10

    private static let start: Int64 = 1_704_067_200_000_000_000
    private static let groupsPerBatch = 4_096

    private func name(_ series: Int) -> String { "I" + String(1_000_000 + series).dropFirst() }
    private func price(_ series: Int, _ row: Int) -> Int64 { Int64(10_000 + series % 977 * 10 + row) }
    private func size(_ series: Int, _ row: Int) -> Int64 { Int64(1 + (series &* 31 &+ row &* 17) % 5_000) }

    /// Appends all rows, as they would come: one of every series, then the next. Their bytes in plain form: 8 a time and
    /// number, and each name once.
    func write(_ store: Store) throws -> Int {
        let columns = [
            Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64), Column("size", .float64),
        ]
        guard let schema = TableSchema(name: "many", kind: .event, columns: columns) else {
            preconditionFailure("BUG: the schema is wrong")
        }
        try store.createTable(schema)
        let names = (0..<count).map(name)
        let feed = Feed(store)
        for row in 0..<Self.rows {
            for first in stride(from: 0, to: count, by: Self.groupsPerBatch) {
                let some = first..<min(first + Self.groupsPerBatch, count)
                // One buffer a column, which the groups share.
                let time = Self.start + Int64(row) * 1_000_000_000
                let columns = [
                    Vector.timestamps(some.map { time + Int64($0) }), nil,
                    Vector.decimals(some.map { price($0, row) }, scale: 2),
                    Vector.decimals(some.map { size($0, row) }, scale: 3),
                ]
                let groups = some.map { series in
                    let vectors = columns.map { $0?.slice(series - first..<series - first + 1) }
                    return AppendGroup(table: "many", series: names[series], columns: vectors, rowCount: 1)
                }
                try feed.send(AppendBatch(groups: groups))
            }
        }
        try feed.finish()
        return count * Self.rows * 24 + names.reduce(0) { $0 + $1.utf8.count }
    }

    /// The sum that ``check(_:)`` expects.
    var sum: String { checksum(UInt64(expected)) }

    private var expected: Int64 {
        var total: Int64 = 0
        for series in 0..<count { for row in 0..<Self.rows { total += size(series, row) } }
        return total
    }

    /// Reads one column of every series.
    func check(_ store: Store) throws {
        let scan = try store.snapshot().scan(ScanRequest(table: "many", columns: [3]))
        var total = 0.0
        for series in scan.series.indices {
            var cursor = try scan.open(series: series)
            while let slice = try cursor.next() {
                let sizes = try slice.vector(column: 3)
                for row in 0..<sizes.count {
                    if case .float64(let value) = sizes.scalar(at: row) { total += value }
                }
            }
        }
        guard scan.series.count == count, Int64(total * 1_000 + 0.5) == expected else {
            throw BenchFailure("\(scan.series.count) series with sum \(total)")
        }
    }
}
