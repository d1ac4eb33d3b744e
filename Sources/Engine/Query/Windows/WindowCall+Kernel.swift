import Columnar
import QueryLang

extension WindowCall {
    /// The frame that decides which rows the kernel is asked for: functions that look at other rows than ``frame`` says have
    /// one of their own.
    var kernelFrame: WindowFrame {
        func rows(_ start: WindowFrame.Bound, _ end: WindowFrame.Bound) -> WindowFrame {
            WindowFrame(unit: .rows, start: start, end: end)
        }
        func one(_ bound: WindowFrame.Bound) -> WindowFrame { rows(bound, bound) }
        switch function {
        case .aggregate: return frame
        case .cumulativeSum: return rows(.unboundedPreceding, .currentRow)
        case .lag(let offset), .difference(let offset): return one(.preceding(Int64(offset)))
        case .lead(let offset): return one(.following(Int64(offset)))
        case .rowNumber, .simpleMovingAverage, .exponentialMovingAverage: return one(.currentRow)
        }
    }

    /// Whether the fold of the aggregate looks at the designated timestamps of rows.
    var needsTimes: Bool {
        switch function {
        case .aggregate(.first), .aggregate(.last): false
        case .aggregate(let function): function.needsTimes
        case .rowNumber, .lag, .lead, .difference, .cumulativeSum, .simpleMovingAverage, .exponentialMovingAverage:
            false
        }
    }

    /// Makes what computes the call.
    func kernel(checkpoint: @escaping () throws(QueryError) -> Void) -> any WindowKernel {
        switch function {
        case .aggregate(let function): aggregateKernel(function, checkpoint)
        case .rowNumber: RowNumberKernel()
        case .lag, .lead: ShiftKernel(type)
        case .difference: DifferenceKernel(type)
        case .cumulativeSum: isInteger ? IntegerSumKernel(type, kernelFrame) : SumKernel(.sum, kernelFrame)
        case .simpleMovingAverage(let count): MovingAverageKernel(count: count)
        case .exponentialMovingAverage(let count): ExponentialAverageKernel(count: count)
        }
    }

    private var argumentType: ColumnType { arguments.first?.type ?? .int64 }

    private var isInteger: Bool { argumentType == .int64 || argumentType == .timestamp }

    private func aggregateKernel(
        _ function: AggregateFunction,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        if frame.isEmpty { return EmptyFrameKernel(type, value: function == .count ? .int64(0) : .null) }
        switch function {
        case .count: return CountKernel()
        case .sum: return isInteger ? IntegerSumKernel(type, frame) : SumKernel(.sum, frame)
        case .avg: return SumKernel(.mean, frame)
        case .min:
            if isInteger { return IntegerMinKernel(type, frame) }
            if argumentType == .float64 { return MinKernel(type, frame) }
            return FoldKernel<ScalarExtremeFold<Smallest>>(type, frame, checkpoint: checkpoint)
        case .max:
            if isInteger { return IntegerMaxKernel(type, frame) }
            if argumentType == .float64 { return MaxKernel(type, frame) }
            return FoldKernel<ScalarExtremeFold<Largest>>(type, frame, checkpoint: checkpoint)
        case .first:
            if frame.beginsWithPartition { return FirstOfPartitionKernel(type) }
            return FirstLastKernel(type, isFirst: true, frame)
        case .last: return FirstLastKernel(type, isFirst: false, frame)
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
        case .countDistinct:
            if argumentType.isText { return fold(TextCountDistinctFold.self, checkpoint) }
            return fold(CountDistinctFold.self, checkpoint)
        }
    }

    private func fold<State: Fold>(
        _ state: State.Type,
        _ checkpoint: @escaping () throws(QueryError) -> Void
    ) -> any WindowKernel {
        FoldKernel<State>(type, frame, checkpoint: checkpoint)
    }
}
