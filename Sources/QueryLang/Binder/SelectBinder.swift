import Columnar

/// Binds one SELECT: the select list, then grouping, then HAVING and ORDER BY over both, then the windows of all.
struct SelectBinder {
    /// A column of the answer.
    struct Output {
        var name: String
        var expression: BoundExpression
        let origin: Origin
        /// The SQL type that the item has by itself; nil if its expression says it.
        var declared: DeclaredType?
    }

    let select: SelectStatement
    let from: BoundFrom
    var binder: ExpressionBinder
    var groups: GroupRewriter
    /// The columns, then the hidden ones.
    var outputs: [Output] = []
    /// Where the buckets of SAMPLE BY lie; nil without it.
    var sampleRange: SampleBinder.Range?

    init(_ select: SelectStatement, from: BoundFrom, queries: Binder) {
        self.select = select
        self.from = from
        self.binder = SelectBinder.binder(select, from.scope, queries, queries.dialect)
        self.groups = GroupRewriter(sampledColumn: select.sampleBy == nil ? nil : from.scope.timeColumn)
    }

    private static func binder(
        _ select: SelectStatement,
        _ scope: Scope,
        _ queries: Binder?,
        _ dialect: QueryDialect
    ) -> ExpressionBinder {
        var binder = ExpressionBinder(scope: scope, dialect)
        binder.queries = queries
        binder.keepsRepeats = (select.sampleBy?.fills.count ?? 0) > 1
        for case .expression(let expression, let alias?) in select.items.map(\.kind) {
            binder.aliased[alias.name.lowercased()] = expression
        }
        binder.aliases = select.items.compactMap { item in
            if case .expression(_, let alias?) = item.kind { alias.name } else { nil }
        }
        return binder
    }

    /// Forgets what was bound, to bind it again knowing that answers are groups.
    private mutating func restart() {
        let (queries, windows) = (binder.queries, binder.namedWindows)
        binder = SelectBinder.binder(select, from.scope, queries, binder.dialect)
        binder.namedWindows = windows
        binder.book.isGrouped = true
        outputs = []
    }

    var scope: Scope { from.scope }

    mutating func bind() throws(QueryError) -> BoundSelect {
        if let clause = select.sampleBy, let queries = binder.queries {
            sampleRange = try SampleBinder(clause, binder: queries).bind()
        }
        binder.namedWindows = try NamedWindows(select.windows)
        binder.book.isGrouped = select.sampleBy != nil || !select.groupBy.isEmpty
        var predicate = try filterAndItems()
        if mustRegroupBook {
            restart()
            predicate = try filterAndItems()
        }
        try checkShape()
        let latest = try latestKeys()
        let isGrouped = isGrouped
        let selectListUses = binder.aggregateUses
        if isGrouped { try group() }
        let columns = outputs.map { output in
            let type = output.expression.type
            let declared = output.declared ?? binder.declared(output.expression, keys: groups.keys.elements)
            let says = declared?.columnType == type && declared != DeclaredType(type)
            return ResultColumn(name: output.name, type: type, declared: says ? declared : nil)
        }
        binder.outputs = outputs.map { ($0.name, $0.expression) }
        if isGrouped { binder.groupedColumns = groups.columns }
        let having = try having()
        let order = try orderBy(columns, isGrouped: isGrouped)
        let windows = try windowCalls(isGrouped: isGrouped)

        var bound = BoundSelect(source: try replayed(source), outputs: outputs.map(\.expression), columns: columns)
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
        if binder.dialect == .questdb, bound.timeOutput == nil, let time = questDBTime(bound) {
            (bound.timeOutput, bound.isRetimed) = (time, true)
        }
        bound.seriesOutput = scope.seriesColumn.flatMap { series in answers.firstIndex { isColumn($0, series) } }
        return bound
    }

    /// The timestamp that QuestDB takes for the designated one: the answer comes in its order, or it is that of the source
    /// moved by a constant.
    private func questDBTime(_ bound: BoundSelect) -> Int? {
        if let time = scope.timeColumn {
            let moved = bound.outputs.prefix(bound.columns.count).firstIndex { output in
                guard case .call(.dateAdd, let arguments, .timestamp) = output else { return false }
                let isConstant = arguments.dropLast().allSatisfy { $0.constant != nil }
                return isConstant && arguments.last?.columnIndex == time
            }
            if let moved { return moved }
        }
        guard let first = bound.orderBy.first, !first.isDescending, first.output < bound.columns.count,
            bound.columns[first.output].type == .timestamp
        else { return nil }
        return first.output
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

    /// WHERE and the select list, which know nothing of each other: what is wrong with both is told at once.
    private mutating func filterAndItems() throws(QueryError) -> BoundExpression? {
        var errors = QueryErrors()
        var predicate: BoundExpression?
        do throws(QueryError) { predicate = try filter() } catch { errors.add(error) }
        do throws(QueryError) { try bindItems() } catch { errors.add(error) }
        try errors.check()
        return predicate
    }

    private mutating func filter() throws(QueryError) -> BoundExpression? {
        var terms: [BoundExpression] = []
        if let filter = select.filter {
            let bound = try binder.bind(filter, in: .filter)
            terms.append(try TypeRules.boolean(Operand(expression: bound, span: filter.span), of: "WHERE"))
        }
        if let time = scope.timeColumn, let range = sampleRange { terms += range.conditions(on: time) }
        return terms.isEmpty ? nil : terms.count == 1 ? terms[0] : ConstantFolding.logical(.and, terms)
    }

    // MARK: Select list

    private mutating func bindItems() throws(QueryError) {
        var names = OutputNames(binder.dialect)
        for item in select.items {
            guard case .expression(let expression, let alias?) = item.kind,
                ExpressionBinder.expansion(expression) == nil, ExpressionBinder.indicatorExpansion(expression) == nil
            else { continue }
            guard names.claim(alias.name) else {
                let shown = QueryDiagnostic.shortened(alias.name)
                throw QueryError(.semantic, "the alias '\(shown)' stands twice", at: alias.span)
            }
        }
        var errors = QueryErrors()
        for item in select.items {
            do throws(QueryError) { try bindItem(item, &names) } catch { errors.add(error) }
        }
        try errors.check()
    }

    private mutating func bindItem(_ item: SelectItem, _ names: inout OutputNames) throws(QueryError) {
        switch item.kind {
        case .all(let qualifier):
            for index in try columns(of: qualifier) where !scope.columns[index].isHidden {
                let column = scope.columns[index]
                let value = BoundExpression.column(index, column.type)
                try add(names.column(column.name), value, Origin(span: item.span))
            }
        case .expression(let expression, let alias):
            try bindItem(item, expression, alias, &names)
        }
    }

    /// What `*` or `qualifier.*` stands for.
    private func columns(of qualifier: Identifier?) throws(QueryError) -> Range<Int> {
        guard let qualifier else {
            guard !scope.isNothing else { throw QueryError(.semantic, "* needs FROM", at: select.items[0].span) }
            return 0..<scope.visibleCount
        }
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
        _ item: SelectItem,
        _ expression: Expression,
        _ alias: Identifier?,
        _ names: inout OutputNames
    ) throws(QueryError) {
        if let (function, call) = ExpressionBinder.expansion(expression) {
            let values = try binder.aggregate(function, call, span: expression.span)
            return try add(call.signature.columns, values, alias, expression.span, &names)
        }
        if let (call, over) = ExpressionBinder.indicatorExpansion(expression) {
            let values = try binder.indicatorColumns(call, over: over, span: expression.span)
            return try add(call.signature.columns, values, alias, expression.span, &names)
        }
        let (value, origin) = try binder.bindWhole(expression, in: .selectList)
        let isColumn = if case .column = expression.kind { true } else { false }
        let isCertain = binder.dialect != .questdb || value.type != .boolean || isColumn
        let bound = isCertain ? value : QuestDBRules.certain(value)
        if let alias { return try add(alias.name, bound, origin, declared: item.declared) }
        let column = isColumn ? bound.columnIndex.map { scope.columns[$0].name } : nil
        if let column { return try add(names.column(column), bound, origin) }
        try add(names.name(of: expression, text: item.text), bound, origin)
    }

    /// Adds the columns that a call expands to.
    private mutating func add(
        _ columns: [String],
        _ values: [BoundExpression],
        _ alias: Identifier?,
        _ span: SourceSpan,
        _ names: inout OutputNames
    ) throws(QueryError) {
        for (column, value) in zip(columns, values) {
            // `ohlcv(price, size) AS bid` gives bid_open, bid_high, …
            let name = alias.map { "\($0.name)_\(column)" } ?? column
            try add(names.column(name), value, Origin(span: span))
        }
    }

    private mutating func add(
        _ name: String,
        _ expression: BoundExpression,
        _ origin: Origin,
        declared: DeclaredType? = nil
    ) throws(QueryError) {
        guard outputs.count < QueryLimits.outputColumnsMax else {
            throw QueryError(.limit, "more than \(QueryLimits.outputColumnsMax) columns in the answer", at: origin.span)
        }
        outputs.append(Output(name: name, expression: expression, origin: origin, declared: declared))
    }
}
