public import Columnar

/// Rows that are written together, under a number that no other batch has.
public struct ModelBatch: Sendable {
    /// The number; every row carries it.
    public let id: Int64
    /// The rows; the first group is the one of ``StoreModel/ledger``.
    public let groups: [AppendGroup]

    /// Creates a batch with its entry in the ledger.
    public init(id: Int64, time: Int64, groups: [AppendGroup]) {
        self.id = id
        let entry = AppendGroup(
            table: StoreModel.ledger.name,
            series: "",
            columns: [.timestamps([time]), .int64([id])],
            rowCount: 1
        )
        self.groups = [entry] + groups
    }
}

/// A change of a store that has its place in the WAL.
public enum ModelChange: Sendable, CustomStringConvertible {
    /// Rows.
    case batch(ModelBatch)
    /// A new table.
    case createTable(TableSchema)
    /// See ``CatalogEditor``.
    case dropTable(String)
    /// See ``CatalogEditor``.
    case addColumn(Column, table: String)
    /// See ``CatalogEditor``.
    case dropRows(table: String, series: ScanRequest.Series, times: [TimeRange])
    /// See ``CatalogEditor``.
    case setTimeToLive(Int64?, table: String)

    /// For the trace of a run.
    public var description: String {
        switch self {
        case .batch(let batch):
            let groups = batch.groups.dropFirst().map { "\($0.table)/\($0.series)×\($0.rowCount)" }
            return "batch \(batch.id): \(groups.joined(separator: " "))"
        case .createTable(let schema):
            return "create \(schema.name) \(schema.kind) \(schema.partition) dedup \(schema.dedupColumns ?? [])"
        case .dropTable(let name): return "drop \(name)"
        case .addColumn(let column, let table): return "add \(column.name) \(column.type) to \(table)"
        case .dropRows(let table, let series, let times):
            let ranges = times.map { $0 == .all ? "all time" : "\($0.start)..<\($0.end)" }
            return "drop rows of \(table) \(series) \(ranges.joined(separator: ", "))"
        case .setTimeToLive(let nanoseconds, let table):
            return "time to live of \(table): \(nanoseconds.map { "\($0 / CivilTime.minute) min" } ?? "none")"
        }
    }
}
