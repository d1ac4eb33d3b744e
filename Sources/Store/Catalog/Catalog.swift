import Columnar
import Synchronization

/// One table: its number, its schema and its series.
final class TableEntry: Sendable {
    let id: TableID
    let schema: TableSchema
    let series: SeriesRegistry

    init(id: TableID, schema: TableSchema, series: SeriesRegistry = SeriesRegistry()) {
        self.id = id
        self.schema = schema
        self.series = series
    }

    /// The directory of its partitions in a data directory.
    func path(in directory: String) -> String { "\(directory)/tables/\(directoryName)" }

    /// Where one of its segments lies in a data directory.
    func segmentPath(_ segment: SegmentEntry, in directory: String) -> String {
        "\(path(in: directory))/\(SegmentFormat.dayName(segment.day))/\(SegmentFormat.fileName(segment.id))"
    }

    /// For people to recognise; unique by the number.
    private var directoryName: String {
        let kept = schema.name.unicodeScalars.prefix(64).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || "-.@".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
        }
        return "\(id.rawValue)-\(String(kept))"
    }
}

/// The tables at one moment, immutable.
final class CatalogState: CatalogReader {
    let tables: [TableSchema]
    let entries: [TableEntry]
    private let byName: [String: TableEntry]

    init(entries: [TableEntry]) {
        self.entries = entries
        self.tables = entries.map(\.schema).sorted { $0.name < $1.name }
        self.byName = Dictionary(entries.map { ($0.schema.name.lowercased(), $0) }) { first, _ in first }
    }

    func schema(named name: String) -> TableSchema? { entry(named: name)?.schema }

    func entry(named name: String) -> TableEntry? { byName[name.lowercased()] }

    func entry(_ id: TableID) -> TableEntry? { entries.first { $0.id == id } }
}

/// The tables now. The WAL thread changes it; anyone reads it.
final class Catalog: Sendable {
    private let current: Mutex<CatalogState>

    init(entries: [TableEntry] = []) { current = Mutex(CatalogState(entries: entries)) }

    var state: CatalogState { current.withLock { $0 } }

    func add(_ entry: TableEntry) {
        current.withLock { $0 = CatalogState(entries: $0.entries + [entry]) }
    }

    /// The number that the next table gets.
    var nextTableID: TableID {
        TableID(rawValue: (state.entries.map(\.id.rawValue).max() ?? 0) + 1)
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
