import Columnar

/// Binds SHOW, aside from TABLES and COLUMNS.
extension Binder {
    /// - Parameters:
    ///   - show: the statement.
    ///   - span: where it stands.
    func bind(_ show: ShowStatement, at span: SourceSpan) throws(QueryError) -> BoundStatement {
        switch show {
        case .createTable(let name):
            if try view(named: name) != nil {
                throw QueryError(
                    .semantic,
                    "'\(QueryDiagnostic.shortened(name.name))' is a view",
                    at: name.span,
                    hint: "SHOW CREATE VIEW \(name.text) tells its query"
                )
            }
            guard !VirtualTables.isReserved(name.name) else {
                throw QueryError(.semantic, "tables of the process itself are not created", at: name.span)
            }
            let table = try schema(of: name)
            return .show(.createTable(table, timeToLive: catalog.timeToLive(of: table.name)))
        case .createView(let name):
            guard let view = try view(named: name) else { throw unknownView(name) }
            return .show(.createView(view))
        case .createMaterializedView(let name):
            guard let view = try materializedView(named: name) else { throw unknownMaterializedView(name) }
            let table = catalog.schema(named: view.name)
            let timeToLive = catalog.timeToLive(of: view.name)
            return .show(.createMaterializedView(view, table, timeToLive: timeToLive))
        case .symbols(let name, let pattern):
            guard let name else { return .show(.symbols(nil, pattern: pattern)) }
            let table = try schema(of: name)
            guard table.seriesColumn != nil else {
                throw QueryError(
                    .semantic,
                    "'\(QueryDiagnostic.shortened(table.name))' has no series key",
                    at: name.span,
                    hint: "SELECT DISTINCT lists the values of a column"
                )
            }
            return .show(.symbols(table, pattern: pattern))
        case .materializedViews: return .select(try all(of: "materialized_views", at: span))
        case .views: return .select(try all(of: "views", at: span))
        case .functions: return .select(try all(of: "functions", at: span))
        case .features: return .select(try all(of: "features", at: span))
        case .createFeatureView(let name): return .show(.createFeatureView(try knownFeatureView(name)))
        case .queries: return .select(try all(of: "queries", at: span))
        }
    }

    /// What SHOW COLUMNS tells: of a table as it is stored, of a family of buckets and of every view what `SELECT *` gives.
    func columns(of name: Identifier) throws(QueryError) -> BoundStatement {
        var isShown = catalog.family(named: name.name) != nil
        if !isShown { isShown = try view(named: name) != nil }
        if !isShown { isShown = try featureView(named: name) != nil }
        guard isShown else { return .showColumns(try schema(of: name)) }
        let item = SelectItem(.all(of: nil), span: name.span)
        let all = try bind(SelectStatement(items: [item], source: SourceClause(.table(name), span: name.span)))
        return .show(.columns(all.columns, time: all.timeOutput, series: all.seriesOutput))
    }

    /// `SELECT * FROM system.table`.
    private func all(of table: String, at span: SourceSpan) throws(QueryError) -> BoundSelect {
        let name = Identifier(VirtualTables.prefix + table, span: span)
        guard catalog.schema(named: name.name) != nil else {
            throw QueryError(.unknownTable, "there is nothing here that could list \(table)", at: span)
        }
        let source = SourceClause(.table(name), span: span)
        return try bind(SelectStatement(items: [SelectItem(.all(of: nil), span: span)], source: source))
    }
}
