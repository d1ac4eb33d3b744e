import Columnar
import Store

/// Stores of one table each with all its rows, flushed and compacted, closed; each is made when it is first asked for.
final class LoadedStores {
    private struct Key: Hashable {
        let table: String
        let compression: StoreOptions.Compression
    }

    private let bench: Bench
    private var made: [Key: String] = [:]

    init(bench: Bench) { self.bench = bench }

    /// The directory of the store of a table.
    func directory(_ table: MarketTable, _ compression: StoreOptions.Compression) throws -> String {
        let key = Key(table: table.schema.name, compression: compression)
        if let path = made[key] { return path }
        let path = bench.scratch.fresh("loaded-\(key.table)-\(compression)")
        let store = try Store.open(directory: path, options: Self.options(compression))
        defer { store.close() }
        try store.createTable(table.schema)
        try store.load(BatchMaker(table: table, form: .decimal))
        try store.flush()
        try store.compact()
        made[key] = path
        return path
    }

    /// The defaults with a compression.
    static func options(_ compression: StoreOptions.Compression) -> StoreOptions {
        var options = StoreOptions()
        options.compression = compression
        return options
    }
}

extension Store {
    /// Appends all rows of a table and waits until they are acknowledged.
    func load(_ maker: BatchMaker, shift: Int64 = 0) throws {
        let feed = Feed(self)
        for rows in maker.batches(of: 0..<maker.table.count) { try feed.send(maker.batch(rows, shift: shift)) }
        try feed.finish()
    }
}
