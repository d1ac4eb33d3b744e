import Columnar
import QueryLang

/// What is done with the fold of a function: the type is known inside, so that its loops are specialised.
protocol FoldUse {
    /// What comes of it.
    associatedtype Outcome
    /// Does it.
    func with<State: MergeableFold>(_ state: State.Type) -> Outcome
    /// Does it with a fold that takes rows back.
    func with<State: MergeableFold & WindowFold>(moving state: State.Type) -> Outcome
}

extension FoldUse {
    /// Does it as with any other.
    func with<State: MergeableFold & WindowFold>(moving state: State.Type) -> Outcome { with(state) }
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
    func with<State: MergeableFold & WindowFold>(moving state: State.Type) -> any WindowKernel {
        // Frames that only grow take rows in; those with a hole are folded anew.
        if frame.beginsWithPartition || frame.exclusion != .noOthers { return with(state) }
        return MovingFoldKernel<State>(type, checkpoint: checkpoint)
    }
}

/// Which fold each function of docs/functions/statistics.md is.
enum StatisticFolds {
    /// Uses the fold of a function.
    static func use<Use: FoldUse>(_ function: AggregateFunction, _ use: Use) -> Use.Outcome {
        switch function {
        case .sampleSkewness: use.with(moving: HigherMomentFold<SampleSkewness>.self)
        case .populationSkewness: use.with(moving: HigherMomentFold<PopulationSkewness>.self)
        case .sampleKurtosis: use.with(moving: HigherMomentFold<SampleKurtosis>.self)
        case .populationKurtosis: use.with(moving: HigherMomentFold<PopulationKurtosis>.self)
        case .regressionSlope: use.with(moving: RegressionFold<RegressionSlope>.self)
        case .regressionIntercept: use.with(moving: RegressionFold<RegressionIntercept>.self)
        case .regressionDetermination: use.with(moving: RegressionFold<RegressionDetermination>.self)
        case .regressionCount: use.with(moving: RegressionCountFold.self)
        case .regressionMeanX: use.with(moving: RegressionFold<RegressionMeanX>.self)
        case .regressionMeanY: use.with(moving: RegressionFold<RegressionMeanY>.self)
        case .regressionSquaresX: use.with(moving: RegressionFold<RegressionSquaresX>.self)
        case .regressionSquaresY: use.with(moving: RegressionFold<RegressionSquaresY>.self)
        case .regressionProducts: use.with(moving: RegressionFold<RegressionProducts>.self)
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
        case .geometricMean: use.with(moving: RowTermFold<GeometricMean>.self)
        case .harmonicMean: use.with(moving: RowTermFold<HarmonicMean>.self)
        case .product: use.with(ProductFold.self)
        case .standardError: use.with(moving: StandardErrorFold.self)
        case .valueRange: use.with(ValueRangeFold.self)
        case .sharpe: use.with(moving: SharpeFold.self)
        case .sortino: use.with(moving: SortinoFold.self)
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
        case .parkinson: use.with(moving: RowTermFold<Parkinson>.self)
        case .garmanKlass: use.with(moving: RowTermFold<GarmanKlass>.self)
        case .rogersSatchell: use.with(moving: RowTermFold<RogersSatchell>.self)
        case .yangZhang: use.with(YangZhangFold.self)
        case .varianceRatio: use.with(VarianceRatioFold.self)
        case .hurst: use.with(HeldSeriesFold<RescaledRange>.self)
        case .detrendedFluctuation: use.with(HeldSeriesFold<DetrendedFluctuation>.self)
        case .permutationEntropy: use.with(PermutationEntropyFold.self)
        case .halfLife: use.with(HalfLifeFold.self)
        case .zScore: use.with(moving: ZScoreFold.self)
        case .percentileRank: use.with(HeldSeriesFold<PercentileRank>.self)
        case .seasonalScore: use.with(SeasonalScoreFold.self)
        case .ewmaCovariance: use.with(EWMAComovementFold<EWMACovariance>.self)
        case .ewmaCorrelation: use.with(EWMAComovementFold<EWMACorrelation>.self)
        case .hayashiYoshida: use.with(HayashiYoshidaFold.self)
        case .boolAnd: use.with(moving: TruthFold<EveryTruth>.self)
        case .boolOr: use.with(moving: TruthFold<AnyTruth>.self)
        case .countIf: use.with(moving: TruthFold<CountIf>.self)
        case .bitAnd: use.with(BitFold<BitAnd>.self)
        case .bitOr: use.with(BitFold<BitOr>.self)
        case .bitXor: use.with(BitFold<BitXor>.self)
        case .stringAggregate: use.with(StringAggregateFold.self)
        case .count, .sum, .min, .max, .avg, .first, .last, .vwap, .twap, .ohlc, .ohlcv, .sampleDeviation,
            .populationDeviation, .sampleVariance, .populationVariance, .sampleCovariance, .populationCovariance,
            .correlation, .argMin, .argMax, .median, .quantile, .countDistinct, .signedVolume, .tradeImbalance,
            .kyleLambda, .amihud, .rollSpread, .quoteFlow, .vpin, .bulkVPIN, .hawkesIntensity, .corwinSchultz,
            .abdiRanaldo, .firstRow, .lastRow:
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
