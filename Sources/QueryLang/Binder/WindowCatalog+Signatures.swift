import Columnar

extension WindowCatalog {
    /// What a function takes and gives.
    public static func signature(of function: Name) -> FunctionSignature {
        switch function {
        case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile: place(function)
        case .firstValue, .lastValue, .nthValue, .compensatedSum: overFrame(function)
        case .lag, .lead, .diff, .cumsum, .sma, .ema: step(function)
        }
    }

    /// Functions of the place of a row in its partition.
    private static func place(_ function: Name) -> FunctionSignature {
        switch function {
        case .rank:
            make(function, [], .fixed(.int64), "The number of the first row that is equal in ORDER BY.")
        case .denseRank:
            make(function, [], .fixed(.int64), "The number of the group of rows that are equal in ORDER BY, from 1.")
        case .percentRank:
            make(function, [], .fixed(.float64), "(rank − 1) / (rows of the partition − 1); 0 of a single row.")
        case .cumulativeDistribution:
            make(function, [], .fixed(.float64), "The share of rows that are not after the row in ORDER BY.")
        case .tile:
            make(
                function,
                [parameter("n", .integer)],
                .fixed(.int64),
                "Which of n parts of the partition the row is in, from 1; larger parts come first."
            )
        default: make(function, [], .fixed(.int64), "The number of the row in its partition, from 1.")
        }
    }

    /// Functions of the rows of a frame.
    private static func overFrame(_ function: Name) -> FunctionSignature {
        let value = parameter("x", .any)
        return switch function {
        case .firstValue:
            make(function, [value], .firstArgument, "The value of the first row of the frame, null or not.")
        case .lastValue:
            make(function, [value], .firstArgument, "The value of the last row of the frame, null or not.")
        case .nthValue:
            make(
                function,
                [value, parameter("n", .integer)],
                .firstArgument,
                "The value of the n-th row of the frame, null or not; null if it has fewer."
            )
        default:
            make(
                function,
                [parameter("x", .numeric)],
                .fixed(.float64),
                "The sum of the values as float64, with compensation for what rounding loses."
            )
        }
    }

    /// Functions of one row after the other.
    private static func step(_ function: Name) -> FunctionSignature {
        let value = parameter("x", .any)
        let number = parameter("x", .numeric)
        let count = parameter("n", .integer)
        return switch function {
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
        default:
            make(
                function,
                [value, count, parameter("default", .any)],
                required: 1,
                .firstArgument,
                "The value n rows before (1 if absent), or the default where there is none."
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
