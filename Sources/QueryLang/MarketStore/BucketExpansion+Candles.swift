import Columnar

extension BucketExpansion {
    /// The list with candles, one a slot of their timeframe, by SAMPLE BY.
    func candles() throws(QueryError) -> SelectStatement {
        let interval = try interval()
        var names = names()
        var items: [SelectItem] = []
        var hasTime = zip(select.items, calls).contains { $1 == nil && isTime($0) }
        for (item, call) in zip(select.items, calls) {
            guard let call, call.function.isCandler, case .expression(_, let alias) = item.kind else {
                items.append(item)
                continue
            }
            // Of a list that selects the time itself, the first candles need no other.
            if !hasTime { items.append(Self.item(try time(of: call), names.free("Epoch"), at: call.span)) }
            hasTime = false
            for value in try values(of: call) {
                let name = names.free(alias?.name ?? value.name)
                items.append(Self.item(value.value, name, declared: value.declared, at: call.span))
            }
        }
        var select = select
        select.items = items
        var clause = SampleClause(interval, span: calls.compactMap(\.self)[0].span)
        let zone = binder.catalog.bucketZone
        switch interval.unit {
        case .days, .weeks, .months, .years:
            if zone != .utc { clause.timeZone = SampleClause.Text(zone.name, span: clause.span) }
        case .nanoseconds, .microseconds, .milliseconds, .seconds, .minutes, .hours: break
        }
        select.sampleBy = clause
        return select
    }

    /// The timeframe of all candlers.
    private func interval() throws(QueryError) -> Interval {
        let candlers = calls.compactMap(\.self).filter(\.function.isCandler)
        let interval = try candlers[0].timeframe()
        for call in candlers.dropFirst() where try call.timeframe() != interval {
            throw QueryError(
                .semantic,
                "candles of two timeframes cannot stand in one list",
                at: call.span,
                hint: "join two queries, each with its own"
            )
        }
        if let clause = select.sampleBy {
            throw QueryError(
                .semantic,
                "\(candlers[0].function.rawValue)() says the length of its candles itself",
                at: clause.span,
                hint: "leave SAMPLE BY out"
            )
        }
        return interval
    }

    private func isTime(_ item: SelectItem) -> Bool {
        guard let time = from.scope.timeColumn, case .expression(let expression, _) = item.kind,
            case .column(let reference) = expression.kind
        else { return false }
        return from.scope.meaning(of: reference.name.name, among: from.scope.visibleCount) == .column(time)
    }

    private typealias CandleColumn = (name: String, value: Expression, declared: DeclaredType?)

    /// The columns of candles but for their time.
    private func values(of call: BucketCall) throws(QueryError) -> [CandleColumn] {
        let folds = [("Open", "first"), ("High", "max"), ("Low", "min"), ("Close", "last")]
        var values: [CandleColumn] = []
        for (name, fold) in folds {
            let columns = call.columns[name] ?? call.columns["CandlePrice"] ?? []
            let price = try mean(columns, at: call.span)
            values.append((name, Self.call(fold, [price], at: call.span), .float))
        }
        for column in call.columns["Sum"] ?? [] {
            var sum = Self.call("sum", [column], at: call.span)
            // A sum of integers is exact.
            if try type(of: column) != .float64 { sum = Self.double(sum) }
            values.append((try name(of: column, call) + "_SUM", sum, nil))
        }
        for column in call.columns["Avg"] ?? [] {
            let mean = Self.call("avg", [try double(column)], at: call.span)
            values.append((try name(of: column, call) + "_AVG", mean, nil))
        }
        return values
    }

    private func name(of column: Expression, _ call: BucketCall) throws(QueryError) -> String {
        guard case .column(let reference) = column.kind else {
            throw QueryError(
                .semantic,
                "Sum and Avg take columns",
                at: column.span,
                hint: "name the expression in a sub-query"
            )
        }
        return reference.name.name
    }

    /// The mean of several columns of a row.
    private func mean(_ columns: [Expression], at span: SourceSpan) throws(QueryError) -> Expression {
        guard let first = columns.first else { throw QueryError(.bug, "BUG: a candle without a price", at: span) }
        var sum = try double(first)
        guard columns.count > 1 else { return sum }
        for column in columns.dropFirst() { sum = Expression(.binary(.add, sum, try double(column)), span: span) }
        let count = Expression(.literal(.decimal(Double(columns.count))), span: span)
        return Expression(.binary(.divide, sum, count), span: span)
    }
}
