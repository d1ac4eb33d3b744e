import Columnar

/// Binds calls of functions that give rows.
struct TableFunctionBinder {
    let binder: Binder

    /// The functions, as errors and documents show them.
    static let signatures = [
        "long_sequence(count, [seed, …])", "generate_series(start, end, [step])",
    ]

    /// The rows of a call, and what their column is called.
    func bind(_ call: FunctionCall) throws(QueryError) -> (source: BoundSource, column: String) {
        let name = call.name.name.lowercased()
        var arguments: [Operand] = []
        for value in call.values { arguments.append(try constant(value, name)) }
        switch name {
        case "long_sequence": return (.sequence(try longSequence(arguments, call)), "x")
        case "generate_series": return (.sequence(try series(arguments, call)), "generate_series")
        default:
            let names = ["long_sequence", "generate_series"]
            let near = NearestName.find(name, among: names).map { "did you mean '\($0)'?" }
            throw QueryError(
                .unknownFunction,
                "no function '\(QueryDiagnostic.shortened(call.name.name))' gives rows",
                at: call.name.span,
                expected: names,
                hint: near ?? "those that do are " + Self.signatures.joined(separator: " and ")
            )
        }
    }

    private func constant(_ expression: Expression, _ name: String) throws(QueryError) -> Operand {
        try Constants(binder: binder).operand(expression, of: "\(name)()")
    }

    private func wrong(_ call: FunctionCall, _ signature: String) -> QueryError {
        let name = call.name.name.lowercased()
        return QueryError(
            .semantic,
            "\(name)() does not take these arguments",
            at: call.name.span,
            hint: "it is \(signature)"
        )
    }

    /// `x` from 1 to the count. Seeds are taken and of no effect: the rows have nothing random.
    private func longSequence(_ arguments: [Operand], _ call: FunctionCall) throws(QueryError) -> BoundSequence {
        guard case .int64(let count)? = arguments.first?.expression.constant, arguments.count <= 3,
            arguments.allSatisfy({ $0.type == .int64 })
        else { throw wrong(call, Self.signatures[0]) }
        return BoundSequence(type: .int64, start: 1, step: 1, count: max(count, 0))
    }

    /// From start to end, both included; the step may be negative, and of timestamps a text such as '5m'.
    private func series(_ arguments: [Operand], _ call: FunctionCall) throws(QueryError) -> BoundSequence {
        guard arguments.count == 2 || arguments.count == 3 else { throw wrong(call, Self.signatures[1]) }
        var bounds: [Int64] = []
        var types: [ColumnType] = []
        for operand in arguments.prefix(2) {
            switch operand.expression.constant {
            case .int64(let value): bounds.append(value)
            case .timestamp(let value): bounds.append(value)
            case .text(let text): bounds.append(try TypeRules.interval(text, operand.span).start)
            default: throw wrong(call, Self.signatures[1])
            }
            types.append(operand.type == .int64 ? .int64 : .timestamp)
        }
        guard types[0] == types[1] else {
            throw QueryError(
                .type,
                "generate_series() cannot go from \(arguments[0].typeName) to \(arguments[1].typeName)",
                at: arguments[1].span
            )
        }
        let step = try arguments.count == 3 ? step(arguments[2], types[0], call) : defaultStep(types[0], call)
        let distance = Int128(bounds[1]) - Int128(bounds[0])
        let isEmpty = distance != 0 && (distance < 0) != (step < 0)
        let count = isEmpty ? 0 : distance / Int128(step) + 1
        return BoundSequence(type: types[0], start: bounds[0], step: step, count: Int64(clamping: count))
    }

    private func defaultStep(_ type: ColumnType, _ call: FunctionCall) throws(QueryError) -> Int64 {
        guard type == .int64 else {
            throw QueryError(
                .semantic,
                "generate_series() of timestamps needs a step",
                at: call.name.span,
                hint: "for example '1m'"
            )
        }
        return 1
    }

    private func step(_ operand: Operand, _ type: ColumnType, _ call: FunctionCall) throws(QueryError) -> Int64 {
        let step: Int64
        switch operand.expression.constant {
        case .int64(let value): step = value
        case .text(let text) where type == .timestamp:
            guard let length = SignedInterval(text), let nanoseconds = length.nanoseconds else {
                throw QueryError(
                    .type,
                    "'\(QueryDiagnostic.shortened(text))' is no step of fixed length",
                    at: operand.span,
                    hint: "write one like '5m', '1h' or '-1d'"
                )
            }
            step = nanoseconds
        default: throw wrong(call, Self.signatures[1])
        }
        guard step != 0 else { throw QueryError(.semantic, "the step cannot be 0", at: operand.span) }
        return step
    }
}
