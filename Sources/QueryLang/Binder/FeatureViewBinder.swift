import Columnar

/// Binds the query of a feature view: puts before its features what every row has, and gives each instrument windows of its
/// own that end with the row.
struct FeatureViewBinder {
    let binder: Binder
    let definition: FeatureViewDefinition
    /// The view's name where it stands in the text.
    let name: Identifier

    func bind(_ select: SelectStatement) throws(QueryError) -> BoundFeatureView {
        try checkClauses(select)
        let inputs = try inputs(of: select)
        let head = try FeatureViewHead(inputs[0], at: name.span)
        try checkAliases(select, head)
        let expanded = self.expanded(select, inputs, head)
        var bound = try binder.overTables.bind(expanded)
        guard case .rows = bound.shape else {
            throw QueryError(
                .semantic,
                "a feature view gives a row an event, and aggregates without OVER make one of many",
                at: select.items[0].span,
                hint: "give them a window, for example sum(size) OVER (RANGE 1s PRECEDING)"
            )
        }
        if head.isBook {
            guard case .book = bound.source else {
                throw QueryError(
                    .semantic,
                    "a feature view of a book needs a function of it",
                    at: select.items[0].span,
                    hint: "for example spread_bps(); mid(); imbalance(5)"
                )
            }
        }
        if inputs.count > 1, case .join(var join) = bound.source, let left = inputs[0].index(of: "seq"),
            let right = inputs[1].index(of: "seq")
        {
            // What comes later must not be seen, though its time be earlier: then a row is the same as it comes and for ever.
            join.arrival = BoundJoin.Key(left: left, right: right)
            bound.source = .join(join)
        }
        try bindWindows(&bound, at: select.items[0].span)
        try head.finish(&bound, latency: definition.latency)
        let view = BoundFeatureView(
            definition: definition,
            select: bound,
            inputs: inputs,
            hasBookState: head.isBook
        )
        try checkFields(view, select)
        return view
    }

    // MARK: Checks

    private func checkClauses(_ select: SelectStatement) throws(QueryError) {
        let start = select.items[0].span
        let refused: [(span: SourceSpan?, name: String)] = [
            (select.with.isEmpty ? nil : start, "WITH"), (select.isDistinct ? start : nil, "DISTINCT"),
            (select.sampleBy == nil ? nil : start, "SAMPLE BY"), (select.groupBy.first?.span, "GROUP BY"),
            (select.having?.span, "HAVING"), (select.latest?.span, "LATEST"),
            (select.orderBy.first?.span, "ORDER BY"), (select.limit?.span, "LIMIT"),
        ]
        for clause in refused {
            guard let span = clause.span else { continue }
            throw QueryError(
                .semantic,
                "a feature view gives a row an event, so \(clause.name) cannot stand in it",
                at: span,
                hint: "a query of the view may have it: SELECT … FROM \(name.text)"
            )
        }
        for item in select.items {
            guard case .expression(let expression, _) = item.kind else {
                throw QueryError(
                    .semantic,
                    "* cannot stand in a feature view",
                    at: item.span,
                    hint: "name the features"
                )
            }
            try checkClock(expression)
        }
        if let filter = select.filter { try checkClock(filter) }
    }

    /// A feature cannot have the name of a column that every row has.
    private func checkAliases(_ select: SelectStatement, _ head: FeatureViewHead) throws(QueryError) {
        let heads = Set(head.columnNames)
        for item in select.items {
            guard case .expression(_, let alias?) = item.kind, heads.contains(alias.name.lowercased()) else { continue }
            throw QueryError(
                .semantic,
                "every row of a feature view has a column '\(alias.name)' already",
                at: alias.span,
                hint: "give the feature another name"
            )
        }
    }

    /// No clock and no chance may decide a value.
    private func checkClock(_ expression: Expression) throws(QueryError) {
        if case .call(let call) = expression.kind {
            let name = call.name.name.lowercased()
            if Self.clocks.contains(name) || name.hasPrefix("rnd_") {
                throw QueryError(
                    .semantic,
                    "\(name)() cannot stand in a feature view: its values must be the same whenever they are computed",
                    at: expression.span
                )
            }
        }
        if expression.kind.query != nil {
            throw QueryError(.semantic, "a sub-query cannot stand in a feature view", at: expression.span)
        }
        for child in expression.kind.children { try checkClock(child) }
    }

    private static let clocks: Set<String> = [
        "now", "systimestamp", "sysdate", "today", "tomorrow", "yesterday", "current_timestamp",
    ]

    private func checkFields(_ view: BoundFeatureView, _ select: SelectStatement) throws(QueryError) {
        guard !view.fields.isEmpty else {
            throw QueryError(.semantic, "the view has no feature", at: select.items[0].span)
        }
        for field in view.fields {
            switch field.type {
            case .float64, .int64, .boolean: continue
            case .symbol, .string, .timestamp:
                throw QueryError(
                    .type,
                    "the feature '\(QueryDiagnostic.shortened(field.name))' is \(field.type.name); "
                        + "features are numbers or truth values",
                    at: select.items[0].span
                )
            }
        }
    }

    // MARK: Sources

    /// The tables of FROM and its join.
    private func inputs(of select: SelectStatement) throws(QueryError) -> [TableSchema] {
        var tables = [try table(select.source)]
        guard select.joins.count <= 1 else {
            throw QueryError(.semantic, "a feature view joins two tables at most", at: select.joins[1].span)
        }
        for join in select.joins {
            switch join.kind {
            case .asof, .lt: break
            default:
                throw QueryError(
                    .semantic,
                    "a feature view takes ASOF JOIN and LT JOIN only: what comes later must not be seen",
                    at: join.span
                )
            }
            tables.append(try table(join.source))
            for table in tables {
                guard case .regular = table.kind else { continue }
                throw QueryError(
                    .semantic,
                    "a feature view joins events; '\(QueryDiagnostic.shortened(table.name))' has bars",
                    at: join.span
                )
            }
        }
        return tables
    }

    private func table(_ source: SourceClause) throws(QueryError) -> TableSchema {
        guard case .table(let identifier) = source.kind, source.timestamp == nil, source.columns.isEmpty else {
            throw QueryError(
                .semantic,
                "a feature view reads tables of events or bars, not queries",
                at: source.span
            )
        }
        var view = try binder.view(named: identifier)?.name
        if view == nil { view = try binder.featureView(named: identifier)?.id }
        if let view {
            throw QueryError(
                .semantic,
                "a feature view reads tables of events or bars; '\(QueryDiagnostic.shortened(view))' is a view",
                at: identifier.span
            )
        }
        let schema = try binder.schema(of: identifier)
        _ = try FeatureViewHead(schema, at: identifier.span)
        return schema
    }

    /// The query with what every row has before its features.
    private func expanded(
        _ select: SelectStatement,
        _ inputs: [TableSchema],
        _ head: FeatureViewHead
    ) -> SelectStatement {
        var expanded = select
        let sources = [select.source] + select.joins.map(\.source)
        let qualifiers = sources.map { source -> Identifier? in
            if sources.count == 1 { return nil }
            if let alias = source.alias { return alias }
            if case .table(let identifier) = source.kind { return identifier }
            return nil
        }
        expanded.items = head.items(at: name.span, qualifiers)
        let heads = Set(head.columnNames)
        expanded.items += select.items.filter { item in
            guard case .expression(let expression, nil) = item.kind, case .column(let column) = expression.kind else {
                return true
            }
            // What every row has need not be asked for.
            return !heads.contains(column.name.name.lowercased())
        }
        return expanded
    }

    // MARK: Windows

    /// Windows are of one instrument, and end with the row: of rows of one time a later one is not known yet.
    private func bindWindows(_ select: inout BoundSelect, at span: SourceSpan) throws(QueryError) {
        guard !select.windows.isEmpty else { return }
        guard let series = select.source.seriesColumn, let time = select.source.timeColumn else {
            throw QueryError(.semantic, "the windows of a feature view need a series key and a timestamp", at: span)
        }
        let symbol = BoundExpression.column(series, .symbol)
        let order = WindowOrder(expression: .column(time, .timestamp), isDescending: false)
        for index in select.windows.indices {
            if select.windows[index].partition.isEmpty { select.windows[index].partition = [symbol] }
            if select.windows[index].order.isEmpty { select.windows[index].order = [order] }
            if select.windows[index].frame.unit == .range { select.windows[index].frame.endsWithRow = true }
            let window = select.windows[index]
            guard window.partition == [symbol], window.order == [order] else {
                throw QueryError(
                    .semantic,
                    "the windows of a feature view are of one instrument, by time",
                    at: span,
                    hint: "leave PARTITION BY and ORDER BY out"
                )
            }
            guard !window.looksAhead, window.frame.exclusion == .noOthers else {
                throw QueryError(
                    .semantic,
                    "the windows of a feature view cannot hold rows that come later",
                    at: span,
                    hint: "let the frame end with CURRENT ROW"
                )
            }
        }
    }
}

extension WindowCall {
    /// Whether the value of a row can depend on rows after it.
    fileprivate var looksAhead: Bool {
        switch function {
        case .lead, .presentLead, .percentRank, .cumulativeDistribution, .tile: return true
        case .rank, .denseRank: return false
        case .rowNumber, .lag, .presentLag, .difference, .cumulativeSum, .simpleMovingAverage,
            .exponentialMovingAverage, .indicator:
            return false
        case .aggregate, .firstValue, .lastValue, .nthValue, .nthPresentValue: break
        }
        if frame.unit == .groups { return true }
        switch frame.end {
        case .following(let distance): return distance > 0
        case .unboundedFollowing: return true
        case .unboundedPreceding, .preceding, .currentRow: return false
        }
    }
}
