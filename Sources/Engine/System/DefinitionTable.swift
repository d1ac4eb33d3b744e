import Columnar
import QueryLang

/// A table of the store that keeps texts by name, so that they are as durable as rows. The last row of a name counts.
struct DefinitionTable {
    let schema: TableSchema

    /// - Parameters:
    ///   - name: the table's name without the prefix of the system's tables.
    ///   - text: the column of the texts.
    init(_ name: String, text: String) {
        let columns = [
            Column(TableSchema.arrivalColumnName, .timestamp), Column("name", .symbol), Column(text, .string),
        ]
        let schema = TableSchema(
            name: VirtualTables.prefix + name,
            kind: .event,
            columns: columns,
            time: TableSchema.arrivalColumnName,
            series: "name",
            partition: .all,
            dedup: []
        )
        guard let schema else { preconditionFailure("BUG: the table \(name) has no valid schema") }
        self.schema = schema
    }

    /// The last text of every name that there ever was.
    func texts(
        _ snapshot: any TableSnapshot,
        _ catalog: any CatalogReader
    ) throws(TableError) -> [(name: String, text: String)] {
        guard catalog.schema(named: schema.name) == schema else { return [] }
        let scan = try snapshot.scan(ScanRequest(table: schema.name, columns: [0, 2]))
        var texts: [(name: String, text: String)] = []
        for (index, name) in scan.series.enumerated() {
            var cursor = try scan.open(series: index)
            var text = ""
            while let slice = try cursor.next() {
                text = try slice.vector(column: 2).scalar(at: slice.count - 1).text ?? ""
            }
            texts.append((name, text))
        }
        return texts
    }

    /// Writes the text of a name; returns when it is durable.
    func write(
        _ text: String,
        of name: String,
        _ writer: any TableWriter,
        _ context: ExecutionContext
    ) throws(QueryError) {
        var batcher = RowBatcher(schema, columns: [1, 2], writer: writer, context: context)
        try batcher.add(RecordBatch(columns: [Vector.symbols([name]), Vector.strings([text])], rowCount: 1))
        try batcher.finish()
    }
}
