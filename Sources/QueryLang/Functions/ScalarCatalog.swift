import Columnar

/// What the scalar functions take and give, a list for each family.
enum ScalarCatalog {
    typealias Parameter = FunctionSignature.Parameter

    /// All that can be called by name.
    static let all: [FunctionSignature] =
        numbers + choices + texts + fields + times + MicrostructureCatalog.scalars

    static func parameter(_ name: String, _ accepts: FunctionSignature.Accepted) -> Parameter {
        Parameter(name: name, accepts: accepts)
    }

    static func entry(
        _ function: ScalarFunction,
        _ parameters: [Parameter],
        optional: Int = 0,
        isVariadic: Bool = false,
        _ result: FunctionSignature.ResultType,
        _ summary: String
    ) -> FunctionSignature {
        FunctionSignature(
            name: function.rawValue,
            function: .scalar(function),
            parameters: parameters,
            requiredCount: parameters.count - optional,
            isVariadic: isVariadic,
            result: result,
            columns: [],
            summary: summary
        )
    }

    private static let x = [parameter("x", .numeric)]

    private static func double(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, x, .fixed(.float64), summary)
    }

    private static func rounded(_ function: ScalarFunction, _ summary: String) -> FunctionSignature {
        entry(function, x + [parameter("digits", .integer)], optional: 1, .firstArgument, summary)
    }

    private static let numbers: [FunctionSignature] = [
        entry(.abs, x, .firstArgument, "Absolute value."),
        entry(.sign, x, .firstArgument, "-1, 0 or 1, as x is negative, zero or positive."),
        double(.sqrt, "Square root."),
        double(.cbrt, "Cube root."),
        double(.exp, "e to the power of x."),
        double(.ln, "Natural logarithm."),
        double(.log, "Logarithm to base 10."),
        double(.log2, "Logarithm to base 2."),
        double(.log10, "Logarithm to base 10."),
        entry(.pow, x + [parameter("y", .numeric)], .fixed(.float64), "x to the power of y, also `power`."),
        entry(.mod, x + [parameter("y", .numeric)], .common, "Remainder of x / y, with the sign of x, as `x % y`."),
        entry(.floor, x, .firstArgument, "Largest integer not above x."),
        entry(.ceil, x, .firstArgument, "Smallest integer not below x, also `ceiling`."),
        rounded(.round, "x rounded to a number of decimal digits (0 if absent), half away from zero."),
        rounded(.roundHalfEven, "x rounded to a number of decimal digits, half to the even digit."),
        rounded(.roundUp, "x rounded to a number of decimal digits, away from zero."),
        rounded(.roundDown, "x rounded to a number of decimal digits, towards zero."),
        rounded(.trunc, "x cut off after a number of decimal digits, also `truncate`."),
        double(.sin, "Sine of an angle in radians."),
        double(.cos, "Cosine of an angle in radians."),
        double(.tan, "Tangent of an angle in radians."),
        double(.cot, "Cotangent of an angle in radians."),
        double(.asin, "Angle in radians whose sine is x; NaN outside of -1 to 1."),
        double(.acos, "Angle in radians whose cosine is x; NaN outside of -1 to 1."),
        double(.atan, "Angle in radians whose tangent is x."),
        entry(.atan2, [parameter("y", .numeric)] + x, .fixed(.float64), "Angle in radians of the point (x, y)."),
        double(.sinh, "Hyperbolic sine."),
        double(.cosh, "Hyperbolic cosine."),
        double(.tanh, "Hyperbolic tangent."),
        double(.degrees, "Radians as degrees."),
        double(.radians, "Degrees as radians."),
        entry(.pi, [], .fixed(.float64), "π."),
        entry(.isNaN, x, .fixed(.boolean), "Whether x is NaN."),
        entry(.isFinite, x, .fixed(.boolean), "Whether x is neither NaN nor an infinity."),
        entry(.isInfinite, x, .fixed(.boolean), "Whether x is an infinity."),
    ]

    private static let values = [parameter("value", .any)]

    private static let choices: [FunctionSignature] = [
        entry(.coalesce, values, isVariadic: true, .common, "The first argument that is not null, also `ifnull`."),
        entry(.nullif, [parameter("x", .any), parameter("y", .any)], .firstArgument, "Null if x equals y, else x."),
        entry(.greatest, values, isVariadic: true, .common, "The largest argument; null ones are skipped."),
        entry(.least, values, isVariadic: true, .common, "The smallest argument; null ones are skipped."),
        entry(
            .if,
            [parameter("condition", .boolean), parameter("then", .any), parameter("else", .any)],
            .common,
            "`then` where the condition is true, else `else`; also `iif`."
        ),
    ]
}
