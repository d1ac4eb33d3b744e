import Columnar
import QueryLang

/// Where the definitions of views are kept: a table of the store, so that they are as durable as rows.
///
/// The last row of a name counts; an empty query says that the view was dropped.
enum ViewTable {
    static let schema: TableSchema = {
        let columns = [
            Column(TableSchema.arrivalColumnName, .timestamp), Column("name", .symbol), Column("query", .string),
        ]
        let schema = TableSchema(
            name: VirtualTables.prefix + "view_definitions",
            kind: .event,
            columns: columns,
            time: TableSchema.arrivalColumnName,
            series: "name",
            partition: .all,
            dedup: []
        )
        guard let schema else { preconditionFailure("BUG: the table of views has no valid schema") }
        return schema
    }()

    /// The views of a state, sorted by name.
    static func views(
        _ snapshot: any TableSnapshot,
        _ catalog: any CatalogReader
    ) throws(TableError) -> [ViewDefinition] {
        guard catalog.schema(named: schema.name) == schema else { return [] }
        let scan = try snapshot.scan(ScanRequest(table: schema.name, columns: [0, 2]))
        var views: [ViewDefinition] = []
        for (index, name) in scan.series.enumerated() {
            var cursor = try scan.open(series: index)
            var query = ""
            while let slice = try cursor.next() {
                query = try slice.vector(column: 2).scalar(at: slice.count - 1).text ?? ""
            }
            if !query.isEmpty { views.append(ViewDefinition(name: name, query: query)) }
        }
        return views.sorted { $0.name < $1.name }
    }

    /// Writes a definition; returns when it is durable.
    static func write(
        _ view: ViewDefinition,
        _ writer: any TableWriter,
        _ context: ExecutionContext
    ) throws(QueryError) {
        var batcher = RowBatcher(schema, columns: [1, 2], writer: writer, context: context)
        let columns = [Vector.symbols([view.name]), Vector.strings([view.query])]
        try batcher.add(RecordBatch(columns: columns, rowCount: 1))
        try batcher.finish()
    }
}
