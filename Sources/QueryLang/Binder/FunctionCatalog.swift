public import Columnar

/// What a function is called, takes, gives and means.
public struct FunctionSignature: Sendable, Hashable {
    /// Which function it is.
    public enum Function: Sendable, Hashable {
        /// Folds the rows of a group.
        case aggregate(AggregateFunction)
        /// Computes a value from values of one row.
        case scalar(ScalarFunction)
    }

    /// What a parameter takes. NULL fits everywhere.
    public enum Accepted: String, Sendable, Hashable {
        /// Any type.
        case any
        /// int64 or float64.
        case numeric
        /// int64.
        case integer = "int64"

        /// Whether values of the type fit.
        public func accepts(_ type: ColumnType) -> Bool {
            switch self {
            case .any: true
            case .numeric: type.isNumeric
            case .integer: type == .int64
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
    public static let scalars: [FunctionSignature] = ScalarFunction.allCases.map(signature)
    /// All functions.
    public static let all: [FunctionSignature] = aggregates + scalars

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The function of this name, without regard to case.
    public static func function(named name: String) -> FunctionSignature? { byName[name.lowercased()] }

    /// What an aggregate function takes and gives.
    public static func signature(of function: AggregateFunction) -> FunctionSignature {
        let value = [parameter("value", .numeric)]
        let any = [parameter("value", .any)]
        let traded = [parameter("price", .numeric), parameter("size", .numeric)]
        return switch function {
        case .count:
            make(function, any, required: 0, .fixed(.int64), "Rows; with an argument, values that are not null.")
        case .sum: make(function, value, .firstArgument, "Sum of the values; exact for int64 and decimals.")
        case .min:
            make(function, any, .firstArgument, "Smallest value; NaN is skipped, text goes by its UTF-8 bytes.")
        case .max:
            make(function, any, .firstArgument, "Largest value; NaN is skipped, text goes by its UTF-8 bytes.")
        case .avg: make(function, value, .fixed(.float64), "Sum of the values over their count.")
        case .first: make(function, any, .firstArgument, "First value that is not null, by time and arrival.")
        case .last: make(function, any, .firstArgument, "Last value that is not null, by time and arrival.")
        case .vwap:
            make(function, traded, .fixed(.float64), "Σ price × size / Σ size; null if Σ size is 0.")
        case .ohlcv:
            make(
                function,
                traded,
                .fixed(.float64),
                columns: ["open", "high", "low", "close", "volume"],
                "First, largest, smallest and last price, and Σ size."
            )
        }
    }

    /// What a scalar function takes and gives.
    public static func signature(of function: ScalarFunction) -> FunctionSignature {
        let number = [parameter("x", .numeric)]
        return switch function {
        case .abs: make(function, number, .firstArgument, "Absolute value.")
        case .sqrt: make(function, number, .fixed(.float64), "Square root.")
        case .ln: make(function, number, .fixed(.float64), "Natural logarithm.")
        case .exp: make(function, number, .fixed(.float64), "e to the power of x.")
        case .floor: make(function, number, .firstArgument, "Largest integer not above x.")
        case .ceil: make(function, number, .firstArgument, "Smallest integer not below x.")
        case .round:
            make(
                function,
                number + [parameter("digits", .integer)],
                required: 1,
                .firstArgument,
                "x rounded to a number of decimal digits (0 if absent), half away from zero."
            )
        case .coalesce:
            FunctionSignature(
                name: function.rawValue,
                function: .scalar(function),
                parameters: [parameter("value", .any)],
                requiredCount: 1,
                isVariadic: true,
                result: .common,
                columns: [],
                summary: "The first argument that is not null."
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

    private static func make(
        _ function: ScalarFunction,
        _ parameters: [FunctionSignature.Parameter],
        required: Int? = nil,
        _ result: FunctionSignature.ResultType,
        _ summary: String
    ) -> FunctionSignature {
        FunctionSignature(
            name: function.rawValue,
            function: .scalar(function),
            parameters: parameters,
            requiredCount: required ?? parameters.count,
            isVariadic: false,
            result: result,
            columns: [],
            summary: summary
        )
    }
}
