import Columnar

/// What the aggregates of trades are told in constants.
extension MicrostructureCatalog {
    /// The largest number of buckets that VPIN is the mean of.
    public static let bucketsMax = 1_000_000_000

    /// Refuses constants that no answer could come of, where they stand; what is not constant is looked at by the fold.
    static func checkConstants(
        _ function: AggregateFunction,
        _ operands: [Operand],
        _ signature: FunctionSignature
    ) throws(QueryError) {
        switch function {
        case .vpin, .bulkVPIN:
            if operands.count > 2 { try check(operands[2], "bucket_volume", signature, mustBeConstant: false, .volume) }
            if operands.count > 3 { try check(operands[3], "buckets", signature, mustBeConstant: false, .buckets) }
        case .hawkesIntensity:
            guard operands.count > 2 else { return }
            try check(operands[1], "taker", signature, mustBeConstant: true, .taker)
            try check(operands[2], "decay", signature, mustBeConstant: true, .volume)
        default: return
        }
    }

    private enum Constant {
        case volume
        case buckets
        case taker

        var text: String {
            switch self {
            case .volume: "a number above 0"
            case .buckets: "a whole number from 1 to \(bucketsMax)"
            case .taker: "'buy' or 'sell'"
            }
        }

        func allows(_ value: Scalar) -> Bool {
            switch (self, value) {
            case (.volume, .int64(let number)): number > 0
            case (.volume, .float64(let number)): number > 0 && number.isFinite
            case (.buckets, .int64(let number)): number >= 1 && number <= Int64(bucketsMax)
            case (.buckets, .float64(let number)):
                number >= 1 && number <= Double(bucketsMax) && number == number.rounded()
            case (.taker, .text(let text)): ["buy", "sell"].contains(text.lowercased())
            default: false
            }
        }
    }

    private static func check(
        _ operand: Operand,
        _ name: String,
        _ signature: FunctionSignature,
        mustBeConstant: Bool,
        _ constant: Constant
    ) throws(QueryError) {
        guard let value = operand.expression.constant else {
            if !mustBeConstant { return }
            throw refusal(operand, name, signature, constant)
        }
        // The number of buckets may be null, which means all of them.
        if value.isNull, case .buckets = constant { return }
        if !constant.allows(value) { throw refusal(operand, name, signature, constant) }
    }

    private static func refusal(
        _ operand: Operand,
        _ name: String,
        _ signature: FunctionSignature,
        _ constant: Constant
    ) -> QueryError {
        QueryError(
            .semantic,
            "\(signature.name)() takes a constant as \(name), \(constant.text)",
            at: operand.span,
            hint: "it is \(signature.text)"
        )
    }
}
