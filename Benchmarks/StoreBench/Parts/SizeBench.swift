import Columnar
import Store

extension Bench {
    /// Bytes on disk of all trades and of all quotes, flushed and compacted: whole directories without the WAL.
    func measureSize(_ loaded: LoadedStores) throws {
        for table in market.tables {
            for compression in [StoreOptions.Compression.smallest, .none] {
                let path = try loaded.directory(table, compression)
                let size = Files.size(path)
                let rows = Double(table.count)
                let name = "size of \(table.schema.name), \(compression)"
                let goal: Figure.Goal? =
                    compression == .smallest ? .atMost(table.sides == nil ? 8.7 : 6.3) : nil
                report.add(name, Double(size.kept) / rows, "bytes/row", goal: goal)
                let store = try Store.open(directory: path, options: LoadedStores.options(compression))
                for count in try ColumnBytes.counts(store, table: table.schema.name) {
                    report.add("\(name): \(count.column)", count.bytes / rows, "bytes/row")
                }
                store.close()
                report.add("\(name): files", Double(size.count), "")
                report.add("\(name): WAL beside it", Double(size.wal), "bytes")
            }
        }
    }
}
