import Columnar

/// A series that a record names for the first time.
struct SeriesDefinition: Sendable {
    let table: TableID
    let id: SeriesID
    let name: String
}

/// The payload of a record of rows (docs/storage.md, "Rows").
enum RowsRecord {
    /// Rows of one series as a record holds them.
    struct Group {
        let table: TableEntry
        let series: SeriesID
        let columns: [Vector?]
        let rowCount: Int
    }

    static func put(
        _ batch: PreparedBatch,
        series ids: [SeriesID],
        definitions: [SeriesDefinition],
        to writer: inout ByteWriter
    ) {
        writer.put(UInt32(definitions.count))
        writer.put(UInt32(batch.groups.count))
        for definition in definitions {
            writer.put(definition.table.rawValue)
            writer.put(definition.id)
            writer.put(definition.name)
            writer.pad()
        }
        for (group, id) in zip(batch.groups, ids) {
            writer.put(group.table.id.rawValue)
            writer.put(group.table.schemaVersion)
            writer.put(id)
            writer.put(UInt32(group.rowCount))
            writer.put(UInt32(group.columns.count))
            writer.put(UInt32(0))
            for column in group.columns { VectorCoding.put(column, to: &writer) }
        }
    }

    /// Gives each definition, then each group, to the caller, which knows the tables.
    static func get(
        from reader: inout ByteReader,
        define: (SeriesDefinition) -> Bool,
        table: (TableID) -> TableEntry?,
        apply: (Group) -> Void
    ) throws(MalformedBytes) {
        let definitionCount = try reader.count(ofAtLeast: 0)
        let groupCount = try reader.count(ofAtLeast: 0)
        for _ in 0..<definitionCount {
            let start = reader.position
            let definition = SeriesDefinition(
                table: TableID(rawValue: try reader.get()),
                id: try reader.get(),
                name: try reader.text()
            )
            try reader.align()
            guard define(definition) else { throw MalformedBytes(offset: start, expected: "a new series") }
        }
        for _ in 0..<groupCount { apply(try group(from: &reader, table: table)) }
    }

    private static func group(
        from reader: inout ByteReader,
        table: (TableID) -> TableEntry?
    ) throws(MalformedBytes) -> Group {
        let start = reader.position
        guard let entry = table(TableID(rawValue: try reader.get())) else {
            throw MalformedBytes(offset: start, expected: "a known table")
        }
        _ = try reader.get(UInt32.self)
        let series = try reader.get(SeriesID.self)
        let rows = Int(try reader.get(UInt32.self))
        let columnCount = Int(try reader.get(UInt32.self))
        _ = try reader.get(UInt32.self)
        let schema = entry.schema
        guard columnCount == schema.columns.count, rows > 0, rows <= WALFormat.recordBytesMax / 8,
            Int(series) < entry.series.count
        else {
            throw MalformedBytes(offset: start, expected: "rows of '\(schema.name)'")
        }
        var columns: [Vector?] = []
        for column in schema.columns {
            let offset = reader.position
            guard let vector = try VectorCoding.get(column.type, rows: rows, from: &reader) else {
                columns.append(nil)
                continue
            }
            guard VectorRules.byteCount(vector) <= WALFormat.recordBytesMax,
                let fitted = VectorRules.fitted(vector, to: column.type)
            else {
                throw MalformedBytes(offset: offset, expected: "values of type \(column.type.name)")
            }
            columns.append(fitted)
        }
        guard let times = columns[schema.timeColumn], times.validity == nil else {
            throw MalformedBytes(offset: start, expected: "rows with times")
        }
        return Group(table: entry, series: series, columns: columns, rowCount: rows)
    }
}
