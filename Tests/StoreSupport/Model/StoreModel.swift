public import Columnar

/// What a store should hold. A value: a copy is a state to come back to.
public struct StoreModel: Sendable {
    /// Every batch has a row here, which is never dropped: it tells which batches a store holds.
    public static let ledger: TableSchema = {
        let columns = [Column("time", .timestamp), Column("batch", .int64)]
        guard let schema = TableSchema(name: "ledger", kind: .event, columns: columns, series: nil) else {
            preconditionFailure("BUG: the ledger's schema is valid")
        }
        return schema
    }()

    /// The tables by name.
    public private(set) var tables: [String: TableModel] = [:]

    /// A store without tables.
    public init() {}

    /// Numbers of the batches that are there.
    public var batches: Set<Int64> {
        let rows = tables[Self.ledger.name]?.rows[""] ?? []
        return Set(rows.map { if case .int64(let id) = $0.values[1] { id } else { -1 } })
    }

    /// The effect of a change that was carried out.
    public mutating func apply(_ change: ModelChange) {
        switch change {
        case .batch(let batch):
            for group in batch.groups { tables[group.table]?.append(group) }
        case .createTable(let schema):
            if tables[schema.name] == nil { tables[schema.name] = TableModel(schema: schema) }
        case .dropTable(let name): tables[name] = nil
        case .addColumn(let column, let table): tables[table]?.addColumn(column)
        case .dropRows(let table, let series, let times): for time in times { tables[table]?.dropRows(series, time) }
        case .setTimeToLive(let nanoseconds, let table): tables[table]?.setTimeToLive(nanoseconds)
        }
    }
}
