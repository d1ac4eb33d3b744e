import Columnar

/// How a schema lies in the WAL, the manifest and segments (docs/storage.md, "Schema").
enum SchemaCoding {
    /// What is written. Version 1 knew neither partitions other than days nor dedup keys.
    static let version = 2

    /// The bits of a column's type byte that hold its type; those above hold the declared type, 0 for none, which is all
    /// that was written before there were declared types.
    private static let typeBits: UInt8 = 3

    private static let noSeries = UInt32.max
    private static let noDedup = UInt32.max

    static func put(_ schema: TableSchema, to writer: inout ByteWriter) {
        writer.put(schema.name)
        switch schema.kind {
        case .event: writer.put(Int64(0))
        case .regular(let timeframe): writer.put(timeframe)
        }
        writer.put(UInt32(schema.timeColumn))
        writer.put(schema.seriesColumn.map(UInt32.init) ?? noSeries)
        writer.put(UInt32(schema.columns.count))
        for column in schema.columns { put(column, to: &writer) }
        writer.put(schema.partition.rawValue)
        guard let dedup = schema.dedupColumns else { return writer.put(noDedup) }
        writer.put(UInt32(dedup.count))
        for index in dedup { writer.put(UInt32(index)) }
    }

    static func put(_ column: Column, to writer: inout ByteWriter) {
        writer.put(column.type.rawValue | (column.declared?.rawValue ?? 0) << typeBits)
        writer.put(column.name)
    }

    static func get(from reader: inout ByteReader, version: Int = version) throws(MalformedBytes) -> TableSchema {
        let start = reader.position
        let name = try reader.text()
        let timeframe = try reader.get(Int64.self)
        let timeColumn = Int(try reader.get(UInt32.self))
        let seriesColumn = try reader.get(UInt32.self)
        let count = try reader.count(ofAtLeast: 5)
        var columns: [Column] = []
        for _ in 0..<count { columns.append(try column(from: &reader)) }
        var partition = PartitionUnit.day
        var dedup: [String]?
        if version > 1 { (partition, dedup) = try extras(from: &reader, columns) }
        let series = Int(seriesColumn)
        guard timeColumn < count, seriesColumn == noSeries || series < count, timeframe >= 0,
            let schema = TableSchema(
                name: name,
                kind: timeframe == 0 ? .event : .regular(timeframe: timeframe),
                columns: columns,
                time: columns[timeColumn].name,
                series: seriesColumn == noSeries ? nil : columns[series].name,
                partition: partition,
                dedup: dedup
            )
        else { throw MalformedBytes(offset: start, expected: "a valid schema") }
        return schema
    }

    static func column(from reader: inout ByteReader) throws(MalformedBytes) -> Column {
        let offset = reader.position
        let byte: UInt8 = try reader.get()
        let (low, high) = (byte & (1 << typeBits - 1), byte >> typeBits)
        guard let type = ColumnType(rawValue: low) else {
            throw MalformedBytes(offset: offset, expected: "a column type")
        }
        guard high != 0 else { return Column(try reader.text(), type) }
        guard let declared = DeclaredType(rawValue: high), declared.columnType == type else {
            throw MalformedBytes(offset: offset, expected: "a declared type of \(type.name)")
        }
        return Column(try reader.text(), declared: declared)
    }

    private static func extras(
        from reader: inout ByteReader,
        _ columns: [Column]
    ) throws(MalformedBytes) -> (PartitionUnit, [String]?) {
        let start = reader.position
        guard let partition = PartitionUnit(rawValue: try reader.get()) else {
            throw MalformedBytes(offset: start, expected: "a partition unit")
        }
        let count = try reader.get(UInt32.self)
        guard count != noDedup else { return (partition, nil) }
        var names: [String] = []
        guard Int(count) <= columns.count else { throw MalformedBytes(offset: start, expected: "a dedup key") }
        for _ in 0..<count {
            let index = Int(try reader.get(UInt32.self))
            guard index < columns.count else { throw MalformedBytes(offset: start, expected: "a dedup key") }
            names.append(columns[index].name)
        }
        return (partition, names)
    }
}
