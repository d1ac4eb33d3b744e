public import Columnar

/// What a function is called, takes, gives and means.
public struct FunctionSignature: Sendable, Hashable {
    /// Which function it is.
    public enum Function: Sendable, Hashable {
        /// Folds the rows of a group.
        case aggregate(AggregateFunction)
        /// Computes a value from values of one row.
        case scalar(ScalarFunction)
        /// Looks at the rows around a row.
        case window(WindowCatalog.Name)
        /// Goes on from row to row: an output of an indicator, by index, or nil for all of several.
        case indicator(IndicatorFunction, output: Int?)
    }

    /// What a parameter takes. NULL fits everywhere.
    public enum Accepted: String, Sendable, Hashable {
        /// Any type.
        case any
        /// int64 or float64.
        case numeric
        /// int64.
        case integer = "int64"
        /// int64, float64 or timestamp.
        case additive = "numeric or timestamp"
        /// symbol or string.
        case text
        /// timestamp; a constant text is read as one.
        case timestamp
        /// boolean.
        case boolean
        /// Text that says who took, or a number whose sign does.
        case taker = "text ('buy' or 'sell') or a number"

        /// Whether values of the type fit.
        public func accepts(_ type: ColumnType) -> Bool {
            switch self {
            case .any: true
            case .numeric: type.isNumeric
            case .integer: type == .int64
            case .additive: type.isNumeric || type == .timestamp
            case .text: type.isText
            case .timestamp: type == .timestamp
            case .boolean: type == .boolean
            case .taker: type.isNumeric || type.isText
            }
        }

        /// The type that NULL has where it would not fit as it is.
        var nullType: ColumnType {
            switch self {
            case .any, .text, .taker: .string
            case .numeric, .additive: .float64
            case .integer: .int64
            case .timestamp: .timestamp
            case .boolean: .boolean
            }
        }
    }

    /// One parameter.
    public struct Parameter: Sendable, Hashable {
        /// Its name, for messages and documentation.
        public let name: String
        /// What it takes.
        public let accepts: Accepted
    }

    /// The type of a result.
    public enum ResultType: Sendable, Hashable {
        /// Always the same.
        case fixed(ColumnType)
        /// That of the first argument.
        case firstArgument
        /// What all arguments can be turned into.
        case common
    }

    /// The name, in small letters.
    public let name: String
    /// Which function it is.
    public let function: Function
    /// The parameters.
    public let parameters: [Parameter]
    /// How many of ``parameters`` must be given.
    public let requiredCount: Int
    /// Whether the last parameter may be given again and again.
    public let isVariadic: Bool
    /// The type of the result.
    public let result: ResultType
    /// Names of the columns that a call expands to; empty for a call that gives one value.
    public let columns: [String]
    /// One sentence.
    public let summary: String

    /// The call with its parameters, `vwap(price, size)`.
    public var text: String {
        var parts = parameters.enumerated().map { $0.offset < requiredCount ? $0.element.name : "[\($0.element.name)]" }
        if isVariadic { parts.append("…") }
        return "\(name)(\(parts.joined(separator: ", ")))"
    }
}

/// All functions of the language.
public enum FunctionCatalog {
    /// The aggregate functions.
    public static let aggregates: [FunctionSignature] = AggregateFunction.allCases.map(signature)
    /// The scalar functions.
    public static let scalars: [FunctionSignature] = ScalarCatalog.all
    /// All functions.
    public static let all: [FunctionSignature] = aggregates + scalars

    private static let byName: [String: FunctionSignature] = {
        var functions = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
        for function in AggregateFunction.allCases {
            for alias in function.aliases { functions[alias] = signature(of: function) }
        }
        for (alias, function) in ScalarFunction.aliases { functions[alias] = functions[function.rawValue] }
        return functions
    }()

    /// The function of this name or alias, without regard to case.
    public static func function(named name: String) -> FunctionSignature? { byName[name.lowercased()] }

    /// What an aggregate function takes and gives.
    public static func signature(of function: AggregateFunction) -> FunctionSignature {
        let value = [parameter("value", .numeric)]
        let any = [parameter("value", .any)]
        let traded = [parameter("price", .numeric), parameter("size", .numeric)]
        let pair = [parameter("x", .numeric), parameter("y", .numeric)]
        let ranked = [parameter("value", .any), parameter("by", .any)]
        return switch function {
        case .count:
            make(function, any, required: 0, .fixed(.int64), "Rows; with an argument, values that are not null.")
        case .sum: make(function, value, .firstArgument, "Sum of the values; exact for int64 and decimals.")
        case .min:
            make(function, any, .firstArgument, "Smallest value; NaN is skipped, text goes by its UTF-8 bytes.")
        case .max:
            make(function, any, .firstArgument, "Largest value; NaN is skipped, text goes by its UTF-8 bytes.")
        case .avg: make(function, value, .fixed(.float64), "Sum of the values over their count, also `mean`.")
        case .first: make(function, any, .firstArgument, "First value that is not null, by time and arrival.")
        case .last: make(function, any, .firstArgument, "Last value that is not null, by time and arrival.")
        case .firstRow: make(function, any, .firstArgument, "Value of the first row by time and arrival, null or not.")
        case .lastRow: make(function, any, .firstArgument, "Value of the last row by time and arrival, null or not.")
        case .vwap:
            make(function, traded, .fixed(.float64), "Σ price × size / Σ size; null if Σ size is 0.")
        case .twap:
            make(
                function,
                [traded[0]],
                .fixed(.float64),
                "Price weighted by the time until the next; the last has none."
            )
        case .ohlc:
            make(
                function,
                [traded[0]],
                .fixed(.float64),
                columns: ["open", "high", "low", "close"],
                "First, largest, smallest and last price."
            )
        case .sampleDeviation:
            make(function, value, .fixed(.float64), "Standard deviation of a sample, also `stddev`; null of one value.")
        case .populationDeviation: make(function, value, .fixed(.float64), "Standard deviation of a population.")
        case .sampleVariance:
            make(function, value, .fixed(.float64), "Variance of a sample, also `variance`; null of one value.")
        case .populationVariance: make(function, value, .fixed(.float64), "Variance of a population.")
        case .sampleCovariance:
            make(function, pair, .fixed(.float64), "Covariance of a sample; null of one row.")
        case .populationCovariance: make(function, pair, .fixed(.float64), "Covariance of a population.")
        case .correlation:
            make(
                function,
                pair,
                .fixed(.float64),
                "Pearson's coefficient of correlation; null if all x or all y are equal."
            )
        case .argMin:
            make(function, ranked, .firstArgument, "Value in the row where `by` is smallest; the first of several.")
        case .argMax:
            make(function, ranked, .firstArgument, "Value in the row where `by` is largest; the first of several.")
        case .median: make(function, value, .fixed(.float64), "The number in the middle, or the mean of both.")
        case .quantile:
            make(
                function,
                value + [parameter("fraction", .numeric)],
                .fixed(.float64),
                "The number below which a fraction (0 to 1) of the values lies, interpolated between two."
            )
        case .countDistinct: make(function, any, .fixed(.int64), "How many different values; all NaN are one.")
        case .ohlcv:
            make(
                function,
                traded,
                .fixed(.float64),
                columns: ["open", "high", "low", "close", "volume"],
                "First, largest, smallest and last price, and Σ size."
            )
        case .signedVolume, .tradeImbalance, .kyleLambda, .amihud, .rollSpread, .quoteFlow, .vpin, .bulkVPIN,
            .hawkesIntensity, .corwinSchultz, .abdiRanaldo:
            MicrostructureCatalog.signature(of: function)
        default: statistic(function)
        }
    }

    private static func parameter(
        _ name: String,
        _ accepts: FunctionSignature.Accepted
    ) -> FunctionSignature.Parameter {
        FunctionSignature.Parameter(name: name, accepts: accepts)
    }

    private static func make(
        _ function: AggregateFunction,
        _ parameters: [FunctionSignature.Parameter],
        required: Int? = nil,
        _ result: FunctionSignature.ResultType,
        columns: [String] = [],
        _ summary: String
    ) -> FunctionSignature {
        FunctionSignature(
            name: function.rawValue,
            function: .aggregate(function),
            parameters: parameters,
            requiredCount: required ?? parameters.count,
            isVariadic: false,
            result: result,
            columns: columns,
            summary: summary
        )
    }
}
