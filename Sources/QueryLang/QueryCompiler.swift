public import Columnar

/// From a text to a bound statement.
public enum QueryCompiler {
    /// Parses and binds one statement.
    ///
    /// - Parameters:
    ///   - text: the statement.
    ///   - catalog: the tables that it may name.
    ///   - parameters: values of `$1` and `:name`.
    ///   - dialect: whose rules hold.
    ///   - now: what `now()` is in it; the system's clock if nil.
    ///   - readsFamilies: whether the name of a family of buckets means all of its tables.
    public static func compile(
        _ text: String,
        catalog: any CatalogReader,
        parameters: QueryParameters = QueryParameters(),
        dialect: QueryDialect = .tickgate,
        now: Int64? = nil,
        readsFamilies: Bool = true
    ) throws(QueryError) -> BoundStatement {
        let statement = try Parser.parse(text, parameters: parameters)
        return try compile(statement, catalog: catalog, dialect: dialect, now: now, readsFamilies: readsFamilies)
    }

    /// Binds one statement.
    ///
    /// - Parameters:
    ///   - statement: the statement.
    ///   - catalog: the tables that it may name.
    ///   - dialect: whose rules hold.
    ///   - now: what `now()` is in it; the system's clock if nil.
    ///   - readsFamilies: whether the name of a family of buckets means all of its tables.
    public static func compile(
        _ statement: Statement,
        catalog: any CatalogReader,
        dialect: QueryDialect = .tickgate,
        now: Int64? = nil,
        readsFamilies: Bool = true
    ) throws(QueryError) -> BoundStatement {
        try StatementClock.at(now ?? WallClock.now()) { () throws(QueryError) -> BoundStatement in
            let binder = Binder(catalog: catalog, dialect: dialect)
            return try (readsFamilies ? binder : binder.overTables).bind(statement)
        }
    }
}
