import Columnar
import Measurement
import Store

extension Bench {
    /// One thread appends all trades, then all quotes, in order of time; batches are ready before the clock starts.
    func measureAppend() throws {
        for form in BatchMaker.NumberForm.allCases {
            let store = try Store.open(directory: scratch.fresh("append-\(form)"))
            defer { store.close() }
            for table in market.tables { try measureAppend(table, form, store) }
        }
    }

    private func measureAppend(_ table: MarketTable, _ form: BatchMaker.NumberForm, _ store: Store) throws {
        let name = "append \(table.schema.name), \(form.rawValue)"
        try store.createTable(table.schema)
        let maker = BatchMaker(table: table, form: form)
        let preparing = Stopwatch()
        let batches = maker.batches(of: 0..<table.count).map { maker.batch($0) }
        report.add("\(name): client's own splitting by series", preparing.seconds * 1e9 / Double(table.count), "ns/row")

        let syncsBefore = store.statistics.walSyncs
        let effort = Effort(self)
        let feed = Feed(store)
        for batch in batches { try feed.send(batch) }
        try feed.finish()
        let acknowledged = effort.seconds
        try store.flush()
        let total = effort.seconds
        let rows = Double(table.count)
        let query = ScanQuery(table)
        let answer = try query.run(store, threads: 2)
        try answer.require(query.expected, name)
        let written = Double(effort.writtenBytes) / 1e9
        report.add("\(name): to the last acknowledgement", rows / acknowledged / 1e6, "M rows/s")
        report.add(
            "\(name): until all is in segments",
            rows / total / 1e6,
            "M rows/s",
            goal: .atLeast(5),
            limit: limits.write(used: written / total),
            check: answer.check
        )
        effort.tell(name, rows: rows)
        let syncs = store.statistics.walSyncs
        let syncing = Double(syncs.sum - syncsBefore.sum) * 1e-9
        report.add("\(name): calls of fdatasync on the WAL", Double(syncs.count - syncsBefore.count) / total, "/s")
        report.add("\(name): of the time in them", syncing / total * 100, "%")
        report.add("\(name): written to disk", written * 1e9 / rows, "bytes/row")
    }
}

/// What the process spends on something from now on.
struct Effort {
    private let bench: Bench
    private let watch = Stopwatch()
    private let processor = ProcessCounters.processorSeconds
    private let written = ProcessCounters.writtenBytes
    private let instructions: UInt64

    init(_ bench: Bench) {
        self.bench = bench
        instructions = bench.instructions?.count ?? 0
    }

    /// Seconds of the clock.
    var seconds: Double { watch.seconds }

    /// Bytes that went to the disk.
    var writtenBytes: Int { ProcessCounters.writtenBytes - written }

    /// Prints the time of all threads on processors, and instructions where the machine counts them.
    func tell(_ name: String, rows: Double) {
        let used = ProcessCounters.processorSeconds - processor
        bench.report.add("\(name): processor time of all threads", used * 1e9 / rows, "ns/row")
        if let counter = bench.instructions {
            bench.report.add("\(name): instructions", Double(counter.count - instructions) / rows, "/row")
        }
    }
}
