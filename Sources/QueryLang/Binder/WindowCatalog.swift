import Columnar

/// The functions that look at rows around a row, besides the aggregates: each of those with a single output can stand before
/// OVER as well. None of these has a frame.
public enum WindowCatalog {
    /// The functions.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// The number of the row.
        case rowNumber = "row_number"
        /// The value of a row before.
        case lag
        /// The value of a row after.
        case lead
        /// The difference to a row before.
        case diff
        /// The sum up to the row.
        case cumsum
        /// The simple moving average.
        case sma
        /// The exponential moving average.
        case ema

        /// Whether a call may stand without OVER: it is then computed per series, in order of time.
        public var standsAlone: Bool {
            switch self {
            case .lag, .lead, .diff, .cumsum, .sma, .ema: true
            case .rowNumber: false
            }
        }
    }

    /// What the functions take and give.
    public static let all: [FunctionSignature] = Name.allCases.map(signature)

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The function of this name, without regard to case.
    public static func function(named name: String) -> FunctionSignature? { byName[name.lowercased()] }

    /// What a function takes and gives.
    public static func signature(of function: Name) -> FunctionSignature {
        let value = parameter("x", .any)
        let number = parameter("x", .numeric)
        let count = parameter("n", .integer)
        return switch function {
        case .rowNumber: make(function, [], .fixed(.int64), "The number of the row in its partition, from 1.")
        case .lag:
            make(
                function,
                [value, count, parameter("default", .any)],
                required: 1,
                .firstArgument,
                "The value n rows before (1 if absent), or the default where there is none."
            )
        case .lead:
            make(
                function,
                [value, count, parameter("default", .any)],
                required: 1,
                .firstArgument,
                "The value n rows after (1 if absent), or the default where there is none."
            )
        case .diff:
            make(
                function,
                [parameter("x", .additive), count],
                required: 1,
                .firstArgument,
                "x less its value n rows before (1 if absent); of timestamps, in nanoseconds."
            )
        case .cumsum: make(function, [number], .firstArgument, "The sum of all values up to the row.")
        case .sma:
            make(
                function,
                [number, count],
                .fixed(.float64),
                "The mean of the last n values; null until there are so many."
            )
        case .ema:
            make(
                function,
                [number, count],
                .fixed(.float64),
                "The exponential moving average with α = 2 / (n + 1), from the mean of the first n values on."
            )
        }
    }

    private static func parameter(
        _ name: String,
        _ accepts: FunctionSignature.Accepted
    ) -> FunctionSignature.Parameter {
        FunctionSignature.Parameter(name: name, accepts: accepts)
    }

    private static func make(
        _ function: Name,
        _ parameters: [FunctionSignature.Parameter],
        required: Int? = nil,
        _ result: FunctionSignature.ResultType,
        _ summary: String
    ) -> FunctionSignature {
        FunctionSignature(
            name: function.rawValue,
            function: .window(function),
            parameters: parameters,
            requiredCount: required ?? parameters.count,
            isVariadic: false,
            result: result,
            columns: [],
            summary: summary
        )
    }
}
