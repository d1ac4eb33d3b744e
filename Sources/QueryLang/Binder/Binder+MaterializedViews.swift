import Columnar

/// Binds statements about materialized views.
extension Binder {
    /// The materialized view of this name; nil if there is none.
    func materializedView(named name: Identifier) throws(QueryError) -> MaterializedViewDefinition? {
        let wanted = name.name.lowercased()
        return try materializedViews().first { $0.name.lowercased() == wanted }
    }

    private func materializedViews() throws(QueryError) -> [MaterializedViewDefinition] {
        do throws(TableError) {
            return try catalog.materializedViews()
        } catch {
            throw QueryError(.storage, error.message)
        }
    }

    func unknownMaterializedView(_ name: Identifier) -> QueryError {
        let names = (try? materializedViews().map(\.name)) ?? []
        return QueryError(
            .unknownTable,
            "unknown materialized view '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: names,
            hint: NearestName.find(name.name, among: names).map { "did you mean '\($0)'?" }
                ?? "SHOW MATERIALIZED VIEWS lists them"
        )
    }

    func bind(_ refresh: RefreshStatement) throws(QueryError) -> BoundCommand {
        guard let view = try materializedView(named: refresh.name) else { throw unknownMaterializedView(refresh.name) }
        switch refresh.extent {
        case .full: return .refresh(view, .full)
        case .incremental: return .refresh(view, .incremental)
        case .range(let from, let to):
            guard let start = CivilTime.interval(from)?.start, let end = CivilTime.interval(to)?.start else {
                throw QueryError(
                    .semantic,
                    "RANGE takes two times such as '2024-03-08' and '2024-03-09T12:00'",
                    at: refresh.span
                )
            }
            guard start < end else {
                throw QueryError(.semantic, "the range ends before it begins", at: refresh.span)
            }
            return .refresh(view, .range(TimeRange(start: start, end: end)))
        }
    }

    func bind(_ create: CreateMaterializedViewStatement) throws(QueryError) -> BoundCommand {
        let existing = try materializedView(named: create.name)
        if let existing, !create.isOptional {
            throw QueryError(
                .tableExists,
                "there is a materialized view '\(QueryDiagnostic.shortened(existing.name))' already",
                at: create.name.span,
                hint: "CREATE MATERIALIZED VIEW IF NOT EXISTS leaves it as it is"
            )
        }
        if existing == nil { try checkFree(create.name) }
        let binder = try nested(at: create.name.span).overTables
        let spelledOut = try binder.spelledOut(create.query)
        let query = try binder.bind(spelledOut)
        let rules = MaterializedViewRules(query, at: create.query.items[0].span)
        let base = try rules.base()
        if let named = create.base, named.name.lowercased() != base.name.lowercased() {
            throw QueryError(
                .semantic,
                "WITH BASE names '\(QueryDiagnostic.shortened(named.name))', but the query reads "
                    + "'\(QueryDiagnostic.shortened(base.name))'",
                at: named.span
            )
        }
        let text = Statement(.select(spelledOut), span: create.name.span).text
        guard text.utf8.count <= QueryLimits.textBytesMax else {
            throw QueryError(
                .limit,
                "the view's query is longer than \(QueryLimits.textBytesMax) bytes",
                at: create.name.span
            )
        }
        let definition = MaterializedViewDefinition(
            name: existing?.name ?? create.name.name,
            query: text,
            dialect: dialect.rawValue,
            base: base.name,
            refresh: try refreshRule(create)
        )
        let schema = try rules.schema(
            name: definition.name,
            partition: try create.partition.map { unit throws(QueryError) in try partition(unit) }
        )
        return .createMaterializedView(
            BoundMaterializedView(
                definition: definition,
                schema: schema,
                timeToLive: try create.timeToLive.map { interval throws(QueryError) in
                    try nanoseconds(interval, of: "TTL", at: create.name.span)
                },
                isOptional: create.isOptional,
                exists: existing != nil
            )
        )
    }

    private func refreshRule(
        _ create: CreateMaterializedViewStatement
    ) throws(QueryError) -> MaterializedViewDefinition.Refresh {
        switch create.refresh {
        case nil, .immediate: return .immediate
        case .manual: return .manual
        case .every(let interval):
            return .every(try nanoseconds(interval, of: "REFRESH EVERY", at: create.name.span))
        }
    }
}

/// What a query has to be so that its answer can be kept bucket by bucket.
struct MaterializedViewRules {
    private let query: BoundSelect
    private let span: SourceSpan

    init(_ query: BoundSelect, at span: SourceSpan) {
        self.query = query
        self.span = span
    }

    /// The one table that it reads, row by row up to the buckets.
    func base() throws(QueryError) -> TableSchema {
        guard case .aggregate(let aggregation) = query.shape, let sampling = aggregation.sampling else {
            throw refused("has to group by time", hint: "SAMPLE BY 1m makes buckets of a minute")
        }
        guard sampling.alignment == .calendar else {
            throw refused(
                "cannot begin its buckets at the first row",
                hint: "ALIGN TO CALENDAR begins them at fixed times"
            )
        }
        guard sampling.fills.isEmpty else {
            throw refused(
                "cannot FILL buckets that have no rows",
                hint: "put SAMPLE BY … FILL into a query over the view"
            )
        }
        guard query.limit == nil, query.windows.isEmpty, !query.isDistinct, !Self.hasSubquery(query) else {
            throw refused(
                "cannot have LIMIT, DISTINCT, window functions or sub-queries in expressions",
                hint: "a query over the view can"
            )
        }
        return try table(of: query.source)
    }

    private func table(of source: BoundSource) throws(QueryError) -> TableSchema {
        switch source {
        case .table(let table):
            guard !VirtualTables.isReserved(table.name), table.hasDesignatedTimestamp else {
                throw refused("has to read a table with a designated timestamp", hint: nil)
            }
            return table
        case .query(let inner):
            guard case .rows = inner.shape, inner.limit == nil, inner.windows.isEmpty, !inner.isDistinct,
                !inner.isRetimed, !Self.hasSubquery(inner)
            else {
                throw refused(
                    "can read a sub-query only if that chooses rows and columns, and no more",
                    hint: "make a materialized view of the inner query, and another one over it"
                )
            }
            return try table(of: inner.source)
        case .book:
            throw refused(
                "cannot use functions of the order book, which depend on what was before a bucket",
                hint: "a feature view can"
            )
        case .join, .set, .values, .sequence:
            throw refused("has to read one table", hint: "join in a query over the view")
        }
    }

    private static func hasSubquery(_ query: BoundSelect) -> Bool {
        var found = false
        query.forEachExpression { found = found || $0.hasSubquery }
        return found
    }

    private func refused(_ what: String, hint: String?) -> QueryError {
        QueryError(.semantic, "the query of a materialized view \(what)", at: span, hint: hint)
    }

    /// The table for the answer.
    func schema(name: String, partition: PartitionUnit?) throws(QueryError) -> TableSchema {
        guard case .aggregate(let aggregation) = query.shape, let sampling = aggregation.sampling else {
            throw QueryError(.bug, "BUG: a checked query has no buckets", at: span)
        }
        guard let time = query.timeOutput else {
            throw refused(
                "has to select the time of its buckets",
                hint: "SELECT time, …; and the series key, if series are to be kept apart: SELECT time, symbol, …"
            )
        }
        let columns = query.columns.map { column in
            column.declared.map { Column(column.name, declared: $0) } ?? Column(column.name, column.type)
        }
        var seen: Set<String> = []
        if let twice = columns.first(where: { !seen.insert($0.name.lowercased()).inserted }) {
            throw refused("has two columns '\(QueryDiagnostic.shortened(twice.name))'", hint: "AS names a column")
        }
        let series = query.seriesOutput.flatMap { columns[$0].type == .symbol ? $0 : nil }
        var keys: [String] = [columns[time].name]
        for index in aggregation.keys.indices {
            let output = query.outputs.prefix(columns.count).firstIndex { output in
                if case .key(let key, _) = output { key == index } else { false }
            }
            guard let output else {
                throw refused("has to select everything that it groups by, for that names its rows", hint: nil)
            }
            keys.append(columns[output].name)
        }
        let schema = TableSchema(
            name: name,
            kind: .event,
            columns: columns,
            time: columns[time].name,
            series: series.map { columns[$0].name },
            partition: partition ?? Self.partition(of: sampling),
            dedup: keys
        )
        guard let schema else { throw QueryError(.bug, "BUG: a checked query gives no schema", at: span) }
        return schema
    }

    /// Partitions of some hundreds to some ten thousands of buckets.
    private static func partition(of sampling: Sampling) -> PartitionUnit {
        if sampling.step < CivilTime.hour { return .day }
        return sampling.step < CivilTime.day ? .month : .year
    }
}
