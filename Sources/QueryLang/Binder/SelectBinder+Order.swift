import Columnar

extension SelectBinder {
    // MARK: HAVING

    mutating func having() throws(QueryError) -> BoundExpression? {
        guard let having = select.having else { return nil }
        let (bound, origin) = try binder.bindWhole(having, in: .having)
        guard !bound.contains(where: \.isWindow) else {
            throw QueryError(
                .semantic,
                "a call over a window cannot stand in HAVING",
                at: having.span,
                hint: "compute it in a sub-query"
            )
        }
        let truth = try TypeRules.boolean(Operand(expression: bound, span: having.span), of: "HAVING")
        return try grouped(truth, origin)
    }

    // MARK: ORDER BY

    mutating func orderBy(_ columns: [ResultColumn], isGrouped: Bool) throws(QueryError) -> [OrderTerm] {
        var terms: [OrderTerm] = []
        for item in select.orderBy {
            let index = try orderIndex(item.expression, columns, isGrouped: isGrouped)
            guard index < columns.count || !select.isDistinct else {
                throw QueryError(
                    .semantic,
                    "ORDER BY of a SELECT DISTINCT takes columns of the answer only",
                    at: item.expression.span,
                    hint: "rows that are one in the answer may differ in what is not selected"
                )
            }
            if let nulls = item.nulls, (nulls == .first) != item.isDescending {
                terms.append(try nullsTerm(of: index, nulls, item))
            }
            terms.append(OrderTerm(output: index, isDescending: item.isDescending))
        }
        return terms
    }

    /// What puts rows without a value before or after the others: a hidden output that says whether there is one.
    private mutating func nullsTerm(
        of output: Int,
        _ place: NullsPlace,
        _ item: OrderItem
    ) throws(QueryError) -> OrderTerm {
        guard !select.isDistinct else {
            throw QueryError(
                .semantic,
                "NULLS \(place.rawValue) does not go with SELECT DISTINCT",
                at: item.span,
                hint: "put the SELECT DISTINCT into a sub-query, and order that"
            )
        }
        let value = outputs[output].expression
        let isNull: BoundExpression = .isNull(value, isNegated: false)
        let known = outputs.firstIndex { $0.expression == isNull }
        if known == nil { outputs.append(Output(name: "", expression: isNull, origin: outputs[output].origin)) }
        return OrderTerm(output: known ?? outputs.count - 1, isDescending: place == .first)
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
        case .column(let column) where column.qualifier == nil:
            let wanted = column.name.name.lowercased()
            if let index = columns.firstIndex(where: { $0.name.lowercased() == wanted }) { return index }
        default: break
        }
        var (bound, origin) = try binder.bindWhole(expression, in: .orderBy)
        guard !bound.isConstant else {
            throw QueryError(
                .semantic,
                "ORDER BY a constant orders nothing",
                at: expression.span,
                hint: "name a column, or give its number"
            )
        }
        if isGrouped {
            bound = try grouped(bound, origin)
        } else if !binder.aggregates.isEmpty {
            let message = "ORDER BY has an aggregate, but the select list has none"
            throw QueryError(.semantic, message, at: expression.span)
        }
        if let index = outputs.firstIndex(where: { $0.expression == bound }) { return index }
        outputs.append(Output(name: "", expression: bound, origin: origin))
        return outputs.count - 1
    }

    // MARK: Windows

    /// The window calls, with the order and the partitions that those have which were not written.
    func windowCalls(isGrouped: Bool) throws(QueryError) -> [WindowCall] {
        var calls: [WindowCall] = []
        for (draft, span) in zip(binder.windows.elements, binder.windowSpans) {
            var call = draft.call
            if draft.implied != .nothing {
                let time = try windowTime(isNeeded: draft.implied == .order || isGrouped, span)
                call.order = time.map { [WindowOrder(expression: $0, isDescending: false)] } ?? []
            }
            if draft.implied == .partitionAndOrder { call.partition = series }
            calls.append(isGrouped ? try grouped(call, Origin(span: span)) : call)
        }
        return calls
    }

    /// What a window without ORDER BY goes by: the designated timestamp, among groups if they have it.
    private func windowTime(isNeeded: Bool, _ span: SourceSpan) throws(QueryError) -> BoundExpression? {
        let time = scope.timeColumn.map { BoundExpression.column($0, .timestamp) }
        guard isGrouped else {
            guard time != nil || !isNeeded else {
                throw QueryError(
                    .semantic,
                    "a RANGE without ORDER BY goes by the designated timestamp, and FROM gives none",
                    at: span,
                    hint: "write ORDER BY into OVER"
                )
            }
            return time
        }
        if let time, let index = scope.timeColumn, groups.columns.contains(index) { return time }
        throw QueryError(
            .semantic,
            "the groups have no time to go by",
            at: span,
            hint: "write OVER (ORDER BY …), or SAMPLE BY"
        )
    }

    /// What keeps series apart: the series key, among groups all keys but the time.
    private var series: [BoundExpression] {
        guard isGrouped else { return scope.seriesColumn.map { [.column($0, .symbol)] } ?? [] }
        return groups.keys.elements.filter { $0.columnIndex == nil || $0.columnIndex != scope.timeColumn }
    }

    private func grouped(_ call: WindowCall, _ origin: Origin) throws(QueryError) -> WindowCall {
        var call = call
        for index in call.arguments.indices { call.arguments[index] = try grouped(call.arguments[index], origin) }
        if let filter = call.filter { call.filter = try grouped(filter, origin) }
        for index in call.partition.indices { call.partition[index] = try grouped(call.partition[index], origin) }
        for index in call.order.indices {
            call.order[index].expression = try grouped(call.order[index].expression, origin)
        }
        return call
    }
}
