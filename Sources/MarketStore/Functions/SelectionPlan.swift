import Columnar
import QueryLang

/// The statement that answers a selection, and how its rows become those of the symbols.
///
/// Rows of one symbol are read without a column that says so; of several, or where a function must know it, `symbol` is a
/// column of every step, which makes it a key of whatever is grouped.
struct SelectionPlan {
    let selection: BucketSelection
    /// The statement.
    private(set) var statement: Statement
    /// Whether rows say of which symbol they are.
    let hasSymbols: Bool
    private let functions: [FunctionText]

    /// The column that numbers the rows of a symbol. No bucket's column is called so: names have no control characters.
    static let place = "row\u{1}place"
    private static let nowhere = SourceSpan(start: 0, end: 0)

    init(_ selection: BucketSelection, _ zone: ZoneRules) throws(QueryError) {
        self.selection = selection
        let time = selection.timeframe.map { Self.slots(of: selection.time, $0, zone) } ?? selection.time
        var functions: [FunctionText] = []
        for text in selection.functions { functions.append(try FunctionText(text)) }
        self.functions = functions
        hasSymbols = selection.buckets.count > 1 || functions.contains { $0.function == .adjust }
        let text: String
        if let timeframe = selection.timeframe {
            text = CoarserTimeframe(timeframe, zone: zone).text(
                selection.buckets,
                symbol: hasSymbols ? .column : .fixed
            )
        } else {
            text = BucketText.rows(selection.buckets, symbol: hasSymbols ? .column : .fixed)
        }
        guard case .select(var select) = try Parser.parse(text).kind else {
            throw QueryError(.bug, "BUG: the rows of a bucket are no SELECT")
        }
        select.filter = Self.filter(select.filter, time, hasSymbols ? selection.buckets : nil)
        if let columns = selection.columns {
            let stored = zip(selection.buckets[0].columns.map(\.name), selection.buckets[0].shownNames)
            let names = Dictionary(stored) { first, _ in first }
            select.items = Self.chosen(select.items, columns.map { names[$0] ?? $0 })
        }
        statement = Statement(.select(select), span: Self.nowhere)
        if !functions.isEmpty { select = limited(select) }
        for (index, function) in functions.enumerated() {
            let isTimed = index == 0 || !functions[index - 1].isAggregate
            select = Self.step(function, over: select, isTimed: isTimed, hasSymbols: hasSymbols)
        }
        // Rows of one symbol can be cut by the engine, which then reads no more than those.
        if functions.isEmpty, !hasSymbols { select = limited(select) }
        statement = Statement(.select(select), span: Self.nowhere)
    }

    // MARK: Rows

    /// The times of all slots that a range touches: bars are whole.
    private static func slots(of time: TimeRange, _ timeframe: Timeframe, _ zone: ZoneRules) -> TimeRange {
        guard !time.isEmpty else { return time }
        var slots = time
        if time.start != .min { slots.start = timeframe.floor(time.start, in: zone) }
        if time.end != .max { slots.end = timeframe.end(ofSlotAt: time.end - 1, in: zone) }
        return slots
    }

    /// WHERE with times and symbols, built as it stands: a list may be longer than a text may be.
    private static func filter(_ filter: Expression?, _ range: TimeRange, _ buckets: [Bucket]?) -> Expression? {
        var terms = filter.map { [$0] } ?? []
        let time = column(BucketText.time)
        if range.start != .min { terms.append(compare(time, .greaterOrEqual, range.start)) }
        if range.end != .max { terms.append(compare(time, .less, range.end)) }
        if let buckets {
            let names = buckets.map { Expression(.literal(.string($0.series)), span: nowhere) }
            terms.append(Expression(.inList(column(BucketText.symbol), names, isNegated: false), span: nowhere))
        }
        guard terms.count > 1 else { return terms.first }
        return Expression(.logical(.and, terms), span: nowhere)
    }

    /// `time symbol instant`, in a call that no dialect takes for seconds.
    private static func compare(_ time: Expression, _ symbol: BinaryOperator, _ instant: Int64) -> Expression {
        let number = Expression(.literal(.integer(instant.magnitude)), span: nowhere)
        let signed = instant < 0 ? Expression(.unary(.negate, number), span: nowhere) : number
        let name = Identifier("from_epoch_ns", span: nowhere)
        let moment = Expression(.call(FunctionCall(name, .list([signed]))), span: nowhere)
        return Expression(.binary(symbol, time, moment), span: nowhere)
    }

    private static func column(_ name: String) -> Expression {
        Expression(.column(ColumnReference(Identifier(name, span: nowhere, isQuoted: true))), span: nowhere)
    }

    /// The items that are asked for, in that order, between those that are always there; names that no column has are passed
    /// over.
    private static func chosen(_ items: [SelectItem], _ columns: [String]) -> [SelectItem] {
        var ranked: [(rank: Int, item: SelectItem)] = []
        for item in items {
            switch name(of: item) {
            case nil, BucketText.symbol, BucketText.epoch: ranked.append((-1, item))
            case .some(let name):
                let isLast = [BucketText.nanoseconds, BucketText.time].contains(name)
                guard let rank = columns.firstIndex(of: name) ?? (isLast ? columns.count : nil) else { continue }
                ranked.append((rank, item))
            }
        }
        let order = ranked.indices.sorted { (ranked[$0].rank, $0) < (ranked[$1].rank, $1) }
        return order.map { ranked[$0].item }
    }

    private static func name(of item: SelectItem) -> String? {
        guard case .expression(let expression, let alias) = item.kind else { return nil }
        if let alias { return alias.name }
        if case .column(let column) = expression.kind { return column.name.name }
        return nil
    }

    // MARK: Limits

    private func limited(_ select: SelectStatement) -> SelectStatement {
        guard let limit = selection.limit, limit > 0 else { return select }
        let count = Int(clamping: limit)
        guard hasSymbols else {
            var select = select
            let range =
                selection.isLimitFromStart ? RowRange(lower: 0, upper: count) : RowRange(lower: -count, upper: nil)
            select.limit = LimitClause(range, span: Self.nowhere)
            return select
        }
        let place = Identifier(Self.place, span: Self.nowhere, isQuoted: true)
        let all = SelectItem(.all(of: nil), span: Self.nowhere)
        let number = SelectItem(.expression(rowPlace, alias: place), span: Self.nowhere)
        let numbered = SelectStatement(items: [all, number], source: Self.source(select))
        var limited = SelectStatement(items: [all], source: Self.source(numbered))
        let bound = Expression(.literal(.integer(UInt64(count))), span: Self.nowhere)
        limited.filter = Expression(.binary(.lessOrEqual, Self.column(place.name), bound), span: Self.nowhere)
        return limited
    }

    /// The place of a row among those of its symbol, from 1, counted from the end that a limit counts from. Of rows of one time
    /// those that came later are later, whichever end that is.
    private var rowPlace: Expression {
        var window = WindowClause(partition: [Self.column(BucketText.symbol)], span: Self.nowhere)
        let count = FunctionCall(Identifier("count", span: Self.nowhere), .all, over: window)
        let isExact = selection.timeframe == nil && selection.buckets[0].isVariable
        let time = Self.column(isExact ? BucketText.time : BucketText.epoch)
        window.order = [OrderItem(time, isDescending: false, span: Self.nowhere)]
        let row = FunctionCall(Identifier("row_number", span: Self.nowhere), .list([]), over: window)
        let number = Expression(.call(row), span: Self.nowhere)
        if selection.isLimitFromStart { return number }
        let total = Expression(.call(count), span: Self.nowhere)
        let one = Expression(.literal(.integer(1)), span: Self.nowhere)
        let after = Expression(.binary(.subtract, total, number), span: Self.nowhere)
        return Expression(.binary(.add, after, one), span: Self.nowhere)
    }

    private static func source(_ select: SelectStatement, timestamp: Identifier? = nil) -> SourceClause {
        SourceClause(.query(select), timestamp: timestamp, span: nowhere)
    }

    // MARK: Functions

    /// A function over what is there so far.
    private static func step(
        _ function: FunctionText,
        over select: SelectStatement,
        isTimed: Bool,
        hasSymbols: Bool
    ) -> SelectStatement {
        var items: [SelectItem] = []
        if hasSymbols, function.function != .adjust {
            items.append(SelectItem(.expression(column(BucketText.symbol), alias: nil), span: nowhere))
        }
        if hasSymbols, function.isAggregate {
            let alias = Identifier(BucketText.epoch, span: nowhere)
            items.append(SelectItem(.expression(now, alias: alias), span: nowhere))
        }
        items.append(SelectItem(.expression(function.call, alias: nil), span: nowhere))
        // What an aggregate gave has a time, but none that rows went by.
        let needsTime = !isTimed && !function.isAggregate
        let timestamp = needsTime ? Identifier(BucketText.epoch, span: nowhere) : nil
        return SelectStatement(items: items, source: source(select, timestamp: timestamp))
    }

    private static var now: Expression {
        let call = FunctionCall(Identifier("now", span: nowhere), .list([]))
        let second = Expression(.literal(.string("second")), span: nowhere)
        let now = Expression(.call(call), span: nowhere)
        let truncation = FunctionCall(Identifier("date_trunc", span: nowhere), .list([second, now]))
        return Expression(.call(truncation), span: nowhere)
    }

    // MARK: Answer

    /// The key that rows of a symbol are answered under.
    private func key(_ bucket: Bucket) -> String {
        var key = bucket.key
        if let timeframe = selection.timeframe { key.timeframe = timeframe.description }
        return "\(key)\(BucketKey.category)"
    }

    /// The answer: rows by symbol, of each the first or last ones.
    func dataset(_ answer: WireAnswer) -> Dataset {
        guard hasSymbols else {
            let span = Dataset.Span(key: key(selection.buckets[0]), start: 0, count: answer.rowCount)
            return Dataset(columns: answer.columns, rowCount: answer.rowCount, spans: [span])
        }
        var order = SymbolOrder(answer.runs, count: selection.buckets.count)
        if functions.isEmpty, let limit = selection.limit, limit > 0 {
            order.limit(Int(clamping: limit), isFromStart: selection.isLimitFromStart)
        }
        // Of no rows an aggregate gives one row all the same.
        let now = functions.last?.isAggregate ?? false ? answer.emptyRow : nil
        var spans: [Dataset.Span] = []
        var start = 0
        for (place, bucket) in selection.buckets.enumerated() {
            let rows = order.rowCount(place)
            let count = rows == 0 && now != nil ? 1 : rows
            spans.append(Dataset.Span(key: key(bucket), start: start, count: count))
            start += count
        }
        let columns = order.columns(answer.columns, rowCount: answer.rowCount, empty: now)
        return Dataset(columns: columns, rowCount: start, spans: spans)
    }
}
