/// One column of a table.
public struct Column: Sendable, Hashable {
    /// The name, unique in its table without regard to case.
    public let name: String
    /// The logical type.
    public let type: ColumnType
    /// The SQL type that it was declared with, if that says more than ``type``; its ``DeclaredType/columnType`` is ``type``.
    public let declared: DeclaredType?

    /// Creates a column.
    public init(_ name: String, _ type: ColumnType) {
        self.name = name
        self.type = type
        self.declared = nil
    }

    /// Creates a column that was declared by a word of SQL.
    public init(_ name: String, declared: DeclaredType) {
        self.name = name
        self.type = declared.columnType
        self.declared = declared
    }
}

/// Whether a table holds any number of rows a timestamp, or one row a slot.
public enum TableKind: Sendable, Hashable {
    /// Any number of rows per timestamp, in order of arrival.
    case event
    /// One row per series and slot of `timeframe` nanoseconds; a write to a filled slot replaces it.
    case regular(timeframe: Int64)
}

/// The name, columns and order of a table.
///
/// Rows are clustered by the series key, then the designated timestamp, then order of arrival.
public struct TableSchema: Sendable, Hashable {
    /// The name, unique in its store without regard to case. May hold any character but control characters.
    public let name: String
    /// Event table or regular table.
    public let kind: TableKind
    /// The columns, in the order in which `SELECT *` shows them.
    public let columns: [Column]
    /// Index of the designated timestamp in ``columns``.
    public let timeColumn: Int
    /// Index of the series key in ``columns``, a ``ColumnType/symbol``; nil if the table is one series.
    public let seriesColumn: Int?
    /// Length of its partitions.
    public let partition: PartitionUnit
    /// Columns that, with series and time, name a row of an event table: of rows that agree in all, the last written one
    /// stands. Indices into ``columns``, ascending, without time and series key; nil keeps every row.
    public let dedupColumns: [Int]?

    /// Creates a schema.
    ///
    /// - Parameters:
    ///   - name: the table's name.
    ///   - kind: event or regular.
    ///   - columns: all columns, the designated timestamp and the series key among them.
    ///   - time: name of the designated timestamp.
    ///   - series: name of the series key, or nil.
    ///   - partition: length of its partitions; nil chooses by the kind.
    ///   - dedup: names of the columns of the dedup key; time and series always belong to it. Nil for no dedup key.
    /// - Returns: nil if a column is named twice, `time` or `series` is absent or has the wrong type, or the dedup key names
    ///   an unknown column or belongs to a regular table.
    public init?(
        name: String,
        kind: TableKind,
        columns: [Column],
        time: String = "time",
        series: String? = "symbol",
        partition: PartitionUnit? = nil,
        dedup: [String]? = nil
    ) {
        guard Set(columns.map { $0.name.lowercased() }).count == columns.count,
            let timeColumn = columns.firstIndex(where: { $0.name == time && $0.type == .timestamp })
        else { return nil }
        var seriesColumn: Int?
        if let series {
            guard let index = columns.firstIndex(where: { $0.name == series && $0.type == .symbol }) else { return nil }
            seriesColumn = index
        }
        var dedupColumns: [Int]?
        if let dedup {
            guard kind == .event else { return nil }
            var indices: Set<Int> = []
            for name in dedup {
                guard let index = columns.firstIndex(where: { $0.name == name }) else { return nil }
                indices.insert(index)
            }
            dedupColumns = indices.filter { $0 != timeColumn && $0 != seriesColumn }.sorted()
        }
        self.name = name
        self.kind = kind
        self.columns = columns
        self.timeColumn = timeColumn
        self.seriesColumn = seriesColumn
        self.partition = partition ?? .preferred(for: kind)
        self.dedupColumns = dedupColumns
    }

    /// The same table with one more column at the end; nil if the name is taken.
    public func adding(_ column: Column) -> TableSchema? {
        TableSchema(
            name: name,
            kind: kind,
            columns: columns + [column],
            time: columns[timeColumn].name,
            series: seriesColumn.map { columns[$0].name },
            partition: partition,
            dedup: dedupColumns.map { $0.map { columns[$0].name } }
        )
    }

    /// Whether this is `other`, or grew out of it by columns that were added.
    public func isGrown(from other: TableSchema) -> Bool {
        name == other.name && kind == other.kind && timeColumn == other.timeColumn
            && seriesColumn == other.seriesColumn && partition == other.partition
            && dedupColumns == other.dedupColumns && columns.starts(with: other.columns)
    }

    /// Index of the column of this name, without regard to case; nil if there is none.
    public func index(of name: String) -> Int? {
        if let exact = columns.firstIndex(where: { $0.name == name }) { return exact }
        let folded = name.lowercased()
        return columns.firstIndex { $0.name.lowercased() == folded }
    }
}

/// A table's durable number in its store.
public struct TableID: RawRepresentable, Sendable, Hashable {
    /// The number.
    public let rawValue: UInt32
    /// Creates an id from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
}
