import Columnar
import Store

extension Bench {
    /// The trades again and again, each time five days later: memory meanwhile, and opening the result.
    func measureLarge() throws {
        let path = scratch.fresh("large")
        defer { Files.remove(path) }
        ProcessCounters.trimHeap()
        let table = market.trades
        let rows = Double(table.count * sizes.largeCopies)
        let name = "\(text(rows / 1e6)) M rows"
        let days = table.days
        let span = days[days.count - 1].end - days[0].start
        let store = try Store.open(directory: path)
        try store.createTable(table.schema)
        let maker = BatchMaker(table: table, form: .decimal)
        let sampler = MemorySampler()
        let before = ProcessCounters.anonymousBytes
        sampler.start()
        let effort = Effort(self)
        for copy in 0..<sizes.largeCopies { try store.load(maker, shift: Int64(copy) * span) }
        try store.flush()
        let elapsed = effort.seconds
        let peak = Double(sampler.stop()) / Double(1 << 20)
        report.add("\(name): ingest with splitting by series", rows / elapsed / 1e6, "M rows/s")
        effort.tell("\(name): ingest", rows: rows)
        report.add("\(name): most memory beyond the page cache", peak, "MiB", goal: .atMost(512))
        report.add("\(name): of which before the store was opened", Double(before) / Double(1 << 20), "MiB")
        report.add("\(name): segments", Double(store.statistics.segments), "")
        report.add("\(name): written to disk", Double(effort.writtenBytes) / rows, "bytes/row")
        store.close()

        Files.dropPages(path)
        let first = try timeOpening(path)
        report.add("\(name): opening, from the disk", first * 1e3, "ms")
        let opened = try (0..<sizes.repeats).map { _ in try timeOpening(path) }
        report.add("\(name): opening", quantile(opened, 0.5) * 1e3, "ms", goal: .atMost(100))

        let again = try Store.open(directory: path)
        defer { again.close() }
        let expected = ScanQuery(table).expected
        let watch = Stopwatch()
        let answer = try ScanQuery(table).run(again, threads: 2, days: [.all])
        let scanned = watch.seconds
        let copies = Double(sizes.largeCopies)
        let all = ScanAnswer(rows: Int(rows), sum: expected.sum * copies, max: expected.max)
        try answer.require(all, name)
        report.add("\(name): first scan, 2 threads", rows / scanned / 1e6, "M rows/s", check: answer.check)
    }

    private func timeOpening(_ path: String) throws -> Double {
        let watch = Stopwatch()
        let store = try Store.open(directory: path)
        let elapsed = watch.seconds
        store.close()
        return elapsed
    }
}
