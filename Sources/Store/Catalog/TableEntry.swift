import Columnar

/// One table: its number, its schema and its series. Immutable but for the series; a change of the table is a new entry.
final class TableEntry: Sendable {
    let id: TableID
    let schema: TableSchema
    /// Counts the columns that were added, from 1.
    let schemaVersion: UInt32
    /// How long rows are kept, in nanoseconds; nil for ever.
    let timeToLive: Int64?
    /// Shared by all entries of the table.
    let series: SeriesRegistry

    init(
        id: TableID,
        schema: TableSchema,
        schemaVersion: UInt32 = 1,
        timeToLive: Int64? = nil,
        series: SeriesRegistry = SeriesRegistry()
    ) {
        self.id = id
        self.schema = schema
        self.schemaVersion = schemaVersion
        self.timeToLive = timeToLive
        self.series = series
    }

    /// Whether of rows that agree in series, time and dedup key only the last written one stands.
    var resolvesDuplicates: Bool { schema.kind != .event || schema.dedupColumns != nil }

    /// With one more column; nil if the name is taken.
    func adding(_ column: Column) -> TableEntry? {
        schema.adding(column).map { schema in
            TableEntry(id: id, schema: schema, schemaVersion: schemaVersion + 1, timeToLive: timeToLive, series: series)
        }
    }

    /// With another time to live.
    func keeping(for timeToLive: Int64?) -> TableEntry {
        TableEntry(id: id, schema: schema, schemaVersion: schemaVersion, timeToLive: timeToLive, series: series)
    }

    /// The directory of its partitions in a data directory.
    func path(in directory: String) -> String { "\(directory)/tables/\(directoryName)" }

    /// The directory of one partition in a data directory.
    func partitionPath(_ partition: Int32, in directory: String) -> String {
        "\(path(in: directory))/\(schema.partition.name(of: partition))"
    }

    /// Where one of its segments lies in a data directory.
    func segmentPath(_ segment: SegmentEntry, in directory: String) -> String {
        "\(partitionPath(segment.partition, in: directory))/\(SegmentFormat.fileName(segment.id))"
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
