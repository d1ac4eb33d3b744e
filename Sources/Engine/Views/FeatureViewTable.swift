import Columnar
import QueryLang

/// Where the definitions of feature views are kept: a table of the store, so that they are as durable as rows.
///
/// A series a version (`micro@v1`); its last row counts, and an empty statement says that the version was dropped. The number
/// of a dropped version is not given again.
enum FeatureViewTable {
    static let schema: TableSchema = {
        let columns = [
            Column(TableSchema.arrivalColumnName, .timestamp), Column("name", .symbol), Column("statement", .string),
        ]
        let schema = TableSchema(
            name: VirtualTables.prefix + "feature_view_definitions",
            kind: .event,
            columns: columns,
            time: TableSchema.arrivalColumnName,
            series: "name",
            partition: .all,
            dedup: []
        )
        guard let schema else { preconditionFailure("BUG: the table of feature views has no valid schema") }
        return schema
    }()

    /// The last statement of every version that there ever was, by ``FeatureViewDefinition/id``.
    static func statements(
        _ snapshot: any TableSnapshot,
        _ catalog: any CatalogReader
    ) throws(TableError) -> [(id: String, statement: String)] {
        guard catalog.schema(named: schema.name) == schema else { return [] }
        let scan = try snapshot.scan(ScanRequest(table: schema.name, columns: [0, 2]))
        var statements: [(id: String, statement: String)] = []
        for (index, name) in scan.series.enumerated() {
            var cursor = try scan.open(series: index)
            var statement = ""
            while let slice = try cursor.next() {
                statement = try slice.vector(column: 2).scalar(at: slice.count - 1).text ?? ""
            }
            statements.append((name, statement))
        }
        return statements
    }

    /// The feature views of a state: those that are built in and whose table is there, then those that were made, by name
    /// and version.
    static func definitions(
        _ snapshot: any TableSnapshot,
        _ catalog: any CatalogReader
    ) throws(TableError) -> [FeatureViewDefinition] {
        var made: [FeatureViewDefinition] = []
        for (id, statement) in try statements(snapshot, catalog) where !statement.isEmpty {
            do throws(QueryError) {
                made.append(try FeatureViewDefinition(id: id, statement: statement))
            } catch {
                throw TableError(.corrupt, "the definition of '\(id)' cannot be read: \(error)")
            }
        }
        return BuiltInFeatureViews.all(catalog) + made.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
    }

    /// Writes the statement of a version; returns when it is durable.
    static func write(
        id: String,
        statement: String,
        _ writer: any TableWriter,
        _ context: ExecutionContext
    ) throws(QueryError) {
        var batcher = RowBatcher(schema, columns: [1, 2], writer: writer, context: context)
        let columns = [Vector.symbols([id]), Vector.strings([statement])]
        try batcher.add(RecordBatch(columns: columns, rowCount: 1))
        try batcher.finish()
    }
}
