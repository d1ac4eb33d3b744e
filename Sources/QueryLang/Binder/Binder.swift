public import Columnar

/// Resolves the names and types of statements by a catalog.
public struct Binder: Sendable {
    private let catalog: any CatalogReader

    /// Creates a binder for the tables of a catalog.
    public init(catalog: any CatalogReader) { self.catalog = catalog }

    /// Resolves a statement.
    public func bind(_ statement: Statement) throws(QueryError) -> BoundStatement {
        switch statement.kind {
        case .showTables: .showTables
        case .showColumns(let table): .showColumns(try schema(of: table))
        case .select(let select): .select(try bind(select))
        case .explain(let select, let isAnalyze): .explain(try bind(select), isAnalyze: isAnalyze)
        }
    }

    /// Resolves a SELECT, of a statement or a sub-query.
    func bind(_ select: SelectStatement) throws(QueryError) -> BoundSelect {
        var binder = SelectBinder(select, from: try SourceBinder(binder: self).bind(select.source, select.joins))
        return try binder.bind()
    }

    /// The table of this name.
    func schema(of table: Identifier) throws(QueryError) -> TableSchema {
        if let schema = catalog.schema(named: table.name) { return schema }
        let names = catalog.tables.map(\.name)
        let near = NearestName.find(table.name, among: names)
        throw QueryError(
            .unknownTable,
            "unknown table '\(QueryDiagnostic.shortened(table.name))'",
            at: table.span,
            expected: names,
            hint: near.map { "did you mean '\($0)'?" } ?? "SHOW TABLES lists the tables"
        )
    }
}
