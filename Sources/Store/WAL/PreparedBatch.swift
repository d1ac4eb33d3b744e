import Columnar

/// Rows of one series that were checked against their table's schema.
struct PreparedGroup: Sendable {
    let table: TableEntry
    let series: String
    /// One a column of the schema; nil is all null, and always for the series key.
    let columns: [Vector?]
    let rowCount: Int
}

/// A batch that was checked: it can be written and applied without another look.
struct PreparedBatch: Sendable {
    let groups: [PreparedGroup]
    let rowCount: Int
    let stream: AppendStream?
    /// About what it takes in memory and in the WAL.
    let byteCount: Int
    /// The catalog that it was checked against.
    let catalog: CatalogState

    /// Fixed cost that a group and a column are charged beside their values.
    private static let groupBytes = 96
    private static let columnBytes = 32

    /// Checks every group against the catalog.
    init(_ batch: AppendBatch, catalog: CatalogState) throws(TableError) {
        var prepared: [PreparedGroup] = []
        prepared.reserveCapacity(batch.groups.count)
        var rows = 0
        var bytes = 0
        var packing = SmallGroupPacking(batch)
        var latest: (name: String, entry: TableEntry)?
        for group in batch.groups where group.rowCount != 0 {
            let table: TableEntry
            if let latest, latest.name == group.table {
                table = latest.entry
            } else if let known = catalog.entry(named: group.table) {
                table = known
                latest = (group.table, known)
            } else {
                throw TableError(.unknownTable, "there is no table '\(group.table)'; create it first")
            }
            let checked = try Self.prepare(group, table: table, packing: &packing)
            rows += checked.rowCount
            bytes += Self.groupBytes + checked.series.utf8.count
            for column in checked.columns { bytes += Self.columnBytes + (column.map(VectorRules.byteCount) ?? 0) }
            prepared.append(checked)
        }
        guard bytes <= WALFormat.recordBytesMax / 2 else {
            throw TableError(
                .invalid,
                "a batch of about \(bytes) bytes is over the limit of \(WALFormat.recordBytesMax / 2); split it"
            )
        }
        self.groups = prepared
        self.rowCount = rows
        self.stream = batch.stream
        self.byteCount = bytes
        self.catalog = catalog
    }

    private init(_ other: PreparedBatch, groups: [PreparedGroup], catalog: CatalogState) {
        self.groups = groups
        self.rowCount = other.rowCount
        self.stream = other.stream
        self.byteCount = other.byteCount
        self.catalog = catalog
    }

    /// The batch for a catalog that may have changed since it was checked: rows get the columns that were added, without
    /// values. Throws if a table is gone.
    func following(_ now: CatalogState) throws(TableError) -> PreparedBatch {
        if now === catalog { return self }
        var groups: [PreparedGroup] = []
        groups.reserveCapacity(self.groups.count)
        for group in self.groups {
            guard let table = now.entry(group.table.id) else {
                throw TableError(.unknownTable, "table '\(group.table.schema.name)' was dropped")
            }
            let added = table.schema.columns.count - group.columns.count
            groups.append(
                PreparedGroup(
                    table: table,
                    series: group.series,
                    columns: group.columns + [Vector?](repeating: nil, count: added),
                    rowCount: group.rowCount
                )
            )
        }
        return PreparedBatch(self, groups: groups, catalog: now)
    }

    private static func prepare(
        _ group: AppendGroup,
        table: TableEntry,
        packing: inout SmallGroupPacking?
    ) throws(TableError) -> PreparedGroup {
        let schema = table.schema
        // A writer that does not know of the columns that were added gives its rows without them.
        let created = schema.columns.count - Int(table.schemaVersion - 1)
        guard group.rowCount > 0, group.columns.count >= created, group.columns.count <= schema.columns.count else {
            throw TableError(
                .invalid,
                "rows for '\(schema.name)' have \(group.columns.count) columns, the table has \(schema.columns.count)"
            )
        }
        if schema.seriesColumn != nil {
            if !Self.isPlain(group.series) { try SchemaRules.checkName(group.series, of: "series") }
        } else if !group.series.isEmpty {
            throw TableError(.invalid, "table '\(schema.name)' has no series key, but rows name '\(group.series)'")
        }
        var columns: [Vector?] = []
        columns.reserveCapacity(schema.columns.count)
        for index in schema.columns.indices {
            guard index != schema.seriesColumn, index < group.columns.count, let vector = group.columns[index] else {
                columns.append(nil)
                continue
            }
            let column = schema.columns[index]
            guard vector.count == group.rowCount, vector.validity.map({ $0.count == vector.count }) ?? true,
                let fitted = VectorRules.fitted(vector, to: column.type)
            else {
                throw TableError(
                    .invalid,
                    """
                    column '\(column.name)' of '\(schema.name)' takes \(group.rowCount) values of type \
                    \(column.type.name), not \(vector.count) of type \(vector.type.name)
                    """
                )
            }
            columns.append(fitted)
        }
        columns[schema.timeColumn] = try times(columns[schema.timeColumn], schema: schema)
        packing?.pack(&columns, rowCount: group.rowCount)
        return PreparedGroup(table: table, series: group.series, columns: columns, rowCount: group.rowCount)
    }

    /// Whether a name is fine at a glance over its bytes: control characters have one byte. Every group of a feed comes by
    /// here.
    private static func isPlain(_ name: String) -> Bool {
        let utf8 = name.utf8
        return (1...SchemaRules.nameBytesMax).contains(utf8.count) && utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// Times without nulls, and floored to the slot in a regular table.
    private static func times(_ vector: Vector?, schema: TableSchema) throws(TableError) -> Vector {
        guard let vector, vector.validity.map({ $0.nullCount == 0 }) ?? true else {
            throw TableError(.invalid, "column '\(schema.columns[schema.timeColumn].name)' of '\(schema.name)' is null")
        }
        if case .constant(.null, _) = vector.form {
            throw TableError(.invalid, "column '\(schema.columns[schema.timeColumn].name)' of '\(schema.name)' is null")
        }
        guard case .regular(let timeframe) = schema.kind else { return Vector(type: .timestamp, form: vector.form) }
        let times = Plain.int64(vector)
        var builder = BufferBuilder<Int64>(capacity: times.count)
        times.withUnsafeBufferPointer { times in
            for time in times { builder.append(CivilTime.floor(time, to: timeframe)) }
        }
        return Vector(type: .timestamp, form: .int64(builder.take()))
    }
}
