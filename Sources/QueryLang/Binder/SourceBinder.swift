import Columnar

/// What FROM and the joins give: rows, and what their columns are called.
struct BoundFrom {
    /// The rows. A WINDOW JOIN has no aggregates yet: the select list names them.
    var source: BoundSource
    /// The names.
    var scope: Scope
}

/// Binds FROM with its joins.
struct SourceBinder {
    let binder: Binder

    /// Binds a source and the joins after it.
    func bind(_ source: SourceClause, _ joins: [JoinClause]) throws(QueryError) -> BoundFrom {
        var from = try bind(source)
        for (index, join) in joins.enumerated() {
            if case .window = join.kind, index < joins.count - 1 {
                throw QueryError(
                    .semantic,
                    "a WINDOW JOIN has to be the last join",
                    at: join.span,
                    hint: "put it into a sub-query to join its rows with others"
                )
            }
            var binder = JoinBinder(join, left: from, right: try bind(join.source))
            from = try binder.bind()
        }
        return from
    }

    private func bind(_ clause: SourceClause) throws(QueryError) -> BoundFrom {
        let source: BoundSource
        let columns: [Scope.Column]
        var table: TableSchema?
        switch clause.kind {
        case .table(let name):
            let schema = try binder.schema(of: name)
            source = .table(schema)
            columns = schema.columns.map { Scope.Column(name: $0.name, type: $0.type) }
            table = schema
        case .query(let select):
            let query = try binder.bind(select)
            source = .query(query)
            columns = query.columns.map { Scope.Column(name: $0.name, type: $0.type) }
        }
        let scope = Scope(
            name: clause.alias?.name ?? table?.name,
            table: table,
            columns: columns,
            time: source.timeColumn,
            series: source.seriesColumn
        )
        return BoundFrom(source: source, scope: scope)
    }
}
