import Columnar
import QueryLang

/// Where the definitions of views are kept. An empty query says that the view was dropped.
enum ViewTable {
    private static let table = DefinitionTable("view_definitions", text: "query")
    static var schema: TableSchema { table.schema }

    /// The views of a state, sorted by name.
    static func views(
        _ snapshot: any TableSnapshot,
        _ catalog: any CatalogReader
    ) throws(TableError) -> [ViewDefinition] {
        try table.texts(snapshot, catalog).filter { !$0.text.isEmpty }
            .map { ViewDefinition(name: $0.name, query: $0.text) }.sorted { $0.name < $1.name }
    }

    /// Writes a definition; returns when it is durable.
    static func write(
        _ view: ViewDefinition,
        _ writer: any TableWriter,
        _ context: ExecutionContext
    ) throws(QueryError) {
        try table.write(view.query, of: view.name, writer, context)
    }
}
