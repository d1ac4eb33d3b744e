import Columnar
import QueryLang

extension WindowCall {
    /// Makes what computes the call.
    func kernel(checkpoint: @escaping () throws(QueryError) -> Void) -> any WindowKernel {
        switch function {
        case .aggregate(let function): aggregateKernel(function, checkpoint)
        case .rowNumber: RowNumberKernel()
        case .rank: RankKernel(.rank)
        case .denseRank: RankKernel(.dense)
        case .percentRank: RankKernel(.percent)
        case .cumulativeDistribution: RankKernel(.cumulative)
        case .tile(let count): TileKernel(count: count)
        case .firstValue:
            if frame.beginsWithPartition, frame.exclusion == .noOthers {
                FirstOfPartitionKernel(type, takesNulls: true)
            } else {
                PickKernel(type, .first, skipsNulls: false, frame)
            }
        case .lastValue: PickKernel(type, .last, skipsNulls: false, frame)
        case .nthValue(let number): PickKernel(type, .number(number), skipsNulls: false, frame)
        case .nthPresentValue(let number): PickKernel(type, .number(number), skipsNulls: true, frame)
        case .lag, .lead: ShiftKernel(type)
        case .presentLag(let offset):
            if offset == 0 { ShiftKernel(type) } else { PresentShiftKernel(type, -offset) }
        case .presentLead(let offset):
            if offset == 0 { ShiftKernel(type) } else { PresentShiftKernel(type, offset) }
        case .difference: DifferenceKernel(type)
        case .cumulativeSum: isInteger ? IntegerSumKernel(type, kernelFrame) : SumKernel(.sum, kernelFrame)
        case .simpleMovingAverage(let count): MovingAverageKernel(count: count)
        case .exponentialMovingAverage(let count): ExponentialAverageKernel(count: count)
        case .indicator(let call): IndicatorKernel(call.makeMachine(), output: call.output, type)
        }
    }

    private var argumentType: ColumnType { arguments.first?.type ?? .int64 }

    private var isInteger: Bool { argumentType == .int64 || argumentType == .timestamp }

    private func aggregateKernel(
        _ function: AggregateFunction,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        if frame.isEmpty { return EmptyFrameKernel(type, value: function.valueOfNothing) }
        if frame.exclusion != .noOthers { return holedKernel(function, checkpoint) }
        switch function {
        case .count: return CountKernel()
        case .sum: return isInteger ? IntegerSumKernel(type, frame) : SumKernel(.sum, frame)
        case .avg: return SumKernel(.mean, frame)
        case .min:
            if isInteger { return IntegerMinKernel(type, frame) }
            if argumentType == .float64 { return MinKernel(type, frame) }
        case .max:
            if isInteger { return IntegerMaxKernel(type, frame) }
            if argumentType == .float64 { return MaxKernel(type, frame) }
        case .first:
            if frame.beginsWithPartition { return FirstOfPartitionKernel(type) }
            return FirstLastKernel(type, isFirst: true, frame)
        case .last: return FirstLastKernel(type, isFirst: false, frame)
        default: break
        }
        if let fraction = quantileFraction(function) { return QuantileKernel(fraction: fraction) }
        // One state takes the rows of frames that only grow.
        if frame.beginsWithPartition { return foldKernel(function, checkpoint) }
        switch function {
        case .min, .argMin: return ExtremeRowKernel<Smallest>(type)
        case .max, .argMax: return ExtremeRowKernel<Largest>(type)
        case .countDistinct: return DistinctCountKernel()
        default: return foldKernel(function, checkpoint)
        }
    }

    /// The fraction of a quantile, if it is a constant from 0 to 1.
    private func quantileFraction(_ function: AggregateFunction) -> Double? {
        if function == .median { return 0.5 }
        guard function == .quantile, arguments.count > 1, case .literal(let value, _) = arguments[1] else { return nil }
        return value.double.flatMap { (0...1).contains($0) ? $0 : nil }
    }

    /// Over frames with a hole: each is folded anew.
    private func holedKernel(
        _ function: AggregateFunction,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        switch function {
        case .count: return fold(anew: CountFold.self, checkpoint)
        case .sum where isInteger: return fold(anew: IntegerSumFold.self, checkpoint)
        case .sum: return fold(anew: SumFold.self, checkpoint)
        case .avg: return fold(anew: AverageFold.self, checkpoint)
        case .min where isInteger: return fold(anew: IntegerMinFold.self, checkpoint)
        case .min where argumentType == .float64: return fold(anew: MinFold.self, checkpoint)
        case .max where isInteger: return fold(anew: IntegerMaxFold.self, checkpoint)
        case .max where argumentType == .float64: return fold(anew: MaxFold.self, checkpoint)
        case .first: return PickKernel(type, .first, skipsNulls: true, frame)
        case .last: return PickKernel(type, .last, skipsNulls: true, frame)
        default: return foldKernel(function, checkpoint)
        }
    }

    /// Through the fold of the aggregate.
    private func foldKernel(
        _ function: AggregateFunction,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        switch function {
        case .count: return fold(CountFold.self, checkpoint)
        case .sum: return fold(SumFold.self, checkpoint)
        case .avg: return fold(AverageFold.self, checkpoint)
        case .min: return fold(ScalarExtremeFold<Smallest>.self, checkpoint)
        case .max: return fold(ScalarExtremeFold<Largest>.self, checkpoint)
        case .first: return fold(FirstFold.self, checkpoint)
        case .last: return fold(LastFold.self, checkpoint)
        case .firstRow: return fold(RowEndFold<FirstRow>.self, checkpoint)
        case .lastRow: return fold(RowEndFold<LastRow>.self, checkpoint)
        case .vwap: return fold(VWAPFold.self, checkpoint)
        case .twap: return fold(TWAPFold.self, checkpoint)
        case .ohlc: return fold(OHLCFold.self, checkpoint)
        case .ohlcv: return fold(OHLCVFold.self, checkpoint)
        case .sampleDeviation: return fold(VarianceFold<SampleDeviation>.self, checkpoint)
        case .populationDeviation: return fold(VarianceFold<PopulationDeviation>.self, checkpoint)
        case .sampleVariance: return fold(VarianceFold<SampleVariance>.self, checkpoint)
        case .populationVariance: return fold(VarianceFold<PopulationVariance>.self, checkpoint)
        case .sampleCovariance: return fold(CovarianceFold<SampleCovariance>.self, checkpoint)
        case .populationCovariance: return fold(CovarianceFold<PopulationCovariance>.self, checkpoint)
        case .correlation: return fold(CorrelationFold.self, checkpoint)
        case .argMin: return fold(ArgMinFold.self, checkpoint)
        case .argMax: return fold(ArgMaxFold.self, checkpoint)
        case .median: return fold(MedianFold.self, checkpoint)
        case .quantile: return fold(QuantileFold.self, checkpoint)
        case .signedVolume: return fold(SignedVolumeFold.self, checkpoint)
        case .tradeImbalance: return fold(TradeImbalanceFold.self, checkpoint)
        case .kyleLambda: return fold(KyleLambdaFold.self, checkpoint)
        case .amihud: return fold(AmihudFold.self, checkpoint)
        case .rollSpread: return fold(RollSpreadFold.self, checkpoint)
        case .quoteFlow: return fold(QuoteFlowFold.self, checkpoint)
        case .vpin: return fold(VPINFold.self, checkpoint)
        case .bulkVPIN: return fold(BulkVPINFold.self, checkpoint)
        case .hawkesIntensity: return fold(HawkesIntensityFold.self, checkpoint)
        case .corwinSchultz: return fold(BarPairFold<CorwinSchultz>.self, checkpoint)
        case .abdiRanaldo: return fold(BarPairFold<AbdiRanaldo>.self, checkpoint)
        case .countDistinct:
            if argumentType.isText { return fold(TextCountDistinctFold.self, checkpoint) }
            return fold(CountDistinctFold.self, checkpoint)
        default: return StatisticFolds.use(function, WindowUse(type: type, frame: frame, checkpoint: checkpoint))
        }
    }

    /// One state that takes rows in and gives them back, where the frames move; else ``fold(anew:_:)``.
    private func fold<State: WindowFold>(
        _ state: State.Type,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        if frame.beginsWithPartition || frame.exclusion != .noOthers { return fold(anew: state, checkpoint) }
        return MovingFoldKernel<State>(type, checkpoint: checkpoint)
    }

    private func fold<State: Fold>(
        _ state: State.Type,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        fold(anew: state, checkpoint)
    }

    private func fold<State: Fold>(
        anew state: State.Type,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        FoldKernel<State>(type, frame, checkpoint: checkpoint)
    }
}
