extension Parser {
    /// The call of a function whose name has been read; `(` is next.
    mutating func call(_ name: Identifier) throws(QueryError) -> Expression {
        try advance()
        let arguments = try arguments()
        var call = FunctionCall(name, arguments)
        call.nulls = try nullTreatment()
        try expect(.rightParenthesis)
        if call.nulls == nil { call.nulls = try nullTreatment() }
        call.filter = try aggregateFilter()
        if try accept(.over) { call.window = try overClause() }
        return try node(.call(call), from: name.span.start)
    }

    private mutating func arguments() throws(QueryError) -> FunctionCall.Arguments {
        if token.kind == .symbol(.rightParenthesis) { return .list([]) }
        if token.kind == .symbol(.star) {
            try advance()
            return .all
        }
        if token.keyword == .distinct {
            try advance()
            return .distinct(try expression())
        }
        var arguments: [Expression] = []
        repeat {
            guard arguments.count < QueryLimits.argumentsMax else {
                throw limit("more than \(QueryLimits.argumentsMax) arguments in a call")
            }
            arguments.append(try expression())
        } while try accept(.comma)
        return .list(arguments)
    }
}
