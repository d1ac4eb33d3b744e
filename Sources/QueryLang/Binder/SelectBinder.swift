import Columnar

/// Binds one SELECT: the select list, then grouping, then ORDER BY over both.
struct SelectBinder {
    /// A column of the answer.
    private struct Output {
        var name: String
        var expression: BoundExpression
        let span: SourceSpan
    }

    private let select: SelectStatement
    private let schema: TableSchema
    private var binder: ExpressionBinder
    private var groups: GroupRewriter
    /// The columns, then the hidden ones.
    private var outputs: [Output] = []

    init(_ select: SelectStatement, schema: TableSchema) {
        self.select = select
        self.schema = schema
        self.binder = ExpressionBinder(schema: schema)
        self.groups = GroupRewriter(schema: schema, isSampled: select.sampleBy != nil)
        self.binder.aliases = select.items.compactMap { item in
            if case .expression(_, let alias?) = item.kind { alias.name } else { nil }
        }
    }

    private var isGrouped: Bool {
        select.sampleBy != nil || !select.groupBy.isEmpty || !binder.aggregates.isEmpty
    }

    mutating func bind() throws(QueryError) -> BoundSelect {
        let predicate = try filter()
        try bindItems()
        try checkShape()
        let isGrouped = isGrouped
        if isGrouped { try group() }
        let columns = outputs.map { ResultColumn(name: $0.name, type: $0.expression.type) }
        let order = try orderBy(columns, isGrouped: isGrouped)
        let pushdown = Pushdown(predicate, table: schema)
        return BoundSelect(
            table: schema,
            times: pushdown.times,
            series: pushdown.series,
            predicate: pushdown.residual,
            shape: shape(isGrouped: isGrouped),
            columns: columns,
            orderBy: order,
            limit: select.limit?.count
        )
    }

    private func shape(isGrouped: Bool) -> BoundSelect.Shape {
        let expressions = outputs.map(\.expression)
        guard isGrouped else { return select.latest == nil ? .rows(expressions) : .latest(expressions) }
        let aggregation = Aggregation(
            sampleBy: select.sampleBy?.interval.nanoseconds,
            keys: groups.keys,
            aggregates: binder.aggregates,
            outputs: expressions
        )
        return .aggregate(aggregation)
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
                ExpressionBinder.aggregate(expression)?.columns.isEmpty ?? true
            else { continue }
            guard names.claim(alias.name) else {
                let shown = QueryDiagnostic.shortened(alias.name)
                throw QueryError(.semantic, "the alias '\(shown)' stands twice", at: alias.span)
            }
        }
        for item in select.items {
            switch item.kind {
            case .all:
                for (index, column) in schema.columns.enumerated() {
                    try add(names.derived(from: column.name), .column(index, column.type), item.span)
                }
            case .expression(let expression, let alias):
                try bindItem(expression, alias, &names)
            }
        }
    }

    private mutating func bindItem(
        _ expression: Expression,
        _ alias: Identifier?,
        _ names: inout OutputNames
    ) throws(QueryError) {
        if let signature = ExpressionBinder.aggregate(expression), !signature.columns.isEmpty,
            case .aggregate(let function) = signature.function, case .call(_, let arguments) = expression.kind
        {
            let values = try binder.aggregate(function, arguments, span: expression.span)
            for (column, value) in zip(signature.columns, values) {
                // `ohlcv(price, size) AS bid` gives bid_open, bid_high, …
                let name = alias.map { "\($0.name)_\(column)" } ?? column
                try add(names.derived(from: name), value, expression.span)
            }
            return
        }
        let bound = try binder.bind(expression, in: .selectList)
        if let alias { return try add(alias.name, bound, expression.span) }
        var base = OutputNames.base(of: expression)
        if case .column(let index, _) = bound { base = schema.columns[index].name }
        try add(names.derived(from: base), bound, expression.span)
    }

    private mutating func add(_ name: String, _ expression: BoundExpression, _ span: SourceSpan) throws(QueryError) {
        guard outputs.count < QueryLimits.outputColumnsMax else {
            throw QueryError(.limit, "more than \(QueryLimits.outputColumnsMax) columns in the answer", at: span)
        }
        outputs.append(Output(name: name, expression: expression, span: span))
    }

    // MARK: Shape

    private func checkShape() throws(QueryError) {
        if let latest = select.latest { try check(latest) }
        guard isGrouped else { return }
        if let star = select.items.first(where: { $0.kind == .all }) {
            let clause = select.sampleBy != nil ? "SAMPLE BY" : !select.groupBy.isEmpty ? "GROUP BY" : "aggregates"
            throw QueryError(
                .semantic,
                "* cannot stand with \(clause)",
                at: star.span,
                hint: "name the columns to group by and aggregate the others, for example last(\(exampleColumn))"
            )
        }
        if let sampleBy = select.sampleBy, binder.aggregates.isEmpty {
            throw QueryError(
                .semantic,
                "SAMPLE BY needs an aggregate in the select list",
                at: sampleBy.span,
                hint: "for example last(\(exampleColumn)) or count()"
            )
        }
    }

    /// A column that can be aggregated, for hints.
    private var exampleColumn: String {
        let column = schema.columns.first { $0.type == .float64 } ?? schema.columns[schema.timeColumn]
        return Identifier(column.name, span: SourceSpan(start: 0, end: 0)).text
    }

    private func check(_ latest: LatestClause) throws(QueryError) {
        if let time = latest.time {
            guard let index = schema.index(of: time.name) else { throw binder.unknownColumn(time) }
            guard index == schema.timeColumn else {
                let name = schema.columns[schema.timeColumn].name
                throw QueryError(.semantic, "LATEST ON takes the designated timestamp, '\(name)'", at: time.span)
            }
        }
        for (position, key) in latest.keys.enumerated() {
            guard let index = schema.index(of: key.name) else { throw binder.unknownColumn(key) }
            guard index == schema.seriesColumn, position == 0 else {
                let name = schema.seriesColumn.map { "its series key, '\(schema.columns[$0].name)', alone" }
                let message = "LATEST of '\(schema.name)' is taken by \(name ?? "no column: it has no series key")"
                throw QueryError(.semantic, message, at: key.span)
            }
        }
        if isGrouped {
            throw QueryError(
                .semantic,
                "LATEST cannot stand with aggregates, SAMPLE BY or GROUP BY",
                at: latest.span,
                hint: "last(\(exampleColumn)) with GROUP BY gives the last value of each group"
            )
        }
    }

    // MARK: Grouping

    private mutating func group() throws(QueryError) {
        if select.groupBy.isEmpty {
            for output in outputs { groups.addImplied(output.expression) }
        } else {
            for term in select.groupBy {
                let key = try groupKey(term)
                guard !key.isConstant else {
                    throw QueryError(.semantic, "GROUP BY a constant groups nothing", at: term.span)
                }
                groups.add(key: key)
            }
        }
        for index in outputs.indices {
            outputs[index].expression = try grouped(outputs[index].expression, outputs[index].span)
        }
    }

    private mutating func groupKey(_ term: Expression) throws(QueryError) -> BoundExpression {
        if case .literal(.integer(let number)) = term.kind {
            let output = outputs[try ordinal(number, count: outputs.count, term.span)]
            guard !output.expression.containsAggregate else {
                throw QueryError(.semantic, "an aggregate cannot stand in GROUP BY", at: term.span)
            }
            return output.expression
        }
        if case .column(let name) = term.kind, schema.index(of: name.name) == nil {
            for case .expression(let item, let alias?) in select.items.map(\.kind)
            where alias.name.lowercased() == name.name.lowercased() {
                return try binder.bind(item, in: .groupBy)
            }
        }
        return try binder.bind(term, in: .groupBy)
    }

    private func grouped(_ expression: BoundExpression, _ span: SourceSpan) throws(QueryError) -> BoundExpression {
        let isExplicit = !select.groupBy.isEmpty
        return try groups.rewrite(expression) { column in
            let name = schema.columns[column].name
            return QueryError(
                .semantic,
                "the column '\(name)' is neither aggregated nor grouped by",
                at: span,
                hint: isExplicit
                    ? "add it to GROUP BY, or take last(\(name))"
                    : "select it as a column of its own, or take last(\(name))"
            )
        }
    }

    private func ordinal(_ number: UInt64, count: Int, _ span: SourceSpan) throws(QueryError) -> Int {
        guard let index = Int(exactly: number), index >= 1, index <= count else {
            throw QueryError(.semantic, "there is no column \(number) in the answer: it has \(count)", at: span)
        }
        return index - 1
    }

    // MARK: Order

    private mutating func orderBy(_ columns: [ResultColumn], isGrouped: Bool) throws(QueryError) -> [OrderTerm] {
        binder.outputs = outputs.map { ($0.name, $0.expression) }
        var terms: [OrderTerm] = []
        for item in select.orderBy {
            let index = try orderIndex(item.expression, columns, isGrouped: isGrouped)
            let expression = BoundExpression.column(index, outputs[index].expression.type)
            terms.append(OrderTerm(expression: expression, isDescending: item.isDescending))
        }
        return terms
    }

    /// The output to order by; one that is not there yet is added as a hidden one.
    private mutating func orderIndex(
        _ expression: Expression,
        _ columns: [ResultColumn],
        isGrouped: Bool
    ) throws(QueryError) -> Int {
        switch expression.kind {
        case .literal(.integer(let number)):
            return try ordinal(number, count: columns.count, expression.span)
        case .column(let name):
            let wanted = name.name.lowercased()
            if let index = columns.firstIndex(where: { $0.name.lowercased() == wanted }) { return index }
        default: break
        }
        var bound = try binder.bind(expression, in: .orderBy)
        guard !bound.isConstant else {
            throw QueryError(
                .semantic,
                "ORDER BY a constant orders nothing",
                at: expression.span,
                hint: "name a column, or give its number"
            )
        }
        if isGrouped {
            bound = try grouped(bound, expression.span)
        } else if bound.containsAggregate {
            let message = "ORDER BY has an aggregate, but the select list has none"
            throw QueryError(.semantic, message, at: expression.span)
        }
        if let index = outputs.firstIndex(where: { $0.expression == bound }) { return index }
        outputs.append(Output(name: "", expression: bound, span: expression.span))
        return outputs.count - 1
    }
}
