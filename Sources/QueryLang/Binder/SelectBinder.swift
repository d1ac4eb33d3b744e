import Columnar

/// Binds one SELECT: the select list, then grouping, then HAVING and ORDER BY over both, then the windows of all.
struct SelectBinder {
    /// A column of the answer.
    struct Output {
        var name: String
        var expression: BoundExpression
        let origin: Origin
    }

    let select: SelectStatement
    let from: BoundFrom
    var binder: ExpressionBinder
    var groups: GroupRewriter
    /// The columns, then the hidden ones.
    var outputs: [Output] = []

    init(_ select: SelectStatement, from: BoundFrom) {
        self.select = select
        self.from = from
        self.binder = ExpressionBinder(scope: from.scope)
        self.groups = GroupRewriter(sampledColumn: select.sampleBy == nil ? nil : from.scope.timeColumn)
        self.binder.keepsRepeats = (select.sampleBy?.fills.count ?? 0) > 1
        self.binder.aliases = select.items.compactMap { item in
            if case .expression(_, let alias?) = item.kind { alias.name } else { nil }
        }
    }

    var scope: Scope { from.scope }

    mutating func bind() throws(QueryError) -> BoundSelect {
        let predicate = try filter()
        try bindItems()
        try checkShape()
        let latest = try latestKeys()
        let isGrouped = isGrouped
        let selectListUses = binder.aggregateUses
        if isGrouped { try group() }
        let columns = outputs.map { ResultColumn(name: $0.name, type: $0.expression.type) }
        binder.outputs = outputs.map { ($0.name, $0.expression) }
        if isGrouped { binder.groupedColumns = groups.columns }
        let having = try having()
        let order = try orderBy(columns, isGrouped: isGrouped)
        let windows = try windowCalls(isGrouped: isGrouped)

        var bound = BoundSelect(source: source, outputs: outputs.map(\.expression), columns: columns)
        bound.predicate = predicate
        if isGrouped {
            bound.shape = .aggregate(
                Aggregation(
                    sampling: try sampling(uses: selectListUses),
                    keys: groups.keys.elements,
                    aggregates: binder.aggregates.elements
                )
            )
        } else if let latest {
            bound.shape = .latest(keys: latest)
        }
        bound.having = having
        bound.windows = windows
        bound.isDistinct = select.isDistinct
        bound.orderBy = order
        bound.limit = select.limit?.range
        let answers = bound.outputs.prefix(columns.count)
        bound.timeOutput = scope.timeColumn.flatMap { time in answers.firstIndex { isColumn($0, time) } }
        bound.seriesOutput = scope.seriesColumn.flatMap { series in answers.firstIndex { isColumn($0, series) } }
        return bound
    }

    /// The source, with what the select list makes of the right side of a WINDOW JOIN.
    private var source: BoundSource {
        guard case .join(var join) = from.source, case .window(var window) = join.kind else { return from.source }
        window.aggregates = binder.joinAggregates.elements
        window.outputTypes = binder.joinOutputTypes
        join.kind = .window(window)
        return .join(join)
    }

    /// Whether an output is a column of the source as it is.
    private func isColumn(_ output: BoundExpression, _ column: Int) -> Bool {
        switch output {
        case .column(column, _): true
        case .bucket: column == groups.sampledColumn
        case .key(let index, _): groups.keys.elements[index].columnIndex == column
        default: false
        }
    }

    private mutating func filter() throws(QueryError) -> BoundExpression? {
        guard let filter = select.filter else { return nil }
        let bound = try binder.bind(filter, in: .filter)
        return try TypeRules.boolean(Operand(expression: bound, span: filter.span), of: "WHERE")
    }

    // MARK: Select list

    private mutating func bindItems() throws(QueryError) {
        var names = OutputNames()
        for item in select.items {
            guard case .expression(let expression, let alias?) = item.kind,
                ExpressionBinder.expansion(expression) == nil
            else { continue }
            guard names.claim(alias.name) else {
                let shown = QueryDiagnostic.shortened(alias.name)
                throw QueryError(.semantic, "the alias '\(shown)' stands twice", at: alias.span)
            }
        }
        for item in select.items {
            switch item.kind {
            case .all(let qualifier):
                for index in try columns(of: qualifier) {
                    let column = scope.columns[index]
                    let value = BoundExpression.column(index, column.type)
                    try add(names.derived(from: column.name), value, Origin(span: item.span))
                }
            case .expression(let expression, let alias):
                try bindItem(expression, alias, &names)
            }
        }
    }

    /// What `*` or `qualifier.*` stands for.
    private func columns(of qualifier: Identifier?) throws(QueryError) -> Range<Int> {
        guard let qualifier else { return 0..<scope.visibleCount }
        guard let relation = scope.relation(named: qualifier.name) else { throw binder.unknownSource(qualifier) }
        guard relation.columns.upperBound <= scope.visibleCount else {
            throw QueryError(
                .semantic,
                "of the right side of a WINDOW JOIN only aggregates can be had",
                at: qualifier.span
            )
        }
        return relation.columns
    }

    private mutating func bindItem(
        _ expression: Expression,
        _ alias: Identifier?,
        _ names: inout OutputNames
    ) throws(QueryError) {
        if let (function, call) = ExpressionBinder.expansion(expression) {
            let values = try binder.aggregate(function, call, span: expression.span)
            for (column, value) in zip(call.signature.columns, values) {
                // `ohlcv(price, size) AS bid` gives bid_open, bid_high, …
                let name = alias.map { "\($0.name)_\(column)" } ?? column
                try add(names.derived(from: name), value, Origin(span: expression.span))
            }
            return
        }
        let (bound, origin) = try binder.bindWhole(expression, in: .selectList)
        if let alias { return try add(alias.name, bound, origin) }
        let isColumn = if case .column = expression.kind { true } else { false }
        let column = isColumn ? bound.columnIndex.map { scope.columns[$0].name } : nil
        try add(names.derived(from: column ?? OutputNames.base(of: expression)), bound, origin)
    }

    private mutating func add(_ name: String, _ expression: BoundExpression, _ origin: Origin) throws(QueryError) {
        guard outputs.count < QueryLimits.outputColumnsMax else {
            throw QueryError(.limit, "more than \(QueryLimits.outputColumnsMax) columns in the answer", at: origin.span)
        }
        outputs.append(Output(name: name, expression: expression, origin: origin))
    }
}
