import Columnar
import Store

extension Bench {
    /// Ingest into small memtables, so that there is much to merge, with merging in the background and without.
    func measureCompaction() throws {
        var rates: [Bool: Double] = [:]
        for compacts in [false, true] {
            let table = market.trades
            let name = compacts ? "ingest beside compaction" : "ingest without compaction"
            var options = StoreOptions()
            options.compacts = compacts
            options.memtableFlushBytes = 8 << 20
            let path = scratch.fresh("compaction")
            let store = try Store.open(directory: path, options: options)
            defer { store.close() }
            try store.createTable(table.schema)
            let maker = BatchMaker(table: table, form: .decimal)
            let rows = Double(table.count)
            let effort = Effort(self)
            try store.load(maker)
            try store.flush()
            let elapsed = effort.seconds
            rates[compacts] = rows / elapsed
            let plain = rows * Double(table.plainRowBytes)
            report.add("\(name): with splitting by series", rows / elapsed / 1e6, "M rows/s")
            effort.tell(name, rows: rows)
            report.add("\(name): segments", Double(store.statistics.segments), "")
            let merging = try seconds { try store.compact() }
            report.add("\(name): compact() after it", merging, "s")
            let written = Double(effort.writtenBytes)
            report.add("\(name): bytes written, WAL and all / bytes of the rows", written / plain, "×")
            let size = Double(Files.size(path).kept)
            report.add("\(name): bytes written / bytes that remain", written / size, "×")
            let query = ScanQuery(table)
            let answer = try query.run(store, threads: 2)
            try answer.require(query.expected, name)
            report.add("\(name): segments in the end", Double(store.statistics.segments), "", check: answer.check)
        }
        if let beside = rates[true], let alone = rates[false] {
            report.add("ingest beside compaction / without", beside / alone, "×")
        }
    }
}
