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
    /// Value of the first row in order of time and arrival, which may be null.
    case firstRow = "first_row"
    /// Value of the last row, which may be null.
    case lastRow = "last_row"
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
    /// `signed_volume(side, size)`: what buyers took less what sellers took.
    case signedVolume = "signed_volume"
    /// `trade_imbalance(side, size)`: the same over what both took.
    case tradeImbalance = "trade_imbalance"
    /// `kyle_lambda(price_change, signed_volume)`: slope of the first over the second.
    case kyleLambda = "kyle_lambda"
    /// `amihud(return, notional)`: mean of |return| / notional.
    case amihud
    /// `roll_spread(price)`: the spread that the bounce of prices explains.
    case rollSpread = "roll_spread"
    /// `ofi(bid, bid_size, ask, ask_size)`: order-flow imbalance between quotes.
    case quoteFlow = "ofi"
    /// `vpin(side, size, bucket_volume, [buckets])`: imbalance of buckets of equal volume.
    case vpin
    /// `vpin_bulk(price, size, bucket_volume, [buckets])`: the same where nobody says who took.
    case bulkVPIN = "vpin_bulk"
    /// `hawkes_intensity(side, taker, decay)`: trades of a side, those long ago counting less.
    case hawkesIntensity = "hawkes_intensity"
    /// `corwin_schultz(high, low, [close])`: the spread that ranges of bars explain.
    case corwinSchultz = "corwin_schultz"
    /// `abdi_ranaldo(high, low, close)`: the spread that closes and ranges of bars explain.
    case abdiRanaldo = "abdi_ranaldo"

    // docs/functions/statistics.md tells of these.
    /// `skewness(x)`: the third moment of a sample, G₁, as pandas has it.
    case sampleSkewness = "skewness"
    /// `skew_pop(x)`: the third moment of a population, g₁.
    case populationSkewness = "skew_pop"
    /// `kurtosis(x)`: the excess of the fourth moment of a sample, G₂, as pandas has it.
    case sampleKurtosis = "kurtosis"
    /// `kurt_pop(x)`: the excess of the fourth moment of a population, g₂.
    case populationKurtosis = "kurt_pop"
    /// `regr_slope(y, x)`: the slope of the least squares line.
    case regressionSlope = "regr_slope"
    /// `regr_intercept(y, x)`: where that line meets x = 0.
    case regressionIntercept = "regr_intercept"
    /// `regr_r2(y, x)`: the coefficient of determination.
    case regressionDetermination = "regr_r2"
    /// `regr_count(y, x)`: rows in which both have a value.
    case regressionCount = "regr_count"
    /// `regr_avgx(y, x)`: the mean of x over these rows.
    case regressionMeanX = "regr_avgx"
    /// `regr_avgy(y, x)`: the mean of y over these rows.
    case regressionMeanY = "regr_avgy"
    /// `regr_sxx(y, x)`: Σ(x - mean)².
    case regressionSquaresX = "regr_sxx"
    /// `regr_syy(y, x)`: Σ(y - mean)².
    case regressionSquaresY = "regr_syy"
    /// `regr_sxy(y, x)`: Σ(x - mean)(y - mean).
    case regressionProducts = "regr_sxy"
    /// `autocorr(x, lag)`: correlation with the value `lag` rows before.
    case autocorrelation = "autocorr"
    /// `rank_corr(x, y)`: Spearman's coefficient of correlation.
    case rankCorrelation = "rank_corr"
    /// The most frequent value, the smallest of several.
    case mode
    /// Shannon's entropy of the frequencies of values, in bits.
    case entropy
    /// `mad(x)`: the median distance to the median.
    case medianDeviation = "mad"
    /// `mean_abs_dev(x)`: the mean distance to the mean.
    case meanDeviation = "mean_abs_dev"
    /// `iqr(x)`: the upper quartile minus the lower one.
    case interquartileRange = "iqr"
    /// `quantile_disc(value, fraction)`: the smallest value with at least a fraction of the values at or below it.
    case discreteQuantile = "quantile_disc"
    /// `approx_quantile(value, fraction)`: about the quantile, in bounded memory.
    case approximateQuantile = "approx_quantile"
    /// About how many different values, in bounded memory.
    case approximateCountDistinct = "approx_count_distinct"
    /// The exponential of the mean of logarithms.
    case geometricMean = "geometric_mean"
    /// The reciprocal of the mean of reciprocals.
    case harmonicMean = "harmonic_mean"
    /// The product, as doubles.
    case product
    /// `sem(x)`: the standard error of the mean.
    case standardError = "sem"
    /// `value_range(x)`: the largest value minus the smallest.
    case valueRange = "value_range"
    /// `sharpe(r)`: the mean of returns over their standard deviation.
    case sharpe
    /// `sortino(r)`: the mean of returns over the root of the mean square of those below 0.
    case sortino
    /// `max_drawdown(price)`: the largest share of a peak that was lost after it.
    case maximumDrawdown = "max_drawdown"
    /// `realized_variance(price)`: the sum of squares of logarithmic returns.
    case realizedVariance = "realized_variance"
    /// `realized_volatility(price)`: its root.
    case realizedVolatility = "realized_volatility"
    /// `semivariance(price)`: the part of it that returns below 0 make up.
    case semivariance
    /// `bipower_variation(price)`: the variation that jumps hardly touch.
    case bipowerVariation = "bipower_variation"
    /// `jump_ratio(price)`: the share of the realized variance that jumps make up.
    case jumpRatio = "jump_ratio"
    /// `min_rv(price)`: realized variance by the smaller of two returns that follow each other.
    case minimumRealizedVariance = "min_rv"
    /// `med_rv(price)`: realized variance by the middle one of three.
    case medianRealizedVariance = "med_rv"
    /// `close_to_close(price)`: the variance of a sample of logarithmic returns.
    case closeToClose = "close_to_close"
    /// `ewma_volatility(price, lambda)`: the volatility of RiskMetrics.
    case ewmaVolatility = "ewma_volatility"
    /// `parkinson(high, low)`: variance per bar by the range.
    case parkinson
    /// `garman_klass(open, high, low, close)`: variance per bar by the range and the change.
    case garmanKlass = "garman_klass"
    /// `rogers_satchell(open, high, low, close)`: variance per bar without the drift.
    case rogersSatchell = "rogers_satchell"
    /// `yang_zhang(open, high, low, close)`: variance per bar without the drift, with the gaps between bars.
    case yangZhang = "yang_zhang"
    /// `variance_ratio(price, q)`: the variance of returns over q rows, over q times that of returns over one.
    case varianceRatio = "variance_ratio"
    /// `hurst(x)`: the exponent of Hurst, by the rescaled range.
    case hurst
    /// `dfa(x)`: the exponent of detrended fluctuation analysis.
    case detrendedFluctuation = "dfa"
    /// `permutation_entropy(x, [order])`: the entropy of the orders in which neighbours come.
    case permutationEntropy = "permutation_entropy"
    /// `half_life(x)`: the rows in which half of a distance to the mean is gone.
    case halfLife = "half_life"
    /// `zscore(x)`: the last value's distance to the mean in standard deviations.
    case zScore = "zscore"
    /// `percentile_rank(x)`: the last value's rank over the count.
    case percentileRank = "percentile_rank"
    /// `seasonal_zscore(value, [lambda])`: the last value against the earlier ones of its minute of the day.
    case seasonalScore = "seasonal_zscore"
    /// `ewma_cov(x, y, lambda)`: the covariance of RiskMetrics.
    case ewmaCovariance = "ewma_cov"
    /// `ewma_corr(x, y, lambda)`: the correlation of RiskMetrics.
    case ewmaCorrelation = "ewma_corr"
    /// `hayashi_yoshida(x, y)`: the covariation of prices that are not told at the same times.
    case hayashiYoshida = "hayashi_yoshida"
    /// Whether no value is false.
    case boolAnd = "bool_and"
    /// Whether a value is true.
    case boolOr = "bool_or"
    /// How many values are true.
    case countIf = "count_if"
    /// Bits that all values have.
    case bitAnd = "bit_and"
    /// Bits that a value has.
    case bitOr = "bit_or"
    /// Bits that an odd number of values have.
    case bitXor = "bit_xor"
    /// `string_agg(x, separator)`: the texts one after the other.
    case stringAggregate = "string_agg"

    /// Other names of the function, in small letters.
    public var aliases: [String] {
        switch self {
        case .sum: ["fsum", "kahan_sum", "nsum"]
        case .avg: ["mean", "favg"]
        case .first: ["first_not_null"]
        case .last: ["last_not_null"]
        case .vwap: ["weighted_avg"]
        case .sampleDeviation: ["stddev"]
        case .sampleVariance: ["variance"]
        case .quantile: ["quantile_cont", "percentile_cont"]
        case .discreteQuantile: ["percentile_disc"]
        case .sampleSkewness: ["skew"]
        case .populationSkewness: ["skewness_pop"]
        case .sampleKurtosis: ["kurt"]
        case .populationKurtosis: ["kurtosis_pop"]
        case .regressionSlope: ["beta"]
        case .rankCorrelation: ["spearman"]
        case .geometricMean: ["geomean"]
        case .boolAnd: ["every"]
        case .boolOr: ["any"]
        case .countIf: ["countif"]
        default: []
        }
    }
}
