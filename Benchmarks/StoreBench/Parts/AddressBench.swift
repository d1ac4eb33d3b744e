import Columnar
import Measurement
import Store

extension Bench {
    /// Reading the row at a time of a regular series; as fast in a long series as in a short one.
    func measureAddress() throws {
        var medians: [Double] = []
        for rows in sizes.seriesRows {
            let bars = Bars(rows: rows)
            let path = scratch.fresh("bars")
            try bars.write(path)
            let name = "bars, \(text(Double(rows) / 1e3)) k rows"
            Files.dropPages(path)
            let store = try Store.open(directory: path)
            defer { store.close() }
            var random = SplitMix64(state: UInt64(rows))
            let disk = try bars.read(random.below(rows), store)
            report.add("\(name): first read of all, from the disk", disk * 1e6, "µs")
            let cold = try bars.reads(sizes.reads, store, &random) { ($0, $0 + 1) }
            report.add("\(name): row at a time, first reads of each place", quantile(cold, 0.5) * 1e6, "µs")
            let warm = try bars.reads(sizes.reads, store, &random) { ($0, $0 + 1) }
            report.add("\(name): row at a time, median", quantile(warm, 0.5) * 1e6, "µs")
            report.add("\(name): row at a time, 99 %", quantile(warm, 0.99) * 1e6, "µs")
            let ranges = try bars.reads(sizes.reads, store, &random) { ($0, rows) }
            report.add("\(name): first row of a range, median", quantile(ranges, 0.5) * 1e6, "µs")
            medians.append(quantile(warm, 0.5))
        }
        let ratio = (medians.max() ?? .nan) / (medians.min() ?? .nan)
        report.add("bars: slowest median / fastest", ratio, "×", goal: .atMost(2))
    }
}

/// A regular series of one-second bars whose values follow from their slots.
private struct Bars {
    let rows: Int

    private static let start: Int64 = 1_704_067_200_000_000_000
    private static let second: Int64 = 1_000_000_000
    private static let batchRows = 65_536
    private static let close = 5

    func write(_ path: String) throws {
        let names = ["open", "high", "low", "close", "volume"]
        let columns = [Column("time", .timestamp), Column("symbol", .symbol)] + names.map { Column($0, .float64) }
        guard let schema = TableSchema(name: "bars", kind: .regular(timeframe: Self.second), columns: columns) else {
            preconditionFailure("BUG: the schema of bars is wrong")
        }
        let store = try Store.open(directory: path)
        defer { store.close() }
        try store.createTable(schema)
        let feed = Feed(store)
        for first in stride(from: 0, to: rows, by: Self.batchRows) {
            let slots = first..<min(first + Self.batchRows, rows)
            let times = Vector.Form.sequence(start: time(first), step: Self.second, count: slots.count)
            let prices = Vector.decimals(slots.map(Self.mantissa), scale: 2)
            let vectors = [Vector(type: .timestamp, form: times), nil] + names.map { _ in prices }
            let group = AppendGroup(table: "bars", series: "S00", columns: vectors, rowCount: slots.count)
            try feed.send(AppendBatch(groups: [group]))
        }
        try feed.finish()
        try store.flush()
        try store.compact()
    }

    /// Seconds of reading the value of a slot.
    func read(_ slot: Int, _ store: Store) throws -> Double { try read(slot, slot + 1, store) }

    /// Seconds of each of some random reads of the first row of a range of slots.
    func reads(
        _ count: Int,
        _ store: Store,
        _ random: inout SplitMix64,
        range: (Int) -> (Int, Int)
    ) throws -> [Double] {
        var times: [Double] = []
        for _ in 0..<count {
            let (slot, end) = range(random.below(rows))
            times.append(try read(slot, end, store))
        }
        return times
    }

    private func read(_ slot: Int, _ end: Int, _ store: Store) throws -> Double {
        let watch = Stopwatch()
        let request = ScanRequest(
            table: "bars",
            series: .named(["S00"]),
            time: TimeRange(start: time(slot), end: time(end)),
            columns: [Self.close]
        )
        let scan = try store.snapshot().scan(request)
        var cursor = try scan.open(series: 0)
        let value = try cursor.next()?.vector(column: Self.close).scalar(at: 0)
        let elapsed = watch.seconds
        guard value == .float64(Double(Self.mantissa(slot)) / 100) else {
            throw BenchFailure("bars: slot \(slot) holds \(String(describing: value))")
        }
        return elapsed
    }

    private func time(_ slot: Int) -> Int64 { Self.start + Int64(slot) * Self.second }

    /// A price between 100 and 755, in cents.
    private static func mantissa(_ slot: Int) -> Int64 {
        10_000 + Int64(UInt64(truncatingIfNeeded: slot) &* 0x9e37_79b9_7f4a_7c15 >> 48)
    }
}
