import Columnar

/// What the functions of docs/functions/statistics.md take and give.
extension FunctionCatalog {
    /// Parameters that several of them have.
    private enum Shape {
        static let value = [parameter("value", .numeric)]
        static let any = [parameter("value", .any)]
        static let line = [parameter("y", .numeric), parameter("x", .numeric)]
        static let pair = [parameter("x", .numeric), parameter("y", .numeric)]
        static let lagged = [parameter("x", .numeric), parameter("lag", .integer)]
        static let quantile = [parameter("value", .numeric), parameter("fraction", .numeric)]
        static let returns = [parameter("r", .numeric)]
        static let price = [parameter("price", .numeric)]
        static let ewma = [parameter("price", .numeric), parameter("lambda", .numeric)]
        static let steps = [parameter("price", .numeric), parameter("q", .integer)]
        static let ordered = [parameter("x", .numeric), parameter("order", .integer)]
        static let seasonal = [parameter("value", .numeric), parameter("lambda", .numeric)]
        static let weightedPair = pair + [parameter("lambda", .numeric)]
        static let series = [parameter("x", .numeric)]
        static let range = [parameter("high", .numeric), parameter("low", .numeric)]
        static let bar = ["open", "high", "low", "close"].map { parameter($0, .numeric) }
        static let truth = [parameter("condition", .boolean)]
        static let integer = [parameter("value", .integer)]
        static let texts = [parameter("value", .text), parameter("separator", .text)]

        private static func parameter(
            _ name: String,
            _ accepts: FunctionSignature.Accepted
        ) -> FunctionSignature.Parameter {
            FunctionSignature.Parameter(name: name, accepts: accepts)
        }
    }

    /// What one of them takes and gives.
    static func statistic(_ function: AggregateFunction) -> FunctionSignature {
        let (parameters, result, summary) = details(of: function)
        return FunctionSignature(
            name: function.rawValue,
            function: .aggregate(function),
            parameters: parameters,
            requiredCount: hasOptionalEnd(function) ? parameters.count - 1 : parameters.count,
            isVariadic: false,
            result: result,
            columns: [],
            summary: summary
        )
    }

    /// Whether the last parameter may be left out.
    private static func hasOptionalEnd(_ function: AggregateFunction) -> Bool {
        function == .permutationEntropy || function == .seasonalScore
    }

    private static func details(
        of function: AggregateFunction
    ) -> ([FunctionSignature.Parameter], FunctionSignature.ResultType, String) {
        switch function {
        case .sampleSkewness:
            (
                Shape.value, .fixed(.float64),
                "Skewness of a sample (G₁), also `skew`; null of fewer than three values and of equal ones."
            )
        case .populationSkewness:
            (Shape.value, .fixed(.float64), "Skewness of a population (g₁), also `skewness_pop`; null of equal values.")
        case .sampleKurtosis:
            (
                Shape.value, .fixed(.float64),
                "Excess kurtosis of a sample (G₂), also `kurt`; null of fewer than four values and of equal ones."
            )
        case .populationKurtosis:
            (
                Shape.value, .fixed(.float64),
                "Excess kurtosis of a population (g₂), also `kurtosis_pop`; null of equal values."
            )
        case .regressionSlope:
            (
                Shape.line, .fixed(.float64),
                "Slope of the least squares line, also `beta`: covariance over the variance of x; null if all x are equal."
            )
        case .regressionIntercept:
            (Shape.line, .fixed(.float64), "Where the least squares line meets x = 0; null if all x are equal.")
        case .regressionDetermination:
            (Shape.line, .fixed(.float64), "Square of the correlation; null if all x are equal, 1 if only all y are.")
        case .regressionCount: (Shape.line, .fixed(.int64), "Rows in which y and x have a value.")
        case .regressionMeanX: (Shape.line, .fixed(.float64), "Mean of x where y has a value too.")
        case .regressionMeanY: (Shape.line, .fixed(.float64), "Mean of y where x has a value too.")
        case .regressionSquaresX: (Shape.line, .fixed(.float64), "Σ(x - mean)² where y has a value too.")
        case .regressionSquaresY: (Shape.line, .fixed(.float64), "Σ(y - mean)² where x has a value too.")
        case .regressionProducts: (Shape.line, .fixed(.float64), "Σ(x - mean)(y - mean).")
        case .autocorrelation:
            (Shape.lagged, .fixed(.float64), "Correlation of a value with the one `lag` rows before it.")
        case .rankCorrelation: (Shape.pair, .fixed(.float64), "Spearman's coefficient of correlation, also `spearman`.")
        case .mode: (Shape.any, .firstArgument, "Most frequent value, the smallest of several.")
        case .entropy: (Shape.any, .fixed(.float64), "Shannon's entropy of the frequencies of values, in bits.")
        case .medianDeviation: (Shape.value, .fixed(.float64), "Median of the distances to the median, not scaled.")
        case .meanDeviation: (Shape.value, .fixed(.float64), "Mean of the distances to the mean.")
        case .interquartileRange:
            (Shape.value, .fixed(.float64), "Upper quartile minus the lower one, both interpolated.")
        case .discreteQuantile:
            (
                Shape.quantile, .fixed(.float64),
                "Smallest value with at least a fraction (0 to 1) of the values at or below it, also `percentile_disc`."
            )
        case .approximateQuantile:
            (Shape.quantile, .fixed(.float64), "About the quantile, in bounded memory; exact up to 4,095 values.")
        case .approximateCountDistinct:
            (Shape.any, .fixed(.int64), "About how many different values, in bounded memory; exact up to 2,048.")
        case .geometricMean:
            (
                Shape.value, .fixed(.float64),
                "Exponential of the mean of logarithms, also `geomean`; NaN if a value is below 0."
            )
        case .harmonicMean: (Shape.value, .fixed(.float64), "Reciprocal of the mean of reciprocals.")
        case .product: (Shape.value, .fixed(.float64), "Product of the values, as doubles.")
        case .standardError:
            (Shape.value, .fixed(.float64), "Standard deviation of a sample over √n; null of one value.")
        case .valueRange:
            (Shape.value, .fixed(.float64), "Largest value minus the smallest, as doubles; NaN is skipped.")
        case .sharpe:
            (
                Shape.returns, .fixed(.float64),
                "Mean of returns over their standard deviation, per row; null if all are equal."
            )
        case .sortino:
            (
                Shape.returns, .fixed(.float64),
                "Mean of returns over the root of the mean square of those below 0, per row; null if there is none."
            )
        case .maximumDrawdown:
            (Shape.price, .fixed(.float64), "Largest share of a peak that was lost after it, from 0 up.")
        case .realizedVariance: (Shape.price, .fixed(.float64), "Σ of squares of logarithmic returns.")
        case .realizedVolatility: (Shape.price, .fixed(.float64), "Root of the Σ of squares of logarithmic returns.")
        case .semivariance: (Shape.price, .fixed(.float64), "Σ of squares of the logarithmic returns below 0.")
        case .bipowerVariation: (Shape.price, .fixed(.float64), "π/2 × Σ of products of neighbouring absolute returns.")
        case .jumpRatio:
            (Shape.price, .fixed(.float64), "Share of the realized variance that jumps make up, from 0 to 1.")
        case .minimumRealizedVariance:
            (Shape.price, .fixed(.float64), "Realized variance by the smaller of two neighbouring returns.")
        case .medianRealizedVariance:
            (Shape.price, .fixed(.float64), "Realized variance by the middle one of three neighbouring returns.")
        case .closeToClose: (Shape.price, .fixed(.float64), "Variance of a sample of logarithmic returns.")
        case .ewmaVolatility:
            (Shape.ewma, .fixed(.float64), "Root of the exponentially weighted mean of squared returns of RiskMetrics.")
        case .parkinson: (Shape.range, .fixed(.float64), "Variance per bar by Parkinson.")
        case .garmanKlass: (Shape.bar, .fixed(.float64), "Variance per bar by Garman and Klass.")
        case .rogersSatchell: (Shape.bar, .fixed(.float64), "Variance per bar by Rogers and Satchell.")
        case .yangZhang: (Shape.bar, .fixed(.float64), "Variance per bar by Yang and Zhang.")
        case .varianceRatio:
            (
                Shape.steps, .fixed(.float64),
                "Variance of returns over q rows over q times that of returns over one; 1 of a random walk."
            )
        case .hurst:
            (Shape.series, .fixed(.float64), "Exponent of Hurst by the rescaled range; null of fewer than 64 values.")
        case .detrendedFluctuation:
            (
                Shape.series, .fixed(.float64),
                "Exponent of detrended fluctuation analysis; null of fewer than 128 values."
            )
        case .permutationEntropy:
            (
                Shape.ordered, .fixed(.float64),
                "Entropy of the orders in which `order` (2 to 7, else 3) neighbours come, from 0 to 1."
            )
        case .halfLife:
            (
                Shape.series, .fixed(.float64),
                "Rows in which half of a distance to the mean is gone; null if nothing draws the values back."
            )
        case .zScore:
            (
                Shape.series, .fixed(.float64),
                "Distance of the last value to the mean, in standard deviations of a sample."
            )
        case .percentileRank:
            (
                Shape.series, .fixed(.float64),
                "Rank of the last value over the count; equal ones share the mean of theirs."
            )
        case .seasonalScore:
            (
                Shape.seasonal, .fixed(.float64),
                "The last value against the exponentially weighted earlier ones of its minute of the day, in deviations."
            )
        case .ewmaCovariance:
            (Shape.weightedPair, .fixed(.float64), "Exponentially weighted mean of products of returns of RiskMetrics.")
        case .ewmaCorrelation:
            (
                Shape.weightedPair, .fixed(.float64),
                "The same over the root of both mean squares; null if one side was always 0."
            )
        case .hayashiYoshida:
            (
                Shape.pair, .fixed(.float64),
                "Covariation of two prices told at times of their own: Σ of products of returns that overlap."
            )
        case .boolAnd: (Shape.truth, .fixed(.boolean), "Whether no value is false, also `every`.")
        case .boolOr: (Shape.truth, .fixed(.boolean), "Whether a value is true, also `any`.")
        case .countIf: (Shape.truth, .fixed(.int64), "How many values are true, also `countif`.")
        case .bitAnd: (Shape.integer, .fixed(.int64), "Bits that all values have.")
        case .bitOr: (Shape.integer, .fixed(.int64), "Bits that a value has.")
        case .bitXor: (Shape.integer, .fixed(.int64), "Bits that an odd number of values have.")
        case .stringAggregate:
            (
                Shape.texts, .fixed(.string),
                "Texts one after the other by time and arrival, with a separator between them."
            )
        case .count, .sum, .min, .max, .avg, .first, .last, .vwap, .twap, .ohlc, .ohlcv, .sampleDeviation,
            .populationDeviation, .sampleVariance, .populationVariance, .sampleCovariance, .populationCovariance,
            .correlation, .argMin, .argMax, .median, .quantile, .countDistinct, .signedVolume, .tradeImbalance,
            .kyleLambda, .amihud, .rollSpread, .quoteFlow, .vpin, .bulkVPIN, .hawkesIntensity, .corwinSchultz,
            .abdiRanaldo, .firstRow, .lastRow:
            preconditionFailure("BUG: \(function.rawValue) has a signature of its own")
        }
    }
}
