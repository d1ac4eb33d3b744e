import Columnar
import QueryLang

/// Which fold an aggregate is.
enum AggregateStates {
    /// The states of a call in all groups: the fold for its function and the types of its arguments.
    static func states(of call: AggregateCall) -> any GroupedFold {
        let type = call.arguments.first?.type ?? .int64
        switch call.function {
        case .count: return FoldGroups<CountFold>(.int64)
        case .sum: return isInteger(type) ? FoldGroups<WholeSumFold>(type) : FoldGroups<SumFold>(type)
        case .min: return smallest(type)
        case .max: return largest(type)
        case .avg: return FoldGroups<AverageFold>(.float64)
        case .first: return first(type)
        case .last: return last(type)
        case .firstRow: return FoldGroups<RowEndFold<FirstRow>>(type)
        case .lastRow: return FoldGroups<RowEndFold<LastRow>>(type)
        case .vwap: return FoldGroups<VWAPFold>(.float64)
        case .twap: return FoldGroups<TWAPFold>(.float64)
        case .ohlc: return FoldGroups<OHLCFold>(.float64)
        case .ohlcv: return FoldGroups<OHLCVFold>(.float64)
        case .sampleDeviation: return FoldGroups<VarianceFold<SampleDeviation>>(.float64)
        case .populationDeviation: return FoldGroups<VarianceFold<PopulationDeviation>>(.float64)
        case .sampleVariance: return FoldGroups<VarianceFold<SampleVariance>>(.float64)
        case .populationVariance: return FoldGroups<VarianceFold<PopulationVariance>>(.float64)
        case .sampleCovariance: return FoldGroups<CovarianceFold<SampleCovariance>>(.float64)
        case .populationCovariance: return FoldGroups<CovarianceFold<PopulationCovariance>>(.float64)
        case .correlation: return FoldGroups<CorrelationFold>(.float64)
        case .argMin: return FoldGroups<ArgMinFold>(type)
        case .argMax: return FoldGroups<ArgMaxFold>(type)
        case .median: return FoldGroups<MedianFold>(.float64)
        case .quantile: return FoldGroups<QuantileFold>(.float64)
        case .signedVolume: return FoldGroups<SignedVolumeFold>(.float64)
        case .tradeImbalance: return FoldGroups<TradeImbalanceFold>(.float64)
        case .kyleLambda: return FoldGroups<KyleLambdaFold>(.float64)
        case .amihud: return FoldGroups<AmihudFold>(.float64)
        case .rollSpread: return FoldGroups<RollSpreadFold>(.float64)
        case .quoteFlow: return FoldGroups<QuoteFlowFold>(.float64)
        case .vpin: return FoldGroups<VPINFold>(.float64)
        case .bulkVPIN: return FoldGroups<BulkVPINFold>(.float64)
        case .hawkesIntensity: return FoldGroups<HawkesIntensityFold>(.float64)
        case .corwinSchultz: return FoldGroups<BarPairFold<CorwinSchultz>>(.float64)
        case .abdiRanaldo: return FoldGroups<BarPairFold<AbdiRanaldo>>(.float64)
        case .countDistinct:
            return type.isText ? FoldGroups<TextCountDistinctFold>(.int64) : FoldGroups<CountDistinctFold>(.int64)
        default:
            let output = StatisticFolds.outputType(call.function, type)
            return StatisticFolds.use(call.function, GroupUse(type: output))
        }
    }

    private static func smallest(_ type: ColumnType) -> any GroupedFold {
        if isInteger(type) { return FoldGroups<IntegerMinFold>(type) }
        return type == .float64 ? FoldGroups<MinFold>(type) : FoldGroups<ScalarExtremeFold<Smallest>>(type)
    }

    private static func largest(_ type: ColumnType) -> any GroupedFold {
        if isInteger(type) { return FoldGroups<IntegerMaxFold>(type) }
        return type == .float64 ? FoldGroups<MaxFold>(type) : FoldGroups<ScalarExtremeFold<Largest>>(type)
    }

    private static func first(_ type: ColumnType) -> any GroupedFold {
        if isInteger(type) { return FoldGroups<FirstIntegerFold>(type) }
        return type == .float64 ? FoldGroups<FirstDoubleFold>(type) : FoldGroups<FirstFold>(type)
    }

    private static func last(_ type: ColumnType) -> any GroupedFold {
        if isInteger(type) { return FoldGroups<LastIntegerFold>(type) }
        return type == .float64 ? FoldGroups<LastDoubleFold>(type) : FoldGroups<LastFold>(type)
    }

    private static func isInteger(_ type: ColumnType) -> Bool { type == .int64 || type == .timestamp }
}

extension AggregateFunction {
    /// What the function gives over no row.
    var valueOfNothing: Scalar {
        switch self {
        case .count, .countDistinct, .approximateCountDistinct, .regressionCount, .countIf: .int64(0)
        default: .null
        }
    }

    /// Whether rows must come with their times: the fold looks at them, or needs them for the order.
    var needsTimes: Bool {
        switch self {
        case .first, .last, .firstRow, .lastRow, .twap, .ohlc, .ohlcv, .argMin, .argMax: true
        case .rollSpread, .quoteFlow, .vpin, .bulkVPIN, .hawkesIntensity, .corwinSchultz, .abdiRanaldo: true
        case .seasonalScore, .hayashiYoshida: true
        default: followsRows
        }
    }

    /// Whether the fold takes rows for what came one after the other, without a look at their times.
    var followsRows: Bool {
        switch self {
        case .autocorrelation, .stringAggregate, .maximumDrawdown, .realizedVariance, .realizedVolatility,
            .semivariance, .bipowerVariation, .jumpRatio, .minimumRealizedVariance, .medianRealizedVariance,
            .closeToClose, .ewmaVolatility, .yangZhang, .varianceRatio, .hurst, .detrendedFluctuation,
            .permutationEntropy, .halfLife, .zScore, .percentileRank, .ewmaCovariance, .ewmaCorrelation:
            true
        default: false
        }
    }

    /// Whether the fold must see the rows of all series by time: then states of different series cannot be merged.
    var needsTimeOrder: Bool {
        switch self {
        case .twap, .rollSpread, .quoteFlow, .vpin, .bulkVPIN, .hawkesIntensity, .corwinSchultz, .abdiRanaldo: true
        case .seasonalScore, .hayashiYoshida: true
        default: followsRows
        }
    }

    /// Whether states grow with the rows that they take.
    var holdsValues: Bool {
        switch self {
        case .median, .quantile, .countDistinct, .twap, .autocorrelation, .rankCorrelation, .mode, .entropy,
            .medianDeviation, .meanDeviation, .interquartileRange, .discreteQuantile, .approximateQuantile,
            .approximateCountDistinct, .stringAggregate, .vpin, .bulkVPIN:
            true
        case .varianceRatio, .hurst, .detrendedFluctuation, .permutationEntropy, .percentileRank, .seasonalScore,
            .hayashiYoshida:
            true
        default: false
        }
    }
}
