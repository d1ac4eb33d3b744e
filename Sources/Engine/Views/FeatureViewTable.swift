import Columnar
import QueryLang

/// Where the definitions of feature views are kept.
///
/// A row a version (`micro@v1`); an empty statement says that the version was dropped. The number of a dropped version is
/// not given again.
enum FeatureViewTable {
    private static let table = DefinitionTable("feature_view_definitions", text: "statement")
    static var schema: TableSchema { table.schema }

    /// The last statement of every version that there ever was, by ``FeatureViewDefinition/id``.
    static func statements(
        _ snapshot: any TableSnapshot,
        _ catalog: any CatalogReader
    ) throws(TableError) -> [(id: String, statement: String)] {
        try table.texts(snapshot, catalog).map { ($0.name, $0.text) }
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
        try table.write(statement, of: id, writer, context)
    }
}
