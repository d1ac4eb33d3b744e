import QueryLang

/// A function call of a query, `candlecandler('5Min', Open, High, Low, Close)`.
struct FunctionText {
    let function: BucketFunction
    let call: Expression

    /// Reads a call with the parser of all statements; MarketStore's words for what is none.
    init(_ text: String) throws(QueryError) {
        let wrong = QueryError(.syntax, "unable to parse function call \(text)")
        let statement: Statement
        do throws(QueryError) {
            statement = try Parser.parse("SELECT \(text)")
        } catch {
            throw wrong
        }
        guard case .select(let select) = statement.kind, select.items.count == 1, select.source.kind == .nothing,
            case .expression(let expression, nil) = select.items[0].kind, case .call(let call) = expression.kind
        else { throw wrong }
        guard let function = BucketFunction(named: call.name.name) else {
            throw QueryError(.unknownFunction, "no function in the UDA Registry named \"\(call.name.name)\"")
        }
        guard call.window == nil, call.filter == nil, call.nulls == nil else { throw wrong }
        (self.function, self.call) = (function, expression)
        // In SQL an aggregate of anything else is an expression, without the `Epoch` that rows of a query have.
        guard !isAggregate || Self.takesColumns(call) else {
            throw QueryError(.syntax, wrong.message, hint: "it is \(function.text)")
        }
    }

    private static func takesColumns(_ call: FunctionCall) -> Bool {
        switch call.arguments {
        case .all: true
        case .distinct: false
        case .list(let arguments):
            arguments.allSatisfy { if case .column = $0.kind { true } else { false } }
        }
    }

    /// Whether it gives one row a symbol, also of no rows.
    var isAggregate: Bool {
        switch function {
        case .count, .min, .max, .avg: true
        case .tickCandler, .candleCandler, .gap, .adjust: false
        }
    }
}
