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
        if joins.isEmpty { return try bind(source) }
        try checkTables([source] + joins.map(\.source))
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
            var binder = JoinBinder(join, left: from, right: try bind(join.source), queries: binder)
            from = try binder.bind()
            try self.binder.checkSourceCount(from.source, at: join.source.span)
        }
        return from
    }

    /// Tells of all tables that do not exist, not of the first alone.
    private func checkTables(_ sources: [SourceClause]) throws(QueryError) {
        var errors = QueryErrors()
        for case .table(let name) in sources.map(\.kind) {
            do throws(QueryError) {
                if try binder.commonTable(name) == nil, try binder.view(named: name) == nil,
                    try binder.featureView(named: name) == nil
                {
                    _ = try binder.schema(of: name)
                }
            } catch {
                errors.add(error)
            }
        }
        try errors.check()
    }

    private func bind(_ clause: SourceClause) throws(QueryError) -> BoundFrom {
        var source: BoundSource
        var names: [String]
        var name: String?
        var table: TableSchema?
        switch clause.kind {
        case .table(let identifier):
            if let query = try binder.commonTable(identifier) {
                (source, names, name) = (.query(query), query.columns.map(\.name), identifier.name)
            } else if let view = try binder.view(named: identifier) {
                let query = try binder.expanded(view, at: identifier)
                (source, names, name) = (.query(query), query.columns.map(\.name), identifier.name)
            } else if let view = try binder.featureView(named: identifier) {
                let query = try binder.expanded(view, at: identifier)
                (source, names, name) = (.query(query), query.columns.map(\.name), identifier.name)
            } else {
                let whole = binder.readsFamilies ? binder.catalog.family(named: identifier.name) : nil
                let schema: TableSchema
                if let whole { schema = whole } else { schema = try binder.schema(of: identifier) }
                (source, names) = (.table(schema), schema.columns.map(\.name))
                // The name of `system.queries` is `queries`.
                name =
                    VirtualTables.isReserved(schema.name)
                    ? String(schema.name.dropFirst(VirtualTables.prefix.count))
                    : whole == nil ? schema.name : identifier.name
                table = schema
            }
        case .query(let select):
            let query = try binder.nested(at: clause.span).bind(select)
            (source, names) = (.query(query), query.columns.map(\.name))
        case .set(let set):
            let set = try SetBinder(binder: binder).bind(set)
            (source, names) = (.set(set), set.left.columns.map(\.name))
        case .values(let rows):
            let values = try ValuesBinder(binder: binder).bind(rows)
            (source, names) = (.values(values), values.types.indices.map { "column\($0 + 1)" })
        case .function(let call):
            let function = try TableFunctionBinder(binder: binder).bind(call)
            (source, names, name) = (function.source, [function.column], call.name.name)
        case .nothing:
            (source, names) = (.values(BoundValues(types: [], rows: [[]])), [])
        }
        if let timestamp = clause.timestamp { source = try Self.timed(source, names, by: timestamp) }
        if let alias = clause.alias {
            name = alias.name
            names = try ColumnNames.renamed(names, by: clause.columns, of: alias)
        }
        let scope = Scope(
            name: name,
            table: table,
            columns: columns(source, names),
            time: source.timeColumn,
            series: source.seriesColumn,
            isNothing: clause.kind == .nothing
        )
        return BoundFrom(source: source, scope: scope)
    }

    /// A source whose designated timestamp is the column of a name.
    private static func timed(
        _ source: BoundSource,
        _ names: [String],
        by column: Identifier
    ) throws(QueryError) -> BoundSource {
        let wanted = column.name.lowercased()
        guard let index = names.firstIndex(where: { $0.lowercased() == wanted }) else {
            let near = NearestName.find(column.name, among: names)
            throw QueryError(
                .unknownColumn,
                "unknown column '\(QueryDiagnostic.shortened(column.name))'",
                at: column.span,
                expected: names,
                hint: near.map { "did you mean '\(QueryDiagnostic.shortened($0))'?" }
            )
        }
        guard source.types[index] == .timestamp else {
            throw QueryError(
                .type,
                "TIMESTAMP (\(QueryDiagnostic.shortened(column.name))) takes timestamp, not \(source.types[index].name)",
                at: column.span
            )
        }
        if source.timeColumn == index { return source }
        let types = source.types
        var declared = [DeclaredType?](repeating: nil, count: types.count)
        switch source {
        case .table(let table): declared = table.columns.map(\.declared)
        case .query(let query): declared = query.columns.map(\.declared)
        default: break
        }
        let columns = types.indices.map { ResultColumn(name: names[$0], type: types[$0], declared: declared[$0]) }
        var select = BoundSelect(
            source: source,
            outputs: types.indices.map { .column($0, types[$0]) },
            columns: columns
        )
        (select.timeOutput, select.isRetimed) = (index, true)
        return .query(select)
    }

    /// The columns of a source by the names that they have here.
    private func columns(_ source: BoundSource, _ names: [String]) -> [Scope.Column] {
        var columns =
            switch source {
            case .table(let table): Self.columns(of: table)
            case .query(let query):
                query.columns.map { Scope.Column(name: $0.name, type: $0.type, declared: $0.declared) }
            default: source.types.map { Scope.Column(name: "", type: $0) }
            }
        for (index, name) in names.enumerated() { columns[index].name = name }
        return columns
    }

    /// The columns of a table.
    private static func columns(of table: TableSchema) -> [Scope.Column] {
        table.columns.enumerated().map { index, column in
            let isHidden = index == table.timeColumn && !table.hasDesignatedTimestamp
            return Scope.Column(name: column.name, type: column.type, declared: column.declared, isHidden: isHidden)
        }
    }

    /// What expressions see that stand beside a table alone.
    func scope(of table: TableSchema) -> Scope {
        Scope(
            name: table.name,
            table: table,
            columns: Self.columns(of: table),
            time: table.hasDesignatedTimestamp ? table.timeColumn : nil,
            series: table.seriesColumn
        )
    }
}
