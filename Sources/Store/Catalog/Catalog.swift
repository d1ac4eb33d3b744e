import Columnar
import Synchronization

/// The tables at one moment, immutable.
final class CatalogState: CatalogReader {
    let tables: [TableSchema]
    let entries: [TableEntry]
    /// The number that the next table gets. Numbers of dropped tables do not come again.
    let nextTableID: TableID
    private let byName: [String: TableEntry]
    private let byID: [TableID: TableEntry]

    init(entries: [TableEntry], nextTableID: TableID) {
        self.entries = entries
        self.nextTableID = nextTableID
        self.tables = entries.map(\.schema).sorted { $0.name < $1.name }
        self.byName = Dictionary(entries.map { ($0.schema.name.lowercased(), $0) }) { first, _ in first }
        self.byID = Dictionary(entries.map { ($0.id, $0) }) { first, _ in first }
    }

    func schema(named name: String) -> TableSchema? { entry(named: name)?.schema }

    func timeToLive(of table: String) -> Int64? { entry(named: table)?.timeToLive }

    func entry(named name: String) -> TableEntry? { byName[name.lowercased()] }

    func entry(_ id: TableID) -> TableEntry? { byID[id] }
}

/// The tables now. The WAL thread changes it; anyone reads it.
final class Catalog: Sendable {
    private let current: Mutex<CatalogState>

    init(entries: [TableEntry] = [], nextTableID: TableID = TableID(rawValue: 1)) {
        current = Mutex(CatalogState(entries: entries, nextTableID: nextTableID))
    }

    var state: CatalogState { current.withLock { $0 } }

    func add(_ entry: TableEntry) {
        change { entries, next in
            entries.append(entry)
            next = max(next, entry.id.rawValue + 1)
        }
    }

    /// Puts a changed entry in place of the one of its number.
    func replace(_ entry: TableEntry) {
        change { entries, _ in
            if let index = entries.firstIndex(where: { $0.id == entry.id }) { entries[index] = entry }
        }
    }

    func remove(_ id: TableID) {
        change { entries, _ in entries.removeAll { $0.id == id } }
    }

    private func change(_ body: (inout [TableEntry], inout UInt32) -> Void) {
        current.withLock { state in
            var entries = state.entries
            var next = state.nextTableID.rawValue
            body(&entries, &next)
            state = CatalogState(entries: entries, nextTableID: TableID(rawValue: next))
        }
    }
}

/// What a table must be to be created.
enum SchemaRules {
    /// Names are part of records and directories; no honest one is longer.
    static let nameBytesMax = 255
    /// A group of rows carries a header a column; no honest table is wider.
    static let columnsMax = 4096

    static func check(_ schema: TableSchema) throws(TableError) {
        try checkName(schema.name, of: "table")
        for column in schema.columns { try checkName(column.name, of: "column") }
        guard schema.columns.count <= columnsMax else {
            throw TableError(.invalid, "table '\(schema.name)' has more than \(columnsMax) columns")
        }
        if case .regular(let timeframe) = schema.kind, timeframe <= 0 {
            throw TableError(.invalid, "table '\(schema.name)' has a timeframe of \(timeframe) ns; it must be positive")
        }
    }

    static func checkName(_ name: String, of what: String) throws(TableError) {
        let hasControl = name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard !name.isEmpty, name.utf8.count <= nameBytesMax, !hasControl else {
            throw TableError(
                .invalid,
                "a \(what) name must have 1 to \(nameBytesMax) bytes and no control characters: '\(name)'"
            )
        }
    }
}
