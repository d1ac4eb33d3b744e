/// The aggregate functions.
///
/// docs/aggregates.md says what each makes of null, NaN and infinities, and how large its error can be.
public enum AggregateFunction: String, Sendable, Hashable, CaseIterable {
    /// Rows, or values that are not null.
    case count
    /// Sum: exact for int64 and decimals.
    case sum
    /// Smallest value; NaN is skipped.
    case min
    /// Largest value; NaN is skipped.
    case max
    /// Sum over count, float64.
    case avg
    /// First value in order of time and arrival that is not null.
    case first
    /// Last such value.
    case last
    /// `vwap(price, size)`: Σ price × size / Σ size; null if Σ size is 0.
    case vwap
    /// `twap(price)`: the price weighted by the time until the next one.
    case twap
    /// `ohlc(price)`: four outputs open, high, low, close.
    case ohlc
    /// `ohlcv(price, size)`: five outputs open, high, low, close, volume.
    case ohlcv
    /// Standard deviation of a sample: the divisor of the variance is n - 1.
    case sampleDeviation = "stddev_samp"
    /// Standard deviation of a population: the divisor is n.
    case populationDeviation = "stddev_pop"
    /// Variance of a sample.
    case sampleVariance = "var_samp"
    /// Variance of a population.
    case populationVariance = "var_pop"
    /// `covar_samp(x, y)`: covariance of a sample.
    case sampleCovariance = "covar_samp"
    /// `covar_pop(x, y)`: covariance of a population.
    case populationCovariance = "covar_pop"
    /// `corr(x, y)`: Pearson's coefficient of correlation.
    case correlation = "corr"
    /// `arg_min(value, by)`: the value in the row where `by` is smallest.
    case argMin = "arg_min"
    /// `arg_max(value, by)`: the value in the row where `by` is largest.
    case argMax = "arg_max"
    /// The number in the middle.
    case median
    /// `quantile(value, fraction)`: the number below which a fraction of the values lies.
    case quantile
    /// How many different values.
    case countDistinct = "count_distinct"

    /// Other names of the function, in small letters.
    public var aliases: [String] {
        switch self {
        case .avg: ["mean"]
        case .first: ["first_value"]
        case .last: ["last_value"]
        case .sampleDeviation: ["stddev"]
        case .sampleVariance: ["variance"]
        case .count, .sum, .min, .max, .vwap, .twap, .ohlc, .ohlcv, .populationDeviation, .populationVariance,
            .sampleCovariance, .populationCovariance, .correlation, .argMin, .argMax, .median, .quantile,
            .countDistinct:
            []
        }
    }
}
