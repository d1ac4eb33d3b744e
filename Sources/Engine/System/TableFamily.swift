import Columnar

/// All tables of a family of MarketStore's buckets as one: `1Min/OHLCV` with `1Min/OHLCV~2`, `1Min/OHLCV~3`, …
///
/// Columns are found by name. One that a table lacks is null in its rows; integers beside doubles are doubles, symbols beside
/// strings strings; otherwise the type of the first table that has the column stands, and values of another type are null.
/// Of a symbol that several tables have, the rows of the last one count: a client's bucket stands before the feed's.
struct TableFamily: Sendable {
    /// What the name of the whole ends with: no table is called so.
    static let suffix = "~*"

    /// A table, and where its columns are in the whole.
    struct Member: Sendable {
        let table: TableSchema
        /// For each column of the whole the table's column; nil if it has none.
        let columns: [Int?]
    }

    /// The whole as a table.
    let schema: TableSchema
    let members: [Member]
    /// Whether in some tables rows replace others, and in others they do not, or otherwise.
    let isMixed: Bool

    /// The family of a name; nil unless there are two tables of it.
    init?(named name: String, _ catalog: any CatalogReader) {
        guard name.utf8.contains(UInt8(ascii: "/")), let first = catalog.schema(named: name),
            !VirtualTables.isReserved(first.name)
        else { return nil }
        let others = catalog.tables.compactMap { table -> (number: Int, table: TableSchema)? in
            Self.number(of: table.name, in: first.name).map { (number: $0, table: table) }
        }
        let tables = ([first] + others.sorted { $0.number < $1.number }.map(\.table))
            .filter { $0.hasDesignatedTimestamp && $0.seriesColumn != nil }
        guard tables.count > 1, tables[0] == first, let schema = Self.schema(tables) else { return nil }
        self.schema = schema
        self.members = tables.map { Member(table: $0, columns: Self.columns(of: schema, in: $0)) }
        self.isMixed = tables.contains { $0.kind != schema.kind || $0.dedupColumns != schema.dedupColumns }
    }

    /// All families of a catalogue.
    static func all(_ catalog: any CatalogReader) -> [TableFamily] {
        let names = catalog.tables.compactMap { table -> String? in
            guard let tilde = table.name.lastIndex(of: "~") else { return nil }
            let base = String(table.name[..<tilde])
            return number(of: table.name, in: base) == nil ? nil : base
        }
        return Set(names).sorted().compactMap { TableFamily(named: $0, catalog) }
    }

    /// The number of a further table of a family: 2 of `1Min/OHLCV~2`.
    private static func number(of table: String, in family: String) -> Int? {
        guard table.utf8.count > family.utf8.count, table.hasPrefix(family) else { return nil }
        let rest = table.dropFirst(family.count)
        guard rest.first == "~", rest.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int(rest.dropFirst()).flatMap { $0 > 1 ? $0 : nil }
    }

    // MARK: Columns

    private static func schema(_ tables: [TableSchema]) -> TableSchema? {
        let first = tables[0]
        guard let series = first.seriesColumn else { return nil }
        var columns = first.columns.map { Column($0.name, $0.type) }
        for table in tables.dropFirst() {
            for (index, column) in table.columns.enumerated() {
                if index == table.timeColumn || index == table.seriesColumn { continue }
                let place = columns.firstIndex { $0.name.lowercased() == column.name.lowercased() }
                guard let place else {
                    columns.append(Column(column.name, column.type))
                    continue
                }
                guard place != first.timeColumn, place != series else { continue }
                columns[place] = Column(columns[place].name, common(columns[place].type, column.type))
            }
        }
        let isAlike = tables.allSatisfy { $0.kind == first.kind && $0.dedupColumns == first.dedupColumns }
        return TableSchema(
            name: first.name + suffix,
            kind: isAlike ? first.kind : .event,
            columns: columns,
            time: first.columns[first.timeColumn].name,
            series: first.columns[series].name,
            partition: first.partition,
            dedup: isAlike ? first.dedupColumns.map { $0.map { columns[$0].name } } : nil
        )
    }

    private static func columns(of schema: TableSchema, in table: TableSchema) -> [Int?] {
        schema.columns.enumerated().map { place, column in
            if place == schema.timeColumn { return table.timeColumn }
            if place == schema.seriesColumn { return table.seriesColumn }
            guard let index = table.index(of: column.name), index != table.timeColumn, index != table.seriesColumn
            else { return nil }
            return index
        }
    }

    private static func common(_ left: ColumnType, _ right: ColumnType) -> ColumnType {
        switch (left, right) {
        case (.int64, .float64): .float64
        case (.symbol, .string): .string
        default: left
        }
    }

    /// Values of a table's column as those of the whole.
    static func converted(_ vector: Vector, to type: ColumnType) -> Vector {
        switch (vector.type, type) {
        case _ where vector.type == type: return vector
        case (.int64, .float64):
            // A null constant has no number.
            if case .constant(.null, _) = vector.form { return .nulls(type, count: vector.count) }
            return Vector(type: .float64, form: .float64(vector.float64Values), validity: vector.validity)
        case (.symbol, .string):
            let builder = VectorBuilder(.string)
            for row in 0..<vector.count { builder.append(vector.scalar(at: row)) }
            return builder.take()
        default: return .nulls(type, count: vector.count)
        }
    }

    // MARK: Rows

    /// A committed group of a member's rows as one of the whole.
    func group(_ group: AppendGroup, of member: Member) -> AppendGroup {
        let columns = zip(member.columns, schema.columns).map { index, column -> Vector? in
            guard let index, index < group.columns.count else { return nil }
            return group.columns[index].map { Self.converted($0, to: column.type) }
        }
        return AppendGroup(table: schema.name, series: group.series, columns: columns, rowCount: group.rowCount)
    }

    /// Those of some symbols that a table behind a member has, too.
    func hidden(_ series: [String], behind member: Int, _ snapshot: any TableSnapshot) throws(TableError) -> Set<String>
    {
        var found: Set<String> = []
        guard !series.isEmpty else { return found }
        for later in members.dropFirst(member + 1) {
            let table = later.table
            let request = ScanRequest(table: table.name, series: .named(series), columns: [table.timeColumn])
            found.formUnion(try snapshot.scan(request).series)
        }
        return found
    }

    /// Whether rows of a symbol in an earlier table are hidden since a batch: the member had none of it before.
    ///
    /// True, too, if the batch replaced all rows that the member had.
    func takesOver(
        _ group: AppendGroup,
        of batch: CommittedBatch,
        _ member: Int,
        _ snapshot: any TableSnapshot
    ) throws(TableError) -> Bool {
        var isElsewhere = false
        for earlier in members.prefix(member) where !isElsewhere {
            isElsewhere = try !Self.scan(earlier.table, group.series, snapshot).series.isEmpty
        }
        guard isElsewhere else { return false }
        var left = 0
        for other in batch.groups where other.table == group.table && other.series == group.series {
            left += other.rowCount
        }
        let scan = try Self.scan(members[member].table, group.series, snapshot)
        guard !scan.series.isEmpty else { return true }
        var cursor = try scan.open(series: 0)
        while left >= 0, let slice = try cursor.next() { left -= slice.count }
        return left >= 0
    }

    private static func scan(
        _ table: TableSchema,
        _ series: String,
        _ snapshot: any TableSnapshot
    ) throws(TableError) -> any TableScan {
        try snapshot.scan(ScanRequest(table: table.name, series: .named([series]), columns: [table.timeColumn]))
    }
}
