import Columnar

/// `gap('1Min')` and `gap()`: distances between rows that follow each other in a series.
extension BucketExpansion {
    private static let start = "gap start"
    private static let end = "gap end"
    private static let series = "gap series"

    /// How many standard deviations from the mean a distance is remarkable.
    private static let deviations = 3

    func gaps(_ call: BucketCall) throws(QueryError) -> BoundSelect {
        guard call.literals.count <= 1 else {
            throw QueryError(
                .semantic,
                "argument passed to Init() is not a string",
                at: call.span,
                hint: "it is \(call.function.text)"
            )
        }
        let threshold = try call.literals.first.map { text throws(QueryError) in
            try BucketCall.interval(text, call.span)
        }
        let rows = try bind(neighbours(call))
        var from = BoundFrom(rows)
        var condition = "epoch_ns(\"gap end\") - epoch_ns(\"gap start\") > "
        if let threshold {
            condition += "\(try Self.nanoseconds(threshold, call.span))"
        } else {
            from = BoundFrom(
                try binder.select(Self.measures(hasSeries: self.from.scope.seriesColumn != nil), over: from)
            )
            condition =
                "abs(\"gap length\" - \"gap mean\") > \(Self.deviations) * "
                + "CASE WHEN \"gap deviation\" > 0 THEN \"gap deviation\" ELSE 1 END"
        }
        let length = "(epoch_ns(\"gap end\") - epoch_ns(\"gap start\")) / \(CivilTime.second)"
        var outer = try Parser.query(
            "SELECT \"gap start\" AS Epoch, \"gap end\" AS \"End\", \(length) AS Length FROM gaps WHERE \(condition)"
        )
        outer.items = items(outer.items, rows)
        outer.isDistinct = select.isDistinct
        outer.orderBy = select.orderBy
        outer.limit = select.limit
        return try binder.select(outer, over: from)
    }

    /// The rows with the time of the next one of their series, and what else the list asks for.
    private func neighbours(_ call: BucketCall) throws(QueryError) -> SelectStatement {
        guard select.groupBy.isEmpty, select.sampleBy == nil, select.having == nil, select.latest == nil else {
            throw QueryError(
                .semantic,
                "gap() stands with no other clauses than WHERE, ORDER BY and LIMIT",
                at: call.span,
                hint: "put them into a query around it"
            )
        }
        for case .all in select.items.map(\.kind) {
            throw QueryError(.semantic, "* cannot stand beside gap()", at: call.span, hint: "name the columns")
        }
        let time = try time(of: call)
        var inner = select
        inner.items = zip(select.items, calls).filter { $1 == nil }.map(\.0)
        inner.items.append(Self.item(time, Self.start, at: call.span))
        inner.items.append(Self.item(Self.call("lead", [time], at: call.span), Self.end, at: call.span))
        if let series = from.scope.seriesColumn {
            inner.items.append(Self.item(reference(to: series, at: call.span), Self.series, at: call.span))
        }
        inner.orderBy = []
        inner.limit = nil
        inner.isDistinct = false
        return inner
    }

    /// The distances with mean and standard deviation of those of their series.
    private static func measures(hasSeries: Bool) throws(QueryError) -> SelectStatement {
        let over = hasSeries ? "OVER (PARTITION BY \"gap series\")" : "OVER ()"
        let length = "CAST(epoch_ns(\"gap end\") - epoch_ns(\"gap start\") AS double)"
        return try Parser.query(
            "SELECT *, \(length) AS \"gap length\", avg(\(length)) \(over) AS \"gap mean\", "
                + "stddev_samp(\(length)) \(over) AS \"gap deviation\" FROM gaps"
        )
    }

    /// The list as it was written, with the gap's own columns in the place of the call.
    private func items(_ own: [SelectItem], _ rows: BoundSelect) -> [SelectItem] {
        var items: [SelectItem] = []
        var carried = rows.columns.dropLast(from.scope.seriesColumn == nil ? 2 : 3)[...]
        for (item, call) in zip(select.items, calls) {
            guard call == nil else {
                items += own
                continue
            }
            guard let column = carried.popFirst() else { continue }
            let name = Identifier(column.name, span: item.span, isQuoted: true)
            let value = Expression(.column(ColumnReference(name)), span: item.span)
            items.append(Self.item(value, column.name, at: item.span))
        }
        return items
    }

    private static func nanoseconds(_ interval: Interval, _ span: SourceSpan) throws(QueryError) -> Int64 {
        if let length = interval.nanoseconds { return length }
        // As MarketStore counts them: a month has 31 days, a year 366.
        let days: UInt64 = interval.unit == .years ? 366 : 31
        let (product, overflow) = interval.count.multipliedReportingOverflow(by: days)
        guard !overflow, let length = Interval(count: product, unit: .days).nanoseconds else {
            throw QueryError(.semantic, "the timeframe is longer than 292 years", at: span)
        }
        return length
    }
}

extension BoundFrom {
    /// What an outer SELECT sees of a query.
    init(_ query: BoundSelect) {
        let source = BoundSource.query(query)
        let columns = query.columns.map { Scope.Column(name: $0.name, type: $0.type, declared: $0.declared) }
        let scope = Scope(
            name: nil,
            table: nil,
            columns: columns,
            time: source.timeColumn,
            series: source.seriesColumn
        )
        self.init(source: source, scope: scope)
    }
}

extension Binder {
    /// Binds a SELECT over what FROM gave, by the rules of our own dialect.
    func select(_ select: SelectStatement, over from: BoundFrom) throws(QueryError) -> BoundSelect {
        var inner = self
        inner.dialect = .tickgate
        var binder = SelectBinder(select, from: from, queries: inner)
        return try binder.bind()
    }
}

extension Parser {
    /// The SELECT of a text that Tickgate itself wrote.
    static func query(_ text: String) throws(QueryError) -> SelectStatement {
        guard case .select(let select) = try parse(text).kind else {
            throw QueryError(.bug, "BUG: a spelled out function is no SELECT")
        }
        return select
    }
}
