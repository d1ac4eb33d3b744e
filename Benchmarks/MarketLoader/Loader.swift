import Glibc
import Store

/// Makes the tables and writes every row twice: into a store, and as columns for whoever is compared with it.
struct Loader {
    private let options: LoaderOptions
    private let names: [String]

    /// Rows of a batch, and of a write to the files.
    private static let batchRows = 65_536

    init(_ options: LoaderOptions) {
        self.options = options
        let digits = max(2, String(options.symbols - 1).count)
        names = (0..<options.symbols).map { symbol in
            let number = String(symbol)
            return "S" + String(repeating: "0", count: digits - number.count) + number
        }
    }

    /// Leaves a directory `store`, all of it in merged segments; `columns`, a directory a table; and `market.json`.
    func run() throws {
        try create(options.directory)
        let directory = "\(options.directory)/store"
        guard access(directory, F_OK) != 0 else {
            throw LoaderFailure("\(directory) exists, and would hold rows twice; remove it, or name another directory")
        }
        let store = try Store.open(directory: directory, options: storeOptions)
        defer { store.close() }
        var summary = MarketSummary(options, symbols: names)
        for table in options.tables { summary.tables[table.rawValue] = try load(table, store) }
        try store.flush()
        try store.compact()
        try summary.write(to: "\(options.directory)/market.json")
    }

    private func load(_ table: MarketTable, _ store: Store) throws -> MarketSummary.Table {
        let writer = try StoreWriter(store, table, names: names)
        let files = options.writesColumns ? try columnFiles(table) : nil
        var maker = RowMaker(table, rows: options.rows, symbols: options.symbols, seed: options.seed)
        var totals = TableTotals(table)
        while let rows = maker.next(Self.batchRows) {
            try writer.append(rows)
            try files?.append(rows)
            totals.add(rows)
        }
        return totals.summary
    }

    private func columnFiles(_ table: MarketTable) throws(LoaderFailure) -> ColumnFiles {
        let columns = "\(options.directory)/columns"
        let directory = "\(columns)/\(table.rawValue)"
        try create(columns)
        try create(directory)
        return try ColumnFiles(table, directory: directory, rows: options.rows)
    }

    private func create(_ directory: String) throws(LoaderFailure) {
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else {
            throw LoaderFailure("cannot create \(directory): error \(errno)")
        }
    }

    /// The defaults, but for the speed of merging: nobody else wants the disk.
    private var storeOptions: StoreOptions {
        var options = StoreOptions()
        options.compactionBytesPerSecond = 0
        return options
    }
}
