import Columnar

/// How a schema lies in the WAL, the manifest and segments (docs/storage.md, "Schema").
enum SchemaCoding {
    private static let noSeries = UInt32.max

    static func put(_ schema: TableSchema, to writer: inout ByteWriter) {
        writer.put(schema.name)
        switch schema.kind {
        case .event: writer.put(Int64(0))
        case .regular(let timeframe): writer.put(timeframe)
        }
        writer.put(UInt32(schema.timeColumn))
        writer.put(schema.seriesColumn.map(UInt32.init) ?? noSeries)
        writer.put(UInt32(schema.columns.count))
        for column in schema.columns {
            writer.put(column.type.rawValue)
            writer.put(column.name)
        }
    }

    static func get(from reader: inout ByteReader) throws(MalformedBytes) -> TableSchema {
        let start = reader.position
        let name = try reader.text()
        let timeframe = try reader.get(Int64.self)
        let timeColumn = Int(try reader.get(UInt32.self))
        let seriesColumn = try reader.get(UInt32.self)
        let count = try reader.count(ofAtLeast: 5)
        var columns: [Column] = []
        for _ in 0..<count {
            let offset = reader.position
            guard let type = ColumnType(rawValue: try reader.get()) else {
                throw MalformedBytes(offset: offset, expected: "a column type")
            }
            columns.append(Column(try reader.text(), type))
        }
        let series = Int(seriesColumn)
        guard timeColumn < count, seriesColumn == noSeries || series < count, timeframe >= 0,
            let schema = TableSchema(
                name: name,
                kind: timeframe == 0 ? .event : .regular(timeframe: timeframe),
                columns: columns,
                time: columns[timeColumn].name,
                series: seriesColumn == noSeries ? nil : columns[series].name
            )
        else { throw MalformedBytes(offset: start, expected: "a valid schema") }
        return schema
    }
}
