/// A call of a bucket's function in MarketStore's grammar: `Name('literal', Column, Parameter::Column, …)`.
///
/// `Parameter::Column` names the parameter that a column is for, and may stand several times for one. The columns that
/// remain are for the required parameters that have none yet, in their order, then for the optional ones.
struct BucketCall {
    let function: BucketFunction
    /// What stands in quotes.
    let literals: [String]
    /// The columns of each parameter.
    private(set) var columns: [String: [Expression]] = [:]
    let span: SourceSpan

    /// Reads a call; nil if it is none of a bucket's function in this dialect.
    init?(_ expression: Expression, _ dialect: QueryDialect) throws(QueryError) {
        guard case .call(let call) = expression.kind, call.window == nil, dialect != .questdb,
            let function = BucketFunction(named: call.name.name),
            function.isOwnName || dialect == .marketstore && call.filter == nil && call.nulls == nil
        else { return nil }
        var literals: [String] = []
        var named: [(parameter: String, column: Expression)] = []
        var others: [Expression] = []
        switch call.arguments {
        case .all:
            guard !function.isOwnName else {
                throw Self.failure(function, "have [*], need [\(Self.list(function.required))]", expression.span)
            }
        case .distinct: return nil
        case .list(let arguments):
            // An aggregate of anything but a column is SQL's.
            if !function.isOwnName, arguments.contains(where: { !Self.isColumn($0) }) { return nil }
            for argument in arguments {
                switch argument.kind {
                case .literal(.string(let text)): literals.append(text)
                case .cast(let parameter, let column):
                    guard case .column(let reference) = parameter.kind, reference.qualifier == nil else {
                        others.append(argument)
                        continue
                    }
                    let value = Expression(.column(ColumnReference(column)), span: argument.span)
                    named.append((reference.name.name, value))
                default: others.append(argument)
                }
            }
        }
        self.function = function
        self.literals = literals
        self.span = expression.span
        if case .all = call.arguments { return }
        try map(named, others)
    }

    private static func isColumn(_ expression: Expression) -> Bool {
        if case .column = expression.kind { true } else { false }
    }

    // MARK: Parameters

    private mutating func map(
        _ named: [(parameter: String, column: Expression)],
        _ others: [Expression]
    ) throws(QueryError) {
        let (required, optional) = (function.required, function.optional)
        let have =
            "[\((named.map { "\($0.parameter)::\($0.column.shown)" } + others.map(\.shown)).joined(separator: " "))]"
        guard required.count <= named.count + others.count else {
            throw Self.failure(function, "have \(have), need [\(Self.list(required))]", span)
        }
        for (parameter, column) in named {
            guard let name = (required + optional).first(where: { $0.lowercased() == parameter.lowercased() }) else {
                throw Self.failure(function, "it has no parameter \(parameter)", column.span, hint: function.text)
            }
            columns[name, default: []].append(column)
        }
        let missing = required.filter { columns[$0] == nil }
        guard missing.count <= others.count else {
            throw Self.failure(function, "insufficient args: have \(have), required [\(Self.list(required))]", span)
        }
        for (name, column) in zip(missing, others) { columns[name] = [column] }
        let free = optional.filter { columns[$0] == nil }
        let rest = others.dropFirst(missing.count)
        guard rest.count <= free.count else {
            let text =
                "extra args used: have \(have), required [\(Self.list(required))], optional [\(Self.list(optional))]"
            throw Self.failure(function, text, span)
        }
        for (name, column) in zip(free, rest) { columns[name] = [column] }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: " ") }

    private static func failure(
        _ function: BucketFunction,
        _ text: String,
        _ span: SourceSpan,
        hint: String? = nil
    ) -> QueryError {
        QueryError(
            .semantic,
            "Argument mapping error for \(function.rawValue): \(text)",
            at: span,
            hint: hint.map { "it is \($0)" }
        )
    }

    // MARK: Timeframes

    /// The timeframe of a candler, which it must have.
    func timeframe() throws(QueryError) -> Interval {
        guard let text = literals.first else {
            throw QueryError(
                .semantic,
                "not enough init arguments for \(function.rawValue), need 1 have 0",
                at: span,
                hint: "it is \(function.text)"
            )
        }
        guard literals.count == 1 else {
            throw QueryError(.semantic, "\(function.rawValue)() takes one timeframe", at: span)
        }
        return try Self.interval(text, span)
    }

    /// The length that a text such as `5Min` names.
    static func interval(_ text: String, _ span: SourceSpan) throws(QueryError) -> Interval {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        if let count = UInt64(digits), count > 0, count <= 1_000_000_000,
            let unit = unit(String(text.dropFirst(digits.count)))
        {
            return Interval(count: count, unit: unit)
        }
        throw QueryError(
            .semantic,
            "no suitable timeframe provided: '\(QueryDiagnostic.shortened(text))'",
            at: span,
            hint: "write a number and a unit: 10Sec, 5Min, 4H, 1D, 1W, 1M, 1Y"
        )
    }

    private static func unit(_ word: String) -> Interval.Unit? {
        switch word {
        case "S": .seconds
        case "T": .minutes
        case "W": .weeks
        case "Y": .years
        // `M` is a month in MarketStore's words as in ours.
        default: Interval.Unit(spelling: word) ?? ["sec": .seconds, "min": .minutes][word.lowercased()]
        }
    }
}

extension Expression {
    /// What an error of MarketStore calls an argument.
    fileprivate var shown: String {
        if case .column(let reference) = kind { reference.name.name } else { "expression" }
    }
}
