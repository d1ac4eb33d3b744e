import Columnar
import QueryLang

/// What is done with the fold of a function: the type is known inside, so that its loops are specialised.
protocol FoldUse {
    /// What comes of it.
    associatedtype Outcome
    /// Does it.
    func with<State: MergeableFold>(_ state: State.Type) -> Outcome
}

/// Makes the states of groups.
struct GroupUse: FoldUse {
    /// The type of the outputs.
    let type: ColumnType
    func with<State: MergeableFold>(_ state: State.Type) -> any GroupedFold { FoldGroups<State>(type) }
}

/// Makes the kernel of a window.
struct WindowUse: FoldUse {
    /// The type of the output.
    let type: ColumnType
    let frame: WindowFrame
    let checkpoint: () throws(QueryError) -> Void
    func with<State: MergeableFold>(_ state: State.Type) -> any WindowKernel {
        FoldKernel<State>(type, frame, checkpoint: checkpoint)
    }
}

/// Which fold each function of docs/functions/statistics.md is.
enum StatisticFolds {
    /// Uses the fold of a function.
    static func use<Use: FoldUse>(_ function: AggregateFunction, _ use: Use) -> Use.Outcome {
        switch function {
        case .sampleSkewness: use.with(HigherMomentFold<SampleSkewness>.self)
        case .populationSkewness: use.with(HigherMomentFold<PopulationSkewness>.self)
        case .sampleKurtosis: use.with(HigherMomentFold<SampleKurtosis>.self)
        case .populationKurtosis: use.with(HigherMomentFold<PopulationKurtosis>.self)
        case .regressionSlope: use.with(RegressionFold<RegressionSlope>.self)
        case .regressionIntercept: use.with(RegressionFold<RegressionIntercept>.self)
        case .regressionDetermination: use.with(RegressionFold<RegressionDetermination>.self)
        case .regressionCount: use.with(RegressionCountFold.self)
        case .regressionMeanX: use.with(RegressionFold<RegressionMeanX>.self)
        case .regressionMeanY: use.with(RegressionFold<RegressionMeanY>.self)
        case .regressionSquaresX: use.with(RegressionFold<RegressionSquaresX>.self)
        case .regressionSquaresY: use.with(RegressionFold<RegressionSquaresY>.self)
        case .regressionProducts: use.with(RegressionFold<RegressionProducts>.self)
        case .autocorrelation: use.with(AutocorrelationFold.self)
        case .rankCorrelation: use.with(RankCorrelationFold.self)
        case .mode: use.with(FrequencyFold<Mode>.self)
        case .entropy: use.with(FrequencyFold<Entropy>.self)
        case .medianDeviation: use.with(HeldStatisticFold<MedianDeviation>.self)
        case .meanDeviation: use.with(HeldStatisticFold<MeanDeviation>.self)
        case .interquartileRange: use.with(HeldStatisticFold<InterquartileRange>.self)
        case .discreteQuantile: use.with(FractionFold<DiscreteQuantile>.self)
        case .approximateQuantile: use.with(FractionFold<QuantileSketch>.self)
        case .approximateCountDistinct: use.with(ApproximateCountDistinctFold.self)
        case .geometricMean: use.with(RowTermFold<GeometricMean>.self)
        case .harmonicMean: use.with(RowTermFold<HarmonicMean>.self)
        case .product: use.with(ProductFold.self)
        case .standardError: use.with(StandardErrorFold.self)
        case .valueRange: use.with(ValueRangeFold.self)
        case .sharpe: use.with(SharpeFold.self)
        case .sortino: use.with(SortinoFold.self)
        case .maximumDrawdown: use.with(MaximumDrawdownFold.self)
        case .realizedVariance: use.with(ReturnFold<RealizedVariance>.self)
        case .realizedVolatility: use.with(ReturnFold<RealizedVolatility>.self)
        case .semivariance: use.with(ReturnFold<Semivariance>.self)
        case .bipowerVariation: use.with(ReturnFold<BipowerVariation>.self)
        case .jumpRatio: use.with(JumpRatioFold.self)
        case .minimumRealizedVariance: use.with(ReturnFold<MinimumRealizedVariance>.self)
        case .medianRealizedVariance: use.with(ReturnFold<MedianRealizedVariance>.self)
        case .closeToClose: use.with(CloseToCloseFold.self)
        case .ewmaVolatility: use.with(EWMAVolatilityFold.self)
        case .parkinson: use.with(RowTermFold<Parkinson>.self)
        case .garmanKlass: use.with(RowTermFold<GarmanKlass>.self)
        case .rogersSatchell: use.with(RowTermFold<RogersSatchell>.self)
        case .yangZhang: use.with(YangZhangFold.self)
        case .boolAnd: use.with(TruthFold<EveryTruth>.self)
        case .boolOr: use.with(TruthFold<AnyTruth>.self)
        case .countIf: use.with(TruthFold<CountIf>.self)
        case .bitAnd: use.with(BitFold<BitAnd>.self)
        case .bitOr: use.with(BitFold<BitOr>.self)
        case .bitXor: use.with(BitFold<BitXor>.self)
        case .stringAggregate: use.with(StringAggregateFold.self)
        case .count, .sum, .min, .max, .avg, .first, .last, .vwap, .twap, .ohlc, .ohlcv, .sampleDeviation,
            .populationDeviation, .sampleVariance, .populationVariance, .sampleCovariance, .populationCovariance,
            .correlation, .argMin, .argMax, .median, .quantile, .countDistinct, .signedVolume, .tradeImbalance,
            .kyleLambda, .amihud, .rollSpread, .quoteFlow, .vpin, .firstRow, .lastRow:
            preconditionFailure("BUG: \(function.rawValue) has a fold of its own")
        }
    }

    /// The type of the outputs over arguments of which the first has a type.
    static func outputType(_ function: AggregateFunction, _ type: ColumnType) -> ColumnType {
        switch FunctionCatalog.signature(of: function).result {
        case .fixed(let fixed): fixed
        case .firstArgument, .common: type
        }
    }
}
