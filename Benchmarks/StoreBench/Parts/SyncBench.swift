import Columnar
import Store
import Synchronization

extension Bench {
    /// Writers that append one row, wait until it is on the disk, and append the next. Rounds alternate with the machine's
    /// own syncs, because a shared disk changes its speed from one second to the next.
    func measureSync() throws {
        for writers in [1, 64] {
            let seconds = sizes.seconds / 3
            var rounds: [SyncRun.Found] = []
            var syncs: [Double] = []
            var ratios: [Double] = []
            for _ in 0..<(sizes.isSmoke ? 1 : 5) {
                let before = limits.syncsNow(seconds: seconds / 2)
                let found = try SyncRun(writers: writers, seconds: seconds, path: scratch.fresh("sync")).run()
                let beside = (before + limits.syncsNow(seconds: seconds / 2)) / 2
                rounds.append(found)
                syncs.append(beside)
                ratios.append(found.rowsPerSecond / beside)
            }
            let name = "sync append, \(plural(writers, "writer")), a row each"
            let rate = quantile(rounds.map(\.rowsPerSecond), 0.5)
            let limit = Figure.Limit(name: "fdatasync", value: quantile(syncs, 0.5), unit: "/s", used: rate)
            report.add(name, rate, "rows/s", limit: limit, check: checksum(rounds.reduce(0) { $0 + $1.missing }))
            let waits = rounds.flatMap(\.waits)
            report.add("\(name): median wait", quantile(waits, 0.5) * 1e3, "ms")
            report.add("\(name): wait of 99 %", quantile(waits, 0.99) * 1e3, "ms")
            report.add("\(name): calls of fdatasync", quantile(rounds.map(\.syncsPerSecond), 0.5), "/s")
            let together = rounds.map { $0.rowsPerSecond / $0.syncsPerSecond }
            report.add("\(name): rows a call of fdatasync", quantile(together, 0.5), "")
            let goal: Figure.Goal? = writers > 1 ? .atLeast(20) : nil
            report.add("\(name): × fdatasync of the disk, median", quantile(ratios, 0.5), "×", goal: goal)
            report.add("\(name): × fdatasync of the disk, least", ratios.min() ?? .nan, "×")
        }
    }
}

private struct SyncRun {
    struct Found {
        var rowsPerSecond: Double
        var syncsPerSecond: Double
        var waits: [Double]
        /// Rows that were acknowledged and are not there.
        var missing: UInt64
    }

    let writers: Int
    let seconds: Double
    let path: String

    private static let schema = TableSchema(
        name: "rows",
        kind: .event,
        columns: [Column("time", .timestamp), Column("symbol", .symbol), Column("price", .float64)]
    )

    func run() throws -> Found {
        guard let schema = Self.schema else { preconditionFailure("BUG: the schema is wrong") }
        let store = try Store.open(directory: path)
        defer { store.close() }
        try store.createTable(schema)
        let waits = Mutex<[Double]>([])
        let watch = Stopwatch()
        let syncsBefore = store.statistics.walSyncs.count
        try onThreads(writers) { writer in
            var own: [Double] = []
            while watch.seconds < seconds {
                let columns = [Vector.timestamps([Int64(own.count)]), nil, .decimals([Int64(own.count)], scale: 2)]
                let group = AppendGroup(table: "rows", series: "W\(writer)", columns: columns, rowCount: 1)
                let wait = Stopwatch()
                try store.append(AppendBatch(groups: [group]), durability: .sync)
                own.append(wait.seconds)
            }
            waits.withLock { $0 += own }
        }
        let elapsed = watch.seconds
        let syncs = store.statistics.walSyncs.count - syncsBefore
        let all = waits.withLock { $0 }
        var kept = 0
        let scan = try store.snapshot().scan(ScanRequest(table: "rows", columns: [0]))
        for series in scan.series.indices {
            var cursor = try scan.open(series: series)
            while let slice = try cursor.next() { kept += slice.count }
        }
        guard kept == all.count else { throw BenchFailure("\(all.count) rows were acknowledged, \(kept) are there") }
        return Found(
            rowsPerSecond: Double(all.count) / elapsed,
            syncsPerSecond: Double(syncs) / elapsed,
            waits: all,
            missing: UInt64(all.count - kept)
        )
    }
}
