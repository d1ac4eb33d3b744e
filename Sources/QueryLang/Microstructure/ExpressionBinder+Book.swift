import Columnar

/// What the binder knows of the functions of the order book in a SELECT.
struct BookUse {
    /// The calls so far; each is a column behind those of the table.
    var calls = UniqueList<BookCall>()
    /// Whether answers are groups, so that a call that stands alone means its last value or its sum.
    var isGrouped = false
    /// Whether a call stood outside of aggregates where answers were not yet known to be groups.
    var hasBareCall = false
    /// Where a column of a level was first named.
    var levelSpan: SourceSpan?
}

extension ExpressionBinder {
    /// The table of book events that calls of the book mean; nil if FROM is something else.
    var bookTable: TableSchema? {
        guard scope.relations.count == 1, let table = scope.relations[0].table, BookTable(table) != nil else {
            return nil
        }
        return table
    }

    /// Notes where a column of a level stands: an event of the book has none.
    mutating func noteLevel(_ column: Int, at span: SourceSpan) {
        guard book.levelSpan == nil, let table = bookTable,
            BookTable(table)?.levelColumns.contains(column) ?? false
        else { return }
        book.levelSpan = span
    }

    /// Binds a call of a function of the order book; nil if it is another function.
    ///
    /// `mid()` is the book's, `mid(bid, ask)` a function of numbers: the number of arguments tells them apart.
    mutating func bookCall(_ call: FunctionCall, span: SourceSpan) throws(QueryError) -> BoundExpression? {
        guard let signature = MicrostructureCatalog.bookFunction(named: call.name.name),
            case .list(let arguments) = call.arguments
        else { return nil }
        let isFitting = (signature.requiredCount...signature.parameters.count).contains(arguments.count)
        let other = FunctionCatalog.function(named: call.name.name)
        if !isFitting, other != nil { return nil }
        if isFitting, let other, other.takes(arguments.count), bookTable == nil { return nil }
        if let window = call.window {
            if isFitting, bookTable != nil, signature.function.sampled == .sum {
                return try self.call(Self.summed(call), span: span)
            }
            throw QueryError(
                .semantic,
                "\(signature.function.rawValue)() looks at one state of the book alone, so it takes no OVER",
                at: window.span,
                hint: "an aggregate of it takes one, for example avg(\(signature.function.rawValue)(…)) OVER (…)"
            )
        }
        guard isFitting else {
            let count = "\(arguments.count) argument\(arguments.count == 1 ? "" : "s")"
            throw QueryError(
                .semantic,
                "\(signature.function.rawValue)() does not take \(count)",
                at: span,
                hint: "it is \(signature.text)" + (other.map { ", or \($0.text)" } ?? "")
            )
        }
        guard let table = bookTable else { throw withoutBook(signature, other, span) }
        let bound = try bookArguments(arguments, signature, name: call.name.name.lowercased())
        return try bookColumn(bound, table, span)
    }

    /// `ofi() OVER (…)` is the sum over the window, as `ofi()` of a bucket is the sum over the bucket.
    private static func summed(_ call: FunctionCall) -> FunctionCall {
        let own = Expression(.call(FunctionCall(call.name, call.arguments)), span: call.name.span)
        var sum = call
        sum.name = Identifier("sum", span: call.name.span)
        sum.arguments = .list([own])
        return sum
    }

    private func withoutBook(
        _ signature: MicrostructureCatalog.Signature,
        _ other: FunctionSignature?,
        _ span: SourceSpan
    ) -> QueryError {
        let ofBook = scope.relations.contains { $0.table.map { BookTable($0) != nil } ?? false }
        let hint: String
        if ofBook {
            hint =
                "compute it in a sub-query of the book alone, (SELECT time, symbol, \(signature.text) FROM book), and join that"
        } else if let other {
            hint = "ask it FROM book; of other tables it is \(other.text)"
        } else {
            hint = "ask it FROM book, or of a sub-query that selects it there"
        }
        return QueryError(
            .semantic,
            "\(signature.text) needs an order book, and FROM gives none",
            at: span,
            hint: hint
        )
    }

    /// The column of a call, or in groups its last value or its sum.
    private mutating func bookColumn(
        _ call: BookCall,
        _ table: TableSchema,
        _ span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        guard place != .groupBy else {
            throw QueryError(
                .semantic,
                "\(call.text) cannot stand in GROUP BY",
                at: span,
                hint: "compute it in a sub-query and group that"
            )
        }
        let column = BoundExpression.column(scope.columns.count + book.calls.index(of: call), call.function.type)
        switch place {
        case .aggregate, .filter: return column
        case .join, .groupBy, .values: return column
        case .selectList, .having, .orderBy, .window: break
        }
        guard book.isGrouped else {
            book.hasBareCall = true
            return column
        }
        let function: AggregateFunction = call.function.sampled == .sum ? .sum : .last
        let isRepeated = keepsRepeats && place != .orderBy && place != .having
        let sampled = AggregateCall(function: function, arguments: [column])
        let index = isRepeated ? aggregates.append(sampled) : aggregates.index(of: sampled)
        if index == aggregateTypes.count { aggregateTypes.append(column.type) }
        aggregateUses.append(index)
        return .aggregate(index, output: 0, column.type)
    }

    // MARK: Arguments

    private mutating func bookArguments(
        _ arguments: [Expression],
        _ signature: MicrostructureCatalog.Signature,
        name: String
    ) throws(QueryError) -> BookCall {
        var side: BookCall.Side?
        var number = signature.defaultNumber
        var seconds = 1.0
        var texts: [String] = []
        for (parameter, argument) in zip(signature.parameters, arguments) {
            let operand = try operand(argument)
            switch (parameter.accepts, operand.expression.constant) {
            case (.count(let range), .int64(let value)?) where Int(exactly: value).map(range.contains) ?? false:
                number = Double(value)
                texts.append("\(value)")
            case (.positive, .int64(let value)?) where value > 0:
                number = Double(value)
                texts.append("\(value)")
            case (.positive, .float64(let value)?) where value > 0 && value.isFinite:
                number = value
                texts.append("\(value)")
            case (.seconds(let range), .int64(let value)?) where range.contains(Double(value)):
                seconds = Double(value)
                texts.append("\(value)")
            case (.seconds(let range), .float64(let value)?) where range.contains(value):
                seconds = value
                texts.append("\(value)")
            case (.side, .text(let text)?) where BookCall.Side(rawValue: text.lowercased()) != nil:
                side = BookCall.Side(rawValue: text.lowercased())
                texts.append("'\(text.lowercased())'")
            case (.taker, .text(let text)?) where ["buy", "sell"].contains(text.lowercased()):
                side = text.lowercased() == "buy" ? .ask : .bid
                texts.append("'\(text.lowercased())'")
            default:
                throw QueryError(
                    .semantic,
                    "\(name)() takes \(parameter.accepts.text) as \(parameter.name)",
                    at: operand.span,
                    hint: "it is \(signature.text)"
                )
            }
        }
        let text = "\(signature.function.rawValue)(\(texts.joined(separator: ", ")))"
        return BookCall(function: signature.function, side: side, number: number, seconds: seconds, text: text)
    }
}

extension FunctionSignature {
    /// Whether a call may have so many arguments.
    func takes(_ count: Int) -> Bool {
        count >= requiredCount && (isVariadic || count <= parameters.count)
    }
}
