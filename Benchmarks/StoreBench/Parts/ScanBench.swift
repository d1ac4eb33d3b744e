import Columnar
import Measurement
import Store

extension Bench {
    /// Sum and maximum over all trades: pages from the disk, after opening, and again; with one thread and two.
    func measureScan(_ loaded: LoadedStores) throws {
        let compressions = [StoreOptions.Compression.smallest, .none]
        for isFiltered in [false, true] {
            let query = ScanQuery(market.trades, isFiltered: isFiltered)
            let expected = query.expected
            let plain = PlainScan(query)
            for threads in [1, 2] {
                let rate = try plain.rate(threads: threads, repeats: sizes.repeats) / 1e6
                let memory = limits.read(threads, used: rate * Double(query.plainRowBytes) / 1e3)
                let name = "scan of plain arrays, \(query.name), \(plural(threads, "thread"))"
                report.add(name, rate, "M rows/s", limit: memory)
                for compression in compressions {
                    let path = try loaded.directory(market.trades, compression)
                    let scan = ScanRun(query: query, expected: expected, threads: threads, path: path, plainRate: rate)
                    try tell(scan, compression)
                }
            }
        }
        for compression in compressions {
            try measureDecoding(loaded.directory(market.trades, compression), compression)
        }
    }

    private func tell(_ scan: ScanRun, _ compression: StoreOptions.Compression) throws {
        let name = "scan, \(compression), \(scan.query.name), \(plural(scan.threads, "thread"))"
        let options = LoadedStores.options(compression)
        let rows = Double(market.trades.count)
        Files.dropPages(scan.path)
        let first = try scan.open(options) { try scan.time($0) }
        report.add("\(name): from the disk", rows / first / 1e6, "M rows/s")
        // The store was just read, so its pages are in memory; what is checked and built on a first read is not.
        let opened = try (0..<sizes.repeats).map { _ in try scan.open(options) { try scan.time($0) } }
        let cold = quantile(opened, 0.5)
        report.add(
            "\(name): after opening",
            rows / cold / 1e6,
            "M rows/s",
            goal: scan.threads == 2 ? .atLeast(compression == .none ? 1_000 : 500) : nil,
            limit: scan.limit(rows / cold),
            check: scan.expected.check
        )
        let instructionsBefore = instructions?.count ?? 0
        let again = try scan.open(options) { store in
            _ = try scan.time(store)
            return try (0..<sizes.repeats).map { _ in try scan.time(store) }
        }
        let warm = quantile(again, 0.5)
        report.add("\(name): again", rows / warm / 1e6, "M rows/s", limit: scan.limit(rows / warm))
        if let instructions {
            let runs = Double(sizes.repeats + 1)
            let used = Double(instructions.count - instructionsBefore)
            report.add("\(name): instructions", used / rows / runs, "/row")
        }
    }

    /// What it costs to get the vectors of one column, which are then dropped.
    private func measureDecoding(_ path: String, _ compression: StoreOptions.Compression) throws {
        let store = try Store.open(directory: path, options: LoadedStores.options(compression))
        defer { store.close() }
        let schema = market.trades.schema
        for (index, column) in schema.columns.enumerated() where index != schema.seriesColumn {
            var best = Double.infinity
            for _ in 0..<sizes.repeats {
                let watch = Stopwatch()
                let scan = try store.snapshot().scan(ScanRequest(table: schema.name, columns: [index]))
                var rows = 0
                for series in scan.series.indices {
                    var cursor = try scan.open(series: series)
                    while let slice = try cursor.next() { rows += try slice.vector(column: index).count }
                }
                guard rows == market.trades.count else { throw BenchFailure("\(rows) rows of \(column.name)") }
                best = min(best, watch.seconds)
            }
            let rate = Double(market.trades.count) / best / 1e6
            report.add("decode only, \(compression), \(column.name), 1 thread", rate, "M rows/s")
        }
    }
}

private struct ScanRun {
    let query: ScanQuery
    let expected: ScanAnswer
    let threads: Int
    let path: String
    /// M rows/s of the same loop on plain memory.
    let plainRate: Double

    /// A rate beside that of the same loop on plain memory.
    func limit(_ rowsPerSecond: Double) -> Figure.Limit {
        Figure.Limit(name: "plain arrays", value: plainRate, unit: "M rows/s", used: rowsPerSecond / 1e6)
    }

    /// Seconds of the query; checks its answer.
    func time(_ store: Store) throws -> Double {
        let watch = Stopwatch()
        let answer = try query.run(store, threads: threads)
        let elapsed = watch.seconds
        try answer.require(expected, "scan")
        return elapsed
    }

    /// Opens the store for `body` and closes it.
    func open<Result>(_ options: StoreOptions, _ body: (Store) throws -> Result) throws -> Result {
        let store = try Store.open(directory: path, options: options)
        defer { store.close() }
        return try body(store)
    }
}
