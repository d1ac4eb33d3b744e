import Columnar

/// A change of the catalog, or of many rows at once, on its way through the WAL.
enum CatalogChange: Sendable {
    case createTable(TableSchema)
    case dropTable(String)
    case addColumn(Column, table: String)
    case dropRows(table: String, series: ScanRequest.Series, times: [TimeRange])
    case setTimeToLive(Int64?, table: String)
}

/// A change that was checked against the catalog: what its record says, and what applying it does.
enum CheckedChange {
    /// It is so already.
    case none
    case add(TableEntry)
    case remove(TableEntry)
    /// The entry with the column.
    case grow(TableEntry, Column)
    case keep(TableEntry)
    /// One for each range of time, of the same table and series.
    case delete([Tombstone])

    /// Checks a change; `lsn` is the number that its record would get.
    init(_ change: CatalogChange, catalog: CatalogState, lsn: LSN) throws(TableError) {
        switch change {
        case .createTable(let schema):
            guard let existing = catalog.schema(named: schema.name) else {
                self = .add(TableEntry(id: catalog.nextTableID, schema: schema))
                return
            }
            guard existing.isGrown(from: schema) else {
                throw TableError(.tableExists, "a table '\(existing.name)' exists with another schema")
            }
            self = .none
        case .dropTable(let name): self = .remove(try Self.table(name, catalog))
        case .addColumn(let column, let table):
            try SchemaRules.checkName(column.name, of: "column")
            let entry = try Self.table(table, catalog)
            guard entry.schema.columns.count < SchemaRules.columnsMax else {
                throw TableError(.invalid, "table '\(entry.schema.name)' has \(SchemaRules.columnsMax) columns already")
            }
            guard let grown = entry.adding(column) else {
                throw TableError(.invalid, "table '\(entry.schema.name)' has a column '\(column.name)' already")
            }
            self = .grow(grown, column)
        case .dropRows(let table, let series, let times):
            let entry = try Self.table(table, catalog)
            let ids = Self.numbers(of: series, entry)
            let ranges = times.filter { !$0.isEmpty }
            guard !ranges.isEmpty, ids.map({ !$0.isEmpty }) ?? true else {
                self = .none
                return
            }
            let tombstones = ranges.map { Tombstone(table: entry.id, series: ids, time: $0, lsn: lsn) }
            guard Tombstone.byteCount(of: tombstones) <= WALFormat.recordBytesMax / 2 else {
                throw TableError(.invalid, "a deletion of \(ranges.count) ranges of time is too large for one record")
            }
            self = .delete(tombstones)
        case .setTimeToLive(let timeToLive, let table):
            guard timeToLive.map({ $0 > 0 }) ?? true else {
                throw TableError(.invalid, "a time to live must be positive; give none to keep rows for ever")
            }
            let entry = try Self.table(table, catalog)
            self = entry.timeToLive == timeToLive ? .none : .keep(entry.keeping(for: timeToLive))
        }
    }

    private static func table(_ name: String, _ catalog: CatalogState) throws(TableError) -> TableEntry {
        guard let entry = catalog.entry(named: name) else {
            throw TableError(.unknownTable, "there is no table '\(name)'")
        }
        return entry
    }

    private static func numbers(of series: ScanRequest.Series, _ entry: TableEntry) -> [SeriesID]? {
        switch series {
        case .all: nil
        case .named(let names): Set(names.compactMap { entry.series.id(of: $0) }).sorted()
        }
    }

    /// Writes its record; nothing for a change that changes nothing.
    func put(lsn: LSN, durableLSN: LSN, to writer: inout ByteWriter) {
        guard let kind else { return }
        let start = WALRecordHeader.begin(kind, lsn: lsn, durableLSN: durableLSN, in: &writer)
        switch self {
        case .none: break
        case .add(let entry):
            writer.put(entry.id.rawValue)
            SchemaCoding.put(entry.schema, to: &writer)
        case .remove(let entry): writer.put(entry.id.rawValue)
        case .grow(let entry, let column):
            writer.put(entry.id.rawValue)
            SchemaCoding.put(column, to: &writer)
        case .keep(let entry):
            writer.put(entry.id.rawValue)
            writer.put(entry.timeToLive ?? 0)
        case .delete(let tombstones): Tombstone.put(tombstones, to: &writer)
        }
        WALRecordHeader.finish(recordAt: start, in: &writer)
    }

    private var kind: WALRecordKind? {
        switch self {
        case .none: nil
        case .add: .createTable
        case .remove: .dropTable
        case .grow: .addColumn
        case .keep: .setTimeToLive
        case .delete: .dropRows
        }
    }

    /// What listeners are told of it; nil for a change of nothing.
    func told(lsn: LSN, _ catalog: CatalogState) -> CommittedChange? {
        switch self {
        case .none: return nil
        case .add(let entry): return CommittedChange(lsn: lsn, table: entry.schema.name, kind: .created)
        case .remove(let entry): return CommittedChange(lsn: lsn, table: entry.schema.name, kind: .dropped)
        case .grow(let entry, _), .keep(let entry):
            return CommittedChange(lsn: lsn, table: entry.schema.name, kind: .altered)
        case .delete(let tombstones):
            guard let first = tombstones.first, let entry = catalog.entry(first.table) else { return nil }
            // One range around them all: listeners may look at more than was removed.
            let times = tombstones.reduce(first.time) { around, tombstone in
                TimeRange(start: min(around.start, tombstone.time.start), end: max(around.end, tombstone.time.end))
            }
            return CommittedChange(lsn: lsn, table: entry.schema.name, kind: .rowsRemoved(times))
        }
    }

    /// Whether rows written before and after it must not share a memtable.
    var separatesRows: Bool {
        switch self {
        case .grow, .delete: true
        case .none, .add, .remove, .keep: false
        }
    }

    /// Reads the change of a record.
    static func get(
        _ kind: WALRecordKind,
        lsn: LSN,
        version: UInt8,
        catalog: CatalogState,
        from reader: inout ByteReader
    ) throws(MalformedBytes) -> CheckedChange {
        let start = reader.position
        func known(_ id: TableID) throws(MalformedBytes) -> TableEntry {
            guard let entry = catalog.entry(id) else { throw MalformedBytes(offset: start, expected: "a known table") }
            return entry
        }
        switch kind {
        case .createTable:
            let id = TableID(rawValue: try reader.get())
            let schema = try SchemaCoding.get(from: &reader, version: Int(version))
            guard catalog.entry(id) == nil, catalog.entry(named: schema.name) == nil else {
                throw MalformedBytes(offset: start, expected: "a new table")
            }
            return .add(TableEntry(id: id, schema: schema))
        case .dropTable: return .remove(try known(TableID(rawValue: try reader.get())))
        case .addColumn:
            let entry = try known(TableID(rawValue: try reader.get()))
            let column = try SchemaCoding.column(from: &reader)
            guard let grown = entry.adding(column) else {
                throw MalformedBytes(offset: start, expected: "a new column")
            }
            return .grow(grown, column)
        case .setTimeToLive:
            let entry = try known(TableID(rawValue: try reader.get()))
            let timeToLive = try reader.get(Int64.self)
            return .keep(entry.keeping(for: timeToLive > 0 ? timeToLive : nil))
        case .dropRows:
            let tombstones = try Tombstone.list(from: &reader, lsn: lsn)
            for tombstone in tombstones { _ = try known(tombstone.table) }
            return .delete(tombstones)
        case .rows, .start, .lost: throw MalformedBytes(offset: start, expected: "a change of the catalog")
        }
    }
}
