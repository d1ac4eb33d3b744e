import Columnar

/// Binds statements that change tables and views.
extension Binder {
    /// A table that a statement may change.
    func changeableTable(_ name: Identifier) throws(QueryError) -> TableSchema {
        guard !VirtualTables.isReserved(name.name) else {
            throw QueryError(.semantic, "tables of the process itself cannot be changed", at: name.span)
        }
        if let view = try view(named: name) {
            throw QueryError(
                .semantic,
                "'\(QueryDiagnostic.shortened(view.name))' is a view; only tables can be changed",
                at: name.span,
                hint: "SHOW CREATE VIEW \(name.text) tells which tables it reads"
            )
        }
        if try materializedView(named: name) != nil {
            throw QueryError(
                .semantic,
                "'\(QueryDiagnostic.shortened(name.name))' is a materialized view; its rows are those of its query",
                at: name.span,
                hint:
                    "change the rows of the table that it reads; SHOW CREATE MATERIALIZED VIEW \(name.text) tells which"
            )
        }
        return try schema(of: name)
    }

    func bind(_ alter: AlterTableStatement) throws(QueryError) -> BoundCommand {
        switch alter.change {
        case .setTimeToLive(let interval):
            let isKept = try materializedView(named: alter.table) != nil
            let table = isKept ? try schema(of: alter.table) : try changeableTable(alter.table)
            guard table.hasDesignatedTimestamp else {
                throw QueryError(.semantic, "TTL needs a designated timestamp", at: alter.table.span)
            }
            guard let interval else { return .setTimeToLive(nil, table: table) }
            return .setTimeToLive(try timeToLive(interval, of: "TTL", at: alter.table.span), table: table)
        case .addColumns(let definitions, let isOptional):
            let table = try changeableTable(alter.table)
            var added: [Column] = []
            for definition in definitions {
                let column = try ColumnTypeNames.column(definition, dialect)
                let wanted = column.name.lowercased()
                let isTwice = added.contains { $0.name.lowercased() == wanted }
                let isThere = table.columns.contains { $0.name.lowercased() == wanted }
                guard !isTwice, !isThere || isOptional else {
                    let shown = QueryDiagnostic.shortened(column.name)
                    throw QueryError(
                        .semantic,
                        isTwice ? "the column '\(shown)' stands twice" : "the table has a column '\(shown)' already",
                        at: definition.name.span,
                        hint: isTwice ? nil : "ADD COLUMN IF NOT EXISTS leaves it as it is"
                    ).inQuestDB("column '\(column.name)' already exists")
                }
                if !isThere { added.append(column) }
            }
            return .addColumns(added, table: table)
        }
    }

    func bind(_ drop: DropStatement) throws(QueryError) -> BoundCommand {
        let view = try view(named: drop.name)
        switch drop.object {
        case .table:
            if drop.isOptional, view == nil, storedSchema(named: drop.name.name) == nil { return .nothing("absent") }
            if view != nil {
                throw QueryError(
                    .semantic,
                    "'\(QueryDiagnostic.shortened(drop.name.name))' is a view",
                    at: drop.name.span,
                    hint: "DROP VIEW removes it"
                )
            }
            if try materializedView(named: drop.name) != nil {
                throw QueryError(
                    .semantic,
                    "'\(QueryDiagnostic.shortened(drop.name.name))' is a materialized view",
                    at: drop.name.span,
                    hint: "DROP MATERIALIZED VIEW removes it with its rows"
                )
            }
            return .dropTable(try changeableTable(drop.name))
        case .materializedView:
            if let materialized = try materializedView(named: drop.name) { return .dropMaterializedView(materialized) }
            guard drop.isOptional else { throw unknownMaterializedView(drop.name) }
            return .nothing("absent")
        case .view:
            if let view, try views().contains(view) { return .dropView(view) }
            if let table = catalog.schema(named: drop.name.name) {
                throw QueryError(
                    .semantic,
                    "'\(QueryDiagnostic.shortened(table.name))' is a table",
                    at: drop.name.span,
                    hint: "DROP TABLE removes it with all its rows"
                )
            }
            guard drop.isOptional else { throw unknownView(drop.name) }
            return .nothing("absent")
        }
    }

    func bind(_ create: CreateViewStatement) throws(QueryError) -> BoundCommand {
        try checkFree(create.name, isViewAllowed: true)
        let existing = try view(named: create.name)
        guard existing == nil || create.replaces else {
            throw QueryError(
                .tableExists,
                "there is a view '\(QueryDiagnostic.shortened(create.name.name))' already",
                at: create.name.span,
                hint: "CREATE OR REPLACE VIEW changes it"
            )
        }
        // Bound for its errors alone, as if it were being expanded: so that it cannot read itself.
        var inner = try nested(at: create.name.span)
        inner.nesting.views.append(create.name.name.lowercased())
        _ = try inner.bind(create.query)
        let text = Statement(.select(create.query), span: create.name.span).text
        guard text.utf8.count <= QueryLimits.textBytesMax else {
            throw QueryError(
                .limit,
                "the view's query is longer than \(QueryLimits.textBytesMax) bytes",
                at: create.name.span
            )
        }
        let name = existing?.name ?? create.name.name
        return .createView(ViewDefinition(name: name, query: text), replaces: existing != nil)
    }

    func unknownView(_ name: Identifier) -> QueryError {
        let names = (try? views().map(\.name)) ?? []
        return QueryError(
            .unknownTable,
            "unknown view '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: names,
            hint: NearestName.find(name.name, among: names).map { "did you mean '\($0)'?" }
                ?? "SHOW VIEWS lists the views"
        )
    }

    // MARK: DELETE

    func bind(_ delete: DeleteStatement) throws(QueryError) -> BoundCommand {
        let table = try changeableTable(delete.table)
        guard let filter = delete.filter else { return .truncate(table) }
        let scope = SourceBinder(binder: self).scope(of: table)
        var binder = ExpressionBinder(scope: scope, dialect)
        let condition = try binder.bind(filter, in: .filter)
        let predicate = try TypeRules.boolean(Operand(expression: condition, span: filter.span), of: "WHERE")
        let pushdown = Pushdown(predicate, table: table)
        guard pushdown.residual == nil || pushdown.times.isEmpty else {
            throw QueryError(
                .semantic,
                "DELETE can tell rows by time and series only, and this asks for more",
                at: filter.span,
                hint: Self.deletable(table)
            )
        }
        return .deleteRows(BoundDelete(table: table, series: pushdown.series, times: pushdown.times))
    }

    /// What the WHERE of a DELETE can ask of a table.
    private static func deletable(_ table: TableSchema) -> String {
        func name(_ column: Int) -> String {
            Identifier(table.columns[column].name, span: SourceSpan(start: 0, end: 0)).text
        }
        guard table.hasDesignatedTimestamp else {
            return "this table has no designated timestamp: all rows go, or none"
        }
        let times = "\(name(table.timeColumn)) < '2024-01-01'"
        guard let series = table.seriesColumn else { return "rows can be told by ranges of time: WHERE \(times)" }
        return
            "rows can be told by ranges of time and by names of series: WHERE \(times) AND \(name(series)) IN ('A', 'B')"
    }
}
