public import Columnar

/// From a text to a bound statement.
public enum QueryCompiler {
    /// Parses and binds one statement.
    public static func compile(_ text: String, catalog: any CatalogReader) throws(QueryError) -> BoundStatement {
        try Binder(catalog: catalog).bind(Parser.parse(text))
    }
}
