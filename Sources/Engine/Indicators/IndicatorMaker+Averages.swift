import QueryLang

extension IndicatorMaker {
    /// The machine of an indicator.
    func machine(_ indicator: TechnicalIndicator) -> IndicatorMachine {
        switch indicator {
        case .ma: movingAverage(kind(1), rows(0))
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
        case .mavp: variableAverage
        case .vwma: make(VolumeWeightedAverage(rows(0)))
        case .midpoint: make(MidPoint(rows(0)))
        case .midprice: make(MidPrice(rows(0)))
        case .htTrendline: make(InstantaneousTrend())
        case .bbands: bollingerBands
        case .accbands: make(AccelerationBands(rows(0)))
        case .donchian: make(DonchianChannel(rows(0)))
        case .kc: make(KeltnerChannel(rows(0), range: rows(1), width: real(2)))
        case .ichimoku: make(Ichimoku(rows(0), rows(1), rows(2), displacement: rows(3)))
        case .supertrend: make(SuperTrend(rows(0), width: real(1)))
        case .sar, .sarext: make(ParabolicStop(stopOptions(indicator)))
        case .vwapBands: make(WeightedPriceBands(width: real(0)))
        case .adx, .adxr, .dx, .plusDi, .minusDi, .plusDm, .minusDm, .aroon, .aroonosc, .vortex, .er, .vhf, .fractal,
            .ad, .adosc, .obv, .wad, .cmf, .efi, .marketfi, .nvi, .pvi, .pvo, .pvt, .rvol, .kvo:
            trendMachine(indicator)
        case .atr, .natr, .trange, .adr, .cvi, .massi, .rvi, .vr, .avgprice, .medprice, .typprice, .wclprice, .ha,
            .htDcperiod, .htDcphase, .htPhasor, .htSine, .htTrendmode, .beta, .correl, .stddev, .variance, .avgdev,
            .percentile, .percentrank, .linearreg, .linearregAngle, .linearregIntercept, .linearregSlope, .tsf:
            statisticMachine(indicator)
        default: momentumMachine(indicator)
        }
    }

    private func movingAverage(_ kind: AverageKind, _ rows: Int) -> IndicatorMachine {
        if rows <= 1 { return make(average: SameValue()) }
        return switch kind {
        case .simple: make(average: SimpleAverage(rows))
        case .exponential: make(average: ExponentialAverage(rows))
        case .weighted: make(average: WeightedAverage(rows))
        case .doubleExponential: make(average: DoubleExponentialAverage(rows))
        case .tripleExponential: make(average: TripleExponentialAverage(rows))
        case .triangular: make(average: TriangularAverage(rows))
        case .kaufman: make(average: KaufmanAverage(rows))
        case .mesa: make(average: MesaLine())
        case .tillson: make(average: TillsonAverage(rows, factor: 0.7))
        case .hull: make(average: HullAverage(rows))
        case .none: make(average: SameValue())
        case .zeroLag: make(average: ZeroLagAverage(rows))
        case .wilder: make(average: WilderAverage(rows))
        }
    }

    private var variableAverage: IndicatorMachine {
        let lengths = VariableLengths(rows(0), rows(1))
        let isSimple = kind(2) == .simple && lengths.range.lowerBound > 1
        return isSimple ? make(VariableSimpleAverage(lengths)) : make(VariableAverage(kind(2), lengths))
    }

    private var bollingerBands: IndicatorMachine {
        let (up, down) = (real(1), real(2))
        if kind(3) == .simple, rows(0) > 1 {
            return make(BollingerBands(rows(0), up: up, down: down, SimpleAverage(rows(0))))
        }
        return make(BollingerBands(rows(0), up: up, down: down, average(kind: 3, rows: 0)))
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
