import QueryLang

extension IndicatorMaker {
    /// The machine of an indicator of trend or volume.
    func trendMachine(_ indicator: TechnicalIndicator) -> IndicatorMachine {
        switch indicator {
        case .adx: make(AverageDirectionalIndex(rows(0)))
        case .adxr: make(DirectionalRating(rows(0)))
        case .dx: make(DirectionalIndex(rows(0)))
        case .plusDi: make(DirectionalIndicator(isPlus: true, rows(0)))
        case .minusDi: make(DirectionalIndicator(isPlus: false, rows(0)))
        case .plusDm: make(SmoothedMovement(isPlus: true, rows(0)))
        case .minusDm: make(SmoothedMovement(isPlus: false, rows(0)))
        case .aroon: make(Aroon(rows(0)))
        case .aroonosc: make(AroonOscillator(rows(0)))
        case .vortex: make(Vortex(rows(0)))
        case .er: make(EfficiencyRatio(rows(0)))
        case .vhf: make(VerticalHorizontalFilter(rows(0)))
        case .fractal: make(Fractal(left: rows(0), right: rows(1)))
        case .ad: make(AccumulationLine())
        case .adosc: make(AccumulationOscillator(rows(0), rows(1)))
        case .obv: make(OnBalanceVolume())
        case .wad: make(WilliamsAccumulation())
        case .cmf: make(ChaikinMoneyFlow(rows(0)))
        case .efi: make(ForceIndex(rows(0)))
        case .marketfi: make(MarketFacilitation())
        case .nvi: make(VolumeIndex(isPositive: false, start: 1000))
        case .pvi: make(VolumeIndex(isPositive: true, start: 1000))
        case .pvo: averageDifference(isPercent: true)
        case .pvt: make(PriceVolumeTrend())
        case .rvol: make(RelativeVolume(rows(0)))
        case .kvo: make(KlingerOscillator(rows(0), rows(1), signal: rows(2)))
        default: preconditionFailure("BUG: \(indicator.rawValue) is made elsewhere")
        }
    }

    /// The machine of an indicator of volatility, prices, cycles or statistics.
    func statisticMachine(_ indicator: TechnicalIndicator) -> IndicatorMachine {
        switch indicator {
        case .atr: make(AverageTrueRange(rows(0)))
        case .natr: make(RelativeTrueRange(rows(0)))
        case .trange: make(TrueRange())
        case .vr: make(TrueRangeRatio(rows(0), rows(1)))
        case .adr: make(AverageRange(rows(0)))
        case .cvi: make(ChaikinVolatility(rows(0), change: rows(1)))
        case .massi: make(MassIndex(rows(0), sum: rows(1)))
        case .rvi: make(RelativeVolatility(rows(0), deviation: rows(1)))
        case .avgprice: make(AveragePrice())
        case .medprice: make(MedianPrice())
        case .typprice: make(TypicalPrice())
        case .wclprice: make(WeightedClose())
        case .ha: make(HeikinAshi())
        case .htDcperiod: make(DominantPeriod())
        case .htDcphase: make(DominantPhase())
        case .htPhasor: make(Phasor())
        case .htSine: make(SineWave())
        case .htTrendmode: make(TrendMode())
        case .beta: make(ReturnBeta(rows(0)))
        case .correl: make(RollingCorrelation(rows(0)))
        case .stddev: make(ScaledDeviation(rows(0), factor: real(1)))
        case .variance: make(RollingVariance(rows(0)))
        case .avgdev: make(RollingMeanDeviation(rows(0)))
        case .percentile: make(RollingPercentile(rows(0), share: real(1)))
        case .percentrank: make(RollingPercentRank(rows(0)))
        case .linearreg: make(RegressionLine(.end, rows(0)))
        case .linearregAngle: make(RegressionLine(.angle, rows(0)))
        case .linearregIntercept: make(RegressionLine(.start, rows(0)))
        case .linearregSlope: make(RegressionLine(.slope, rows(0)))
        case .tsf: make(RegressionLine(.forecast, rows(0)))
        default: preconditionFailure("BUG: \(indicator.rawValue) is made elsewhere")
        }
    }
}
