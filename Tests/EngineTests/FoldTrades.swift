import Columnar
import TestSupport

@testable import Engine

/// What a test folds: random trades, as decimals or as doubles.
struct FoldTrades {
    var times: [Int64] = []
    var prices: [Int64] = []
    var sizes: [Int64] = []

    init(seed: UInt64, count: Int, magnitude: Int64) {
        var generator = SeededGenerator(seed: seed)
        for index in 0..<count {
            times.append(Int64(index / 3))
            prices.append(Int64.random(in: -magnitude...magnitude, using: &generator))
            sizes.append(Int64.random(in: 0...magnitude, using: &generator))
        }
    }

    func arguments(_ range: Range<Int>, priceScale: Int = 8, sizeScale: Int = 8) -> FoldArguments {
        arguments(
            range,
            .decimals(Array(prices[range]), scale: priceScale),
            .decimals(Array(sizes[range]), scale: sizeScale)
        )
    }

    func doubleArguments(_ range: Range<Int>) -> FoldArguments {
        arguments(
            range,
            .float64(prices[range].map { Double($0) / 3e5 }),
            .float64(sizes[range].map { Double($0) / 7e5 })
        )
    }

    /// One row, in a form that only its number decides: decimals of several scales, integers, doubles, nulls.
    func mixedArguments(_ row: Int) -> FoldArguments {
        let range = row..<row + 1
        func column(_ values: [Int64], _ form: Int) -> Vector {
            switch form % 5 {
            case 0: .decimals(Array(values[range]), scale: form % 9)
            case 1: .int64(Array(values[range]))
            case 2: .float64(values[range].map { Double($0) / 3e5 })
            case 3: .decimals(Array(values[range]), scale: 22 - form % 3)
            default: .nulls(.float64, count: 1)
            }
        }
        return arguments(range, column(prices, row), column(sizes, row / 2))
    }

    private func arguments(_ range: Range<Int>, _ price: Vector, _ size: Vector) -> FoldArguments {
        FoldArguments([price, size], times: .timestamps(Array(times[range])), rowCount: range.count)
    }
}

/// The folds, for tests that ask the same of all.
enum FoldList {
    /// Over one or two numbers.
    static var numeric: [any MergeableFold.Type] { hashable + statistics }

    /// Over one or two numbers; states can be compared.
    static let hashable: [any (MergeableFold & Hashable).Type] =
        [
            CountFold.self, SumFold.self, AverageFold.self, MinFold.self, MaxFold.self, FirstFold.self, LastFold.self,
            RowEndFold<FirstRow>.self, RowEndFold<LastRow>.self, FirstDoubleFold.self, LastDoubleFold.self,
            VWAPFold.self, TWAPFold.self, OHLCFold.self, OHLCVFold.self, ArgMinFold.self, ArgMaxFold.self,
            MedianFold.self, QuantileFold.self, CountDistinctFold.self,
        ] + moments

    static let moments: [any (MergeableFold & Hashable & WindowFold).Type] = [
        VarianceFold<SampleDeviation>.self, VarianceFold<PopulationDeviation>.self, VarianceFold<SampleVariance>.self,
        VarianceFold<PopulationVariance>.self, CovarianceFold<SampleCovariance>.self,
        CovarianceFold<PopulationCovariance>.self, CorrelationFold.self,
    ]

    /// Statistics and volatility, over up to four numbers.
    static let statistics: [any MergeableFold.Type] =
        windowedStatistics + [
            AutocorrelationFold.self, RankCorrelationFold.self, FrequencyFold<Mode>.self, FrequencyFold<Entropy>.self,
            HeldStatisticFold<MedianDeviation>.self, HeldStatisticFold<MeanDeviation>.self,
            HeldStatisticFold<InterquartileRange>.self, FractionFold<DiscreteQuantile>.self,
            FractionFold<QuantileSketch>.self, ApproximateCountDistinctFold.self, ProductFold.self, ValueRangeFold.self,
            MaximumDrawdownFold.self, ReturnFold<RealizedVariance>.self, ReturnFold<RealizedVolatility>.self,
            ReturnFold<Semivariance>.self, ReturnFold<BipowerVariation>.self, ReturnFold<MinimumRealizedVariance>.self,
            ReturnFold<MedianRealizedVariance>.self, JumpRatioFold.self, CloseToCloseFold.self, EWMAVolatilityFold.self,
            YangZhangFold.self, VarianceRatioFold.self, HeldSeriesFold<RescaledRange>.self,
            HeldSeriesFold<DetrendedFluctuation>.self, HeldSeriesFold<PercentileRank>.self, PermutationEntropyFold.self,
            HalfLifeFold.self, SeasonalScoreFold.self, EWMAComovementFold<EWMACovariance>.self,
            EWMAComovementFold<EWMACorrelation>.self, HayashiYoshidaFold.self,
        ]

    /// Those of them that take rows back.
    static let windowedStatistics: [any (MergeableFold & WindowFold).Type] = [
        HigherMomentFold<SampleSkewness>.self, HigherMomentFold<PopulationSkewness>.self,
        HigherMomentFold<SampleKurtosis>.self, HigherMomentFold<PopulationKurtosis>.self,
        RegressionFold<RegressionSlope>.self, RegressionFold<RegressionIntercept>.self,
        RegressionFold<RegressionDetermination>.self, RegressionFold<RegressionMeanX>.self,
        RegressionFold<RegressionMeanY>.self, RegressionFold<RegressionSquaresX>.self,
        RegressionFold<RegressionSquaresY>.self, RegressionFold<RegressionProducts>.self, RegressionCountFold.self,
        RowTermFold<GeometricMean>.self, RowTermFold<HarmonicMean>.self, RowTermFold<Parkinson>.self,
        RowTermFold<GarmanKlass>.self, RowTermFold<RogersSatchell>.self, StandardErrorFold.self, SharpeFold.self,
        SortinoFold.self, ZScoreFold.self,
    ]

    /// Over one integer.
    static let integer: [any MergeableFold.Type] = [
        IntegerSumFold.self, IntegerMinFold.self, IntegerMaxFold.self, WholeSumFold.self, FirstIntegerFold.self,
        LastIntegerFold.self,
    ]

    /// Over the bits of one integer.
    static let bits: [any MergeableFold.Type] = [BitFold<BitAnd>.self, BitFold<BitOr>.self, BitFold<BitXor>.self]

    /// Over windows of one or two numbers.
    static let windows: [any WindowFold.Type] =
        [
            CountFold.self, SumFold.self, AverageFold.self, VWAPFold.self,
            MovingExtremeFold<Smallest, NumberKind>.self, MovingExtremeFold<Largest, NumberKind>.self,
        ] + moments
}
