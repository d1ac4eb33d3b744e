import QueryLang

extension IndicatorMaker {
    /// The run of an indicator.
    func columns(_ indicator: TechnicalIndicator) -> IndicatorColumns {
        switch indicator {
        case .ma: make(average: average(kind: 1, rows: 0))
        case .rma: make(average: WilderAverage(rows(0)))
        case .wma: make(average: WeightedAverage(rows(0)))
        case .dema: make(average: DoubleExponentialAverage(rows(0)))
        case .tema: make(average: TripleExponentialAverage(rows(0)))
        case .trima: make(average: TriangularAverage(rows(0)))
        case .kama: make(average: KaufmanAverage(rows(0)))
        case .mama: make(MesaAverage(fast: real(0), slow: real(1)))
        case .t3: make(average: TillsonAverage(rows(0), factor: real(1)))
        case .hma: make(average: HullAverage(rows(0)))
        case .zlema: make(average: ZeroLagAverage(rows(0)))
        case .vidya: make(VariableIndexAverage(rows(0)))
        case .mavp: make(VariableAverage(kind(2), from: rows(0), to: rows(1)))
        case .vwma: make(VolumeWeightedAverage(rows(0)))
        case .midpoint: make(MidPoint(rows(0)))
        case .midprice: make(MidPrice(rows(0)))
        case .htTrendline: make(InstantaneousTrend())
        case .bbands: make(BollingerBands(rows(0), up: real(1), down: real(2), kind(3)))
        case .accbands: make(AccelerationBands(rows(0)))
        case .donchian: make(DonchianChannel(rows(0)))
        case .kc: make(KeltnerChannel(rows(0), range: rows(1), width: real(2)))
        case .ichimoku: make(Ichimoku(rows(0), rows(1), rows(2), displacement: rows(3)))
        case .supertrend: make(SuperTrend(rows(0), width: real(1)))
        case .sar, .sarext: make(ParabolicStop(stopOptions(indicator)))
        case .vwapBands: make(WeightedPriceBands(width: real(0)))
        case .adx, .adxr, .dx, .plusDi, .minusDi, .plusDm, .minusDm, .aroon, .aroonosc, .vortex, .er, .vhf, .fractal,
            .ad, .adosc, .obv, .wad, .cmf, .efi, .marketfi, .nvi, .pvi, .pvo, .pvt, .rvol, .kvo:
            trendColumns(indicator)
        case .atr, .natr, .trange, .adr, .cvi, .massi, .rvi, .vr, .avgprice, .medprice, .typprice, .wclprice, .ha,
            .htDcperiod, .htDcphase, .htPhasor, .htSine, .htTrendmode, .beta, .correl, .stddev, .variance, .avgdev,
            .percentile, .percentrank, .linearreg, .linearregAngle, .linearregIntercept, .linearregSlope, .tsf:
            statisticColumns(indicator)
        default: momentumColumns(indicator)
        }
    }

    private func stopOptions(_ indicator: TechnicalIndicator) -> ParabolicStop.Options {
        guard indicator == .sarext else {
            let side = Acceleration(initial: real(0), step: real(0), limit: real(1))
            return ParabolicStop.Options(long: side, short: side)
        }
        return ParabolicStop.Options(
            long: Acceleration(initial: real(2), step: real(3), limit: real(4)),
            short: Acceleration(initial: real(5), step: real(6), limit: real(7)),
            start: real(0),
            offset: real(1),
            isSigned: true
        )
    }
}
