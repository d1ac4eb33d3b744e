import Columnar
import Store

extension Bench {
    /// Replay of a WAL of which nothing was flushed.
    func measureRecovery() throws {
        let path = scratch.fresh("recovery")
        let table = market.trades
        let wanted = min(sizes.recoveryRows, table.count)
        let maker = BatchMaker(table: table, form: .decimal)
        // Far more than the defaults, so that nothing leaves the WAL.
        var options = StoreOptions()
        options.memtableFlushBytes = 2 << 30
        options.memtableBytesMax = 4 << 30
        let store = try Store.open(directory: path, options: options)
        try store.createTable(table.schema)
        let feed = Feed(store)
        for rows in maker.batches(of: 0..<wanted) { try feed.send(maker.batch(rows)) }
        try feed.finish()
        let walBytes = Double(store.statistics.walBytes)
        store.close(flush: false)

        let effort = Effort(self)
        let recovered = try Store.open(directory: path, options: options)
        let elapsed = effort.seconds
        defer { recovered.close(flush: false) }
        guard recovered.recovery.rows == wanted else {
            throw BenchFailure("\(recovered.recovery.rows) of \(wanted) rows came back")
        }
        let answer = try ScanQuery(table).run(recovered, threads: 2)
        guard answer.rows == wanted else { throw BenchFailure("\(answer.rows) of \(wanted) rows are seen") }
        report.add(
            "recovery of \(text(Double(wanted) / 1e6)) M rows from the WAL",
            Double(wanted) / elapsed / 1e6,
            "M rows/s",
            goal: .atLeast(2),
            limit: limits.copy(1, used: walBytes / elapsed / 1e9),
            check: answer.check
        )
        effort.tell("recovery", rows: Double(wanted))
        report.add("recovery: WAL", walBytes / Double(wanted), "bytes/row")
    }
}
