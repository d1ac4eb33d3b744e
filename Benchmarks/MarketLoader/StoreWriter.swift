import Columnar
import Glibc
import Store

/// Writes rows to a table of a store, split by series.
struct StoreWriter {
    private let store: Store
    private let table: MarketTable
    private let names: [String]
    /// Place in the schema of each column that is made.
    private let places: [Int]
    private let columnCount: Int

    private static let pauseMicroseconds: UInt32 = 1_000

    /// Creates the table.
    init(_ store: Store, _ table: MarketTable, names: [String]) throws {
        self.store = store
        self.table = table
        self.names = names
        let schema = table.schema
        places = table.columns.compactMap { schema.index(of: $0.name) }
        columnCount = schema.columns.count
        try store.createTable(schema)
    }

    /// Appends rows as one batch; waits until they are on the disk.
    func append(_ rows: MarketRows) throws {
        while store.isCongested { usleep(Self.pauseMicroseconds) }
        try store.append(batch(rows))
    }

    private func batch(_ rows: MarketRows) -> AppendBatch {
        let (order, ends) = ordered(rows)
        var columns = [Vector?](repeating: nil, count: columnCount)
        for (index, column) in table.columns.enumerated() {
            let values = rows.columns[index]
            columns[places[index]] = vector(order.map { values[$0] }, column.meaning)
        }
        var groups: [AppendGroup] = []
        var start = 0
        for (symbol, end) in ends.enumerated() where end > start {
            let part = columns.map { $0?.slice(start..<end) }
            groups.append(
                AppendGroup(table: table.rawValue, series: names[symbol], columns: part, rowCount: end - start)
            )
            start = end
        }
        return AppendBatch(groups: groups)
    }

    private func vector(_ values: [Int64], _ meaning: MarketTable.MadeColumn.Meaning) -> Vector {
        switch meaning {
        case .time: .timestamps(values)
        case .count: .int64(values)
        case .decimal(let scale): .decimals(values, scale: scale)
        case .side:
            Vector(
                type: .symbol,
                form: .dictionary(Buffer(values.map { UInt32(truncatingIfNeeded: $0) }), MarketTable.sides)
            )
        }
    }

    /// The rows by symbol, then in their order; and where each symbol ends. A counting sort.
    private func ordered(_ rows: MarketRows) -> (order: [Int], ends: [Int]) {
        var ends = [Int](repeating: 0, count: names.count)
        for symbol in rows.symbols { ends[symbol] += 1 }
        var start = 0
        for symbol in ends.indices {
            let count = ends[symbol]
            ends[symbol] = start
            start += count
        }
        var order = [Int](repeating: 0, count: rows.count)
        for (row, symbol) in rows.symbols.enumerated() {
            order[ends[symbol]] = row
            ends[symbol] += 1
        }
        return (order, ends)
    }
}
