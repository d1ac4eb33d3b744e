import Columnar

/// The columns that rows of a feature view begin with, and where they come from.
struct FeatureViewHead {
    /// What the rows of the first table are.
    private enum Kind {
        /// Events, with `seq` and `receive_time`.
        case event
        /// Bars of so many nanoseconds.
        case bar(timeframe: Int64)
    }

    private let kind: Kind
    private let time: String
    private let symbol: String
    /// Whether the table holds the events of books.
    let isBook: Bool

    /// The head of rows of a table; an error at `span` if they cannot have one.
    init(_ table: TableSchema, at span: SourceSpan) throws(QueryError) {
        guard table.hasDesignatedTimestamp, let series = table.seriesColumn else {
            throw QueryError(
                .semantic,
                "a feature view reads tables with a series key and a designated timestamp, and "
                    + "'\(QueryDiagnostic.shortened(table.name))' is none",
                at: span
            )
        }
        time = table.columns[table.timeColumn].name
        symbol = table.columns[series].name
        if case .regular(let timeframe) = table.kind {
            kind = .bar(timeframe: timeframe)
            isBook = false
            return
        }
        func has(_ name: String, _ type: ColumnType) -> Bool {
            table.index(of: name).map { table.columns[$0].type == type } ?? false
        }
        guard has("seq", .int64), has("receive_time", .timestamp) else {
            throw QueryError(
                .semantic,
                "a feature view reads events, which have seq (int64) and receive_time (timestamp), or bars; "
                    + "'\(QueryDiagnostic.shortened(table.name))' is neither",
                at: span
            )
        }
        kind = .event
        isBook = BookTable(table) != nil
    }

    /// Names of the columns, in small letters.
    var columnNames: [String] {
        ["time", "symbol", "seq", "receive_time", "available_time"] + (isBook ? ["book_state"] : [])
    }

    /// The columns as items of a select list; `qualifiers` are those of the tables, the first one's first, if they need any.
    func items(at span: SourceSpan, _ qualifiers: [Identifier?]) -> [SelectItem] {
        func column(_ name: String, _ table: Int = 0) -> Expression {
            let reference = ColumnReference(Identifier(name, span: span), of: qualifiers[table])
            return Expression(.column(reference), span: span)
        }
        func item(_ expression: Expression, _ alias: String) -> SelectItem {
            SelectItem(.expression(expression, alias: Identifier(alias, span: span)), span: span)
        }
        var items = [item(column(time), "time"), item(column(symbol), "symbol")]
        switch kind {
        case .event:
            items += [item(column("seq"), "seq"), item(column("receive_time"), "receive_time")]
            var known = column("receive_time")
            if qualifiers.count > 1 {
                let call = FunctionCall(Identifier("greatest", span: span), .list([known, column("receive_time", 1)]))
                known = Expression(.call(call), span: span)
            }
            items.append(item(known, "available_time"))
        case .bar:
            items += ["seq", "receive_time", "available_time"].map { item(column(time), $0) }
        }
        if isBook { items.append(item(column("state"), "book_state")) }
        return items
    }

    /// Computes what the items could not say.
    func finish(_ select: inout BoundSelect, latency: Int64) throws(QueryError) {
        typealias Head = BoundFeatureView.Head
        func later(_ expression: BoundExpression, by nanoseconds: Int64) -> BoundExpression {
            nanoseconds == 0
                ? expression : .binary(.add, expression, .literal(.int64(nanoseconds), .int64), .timestamp)
        }
        guard select.outputs.count > Head.availableTime else { throw QueryError(.bug, "BUG: a view without a head") }
        switch kind {
        case .event:
            select.outputs[Head.availableTime] = later(select.outputs[Head.availableTime], by: latency)
        case .bar(let timeframe):
            let start = select.outputs[Head.time]
            select.outputs[Head.seq] = .binary(.divide, start, .literal(.int64(timeframe), .int64), .int64)
            select.columns[Head.seq] = ResultColumn(name: "seq", type: .int64)
            let end = later(start, by: timeframe)
            select.outputs[Head.receiveTime] = end
            select.outputs[Head.availableTime] = later(end, by: latency)
        }
        select.timeOutput = Head.time
        select.seriesOutput = Head.symbol
    }
}
