import QueryLang

extension IndicatorMaker {
    /// The run of an indicator of momentum.
    func momentumColumns(_ indicator: TechnicalIndicator) -> IndicatorColumns {
        switch indicator {
        case .mom: make(RateOfChange(.difference, rows(0)))
        case .roc: make(RateOfChange(.percent, rows(0)))
        case .rocp: make(RateOfChange(.fraction, rows(0)))
        case .rocr: make(RateOfChange(.ratio, rows(0)))
        case .rocr100: make(RateOfChange(.ratio100, rows(0)))
        case .rsi: make(RelativeStrength(rows(0)))
        case .cmo: make(ChandeMomentum(rows(0)))
        case .cmou: make(UnsmoothedChandeMomentum(rows(0)))
        case .imi: make(IntradayMomentum(rows(0)))
        case .stoch: make(slowStochastic)
        case .kdj: make(KDJ(slowStochastic))
        case .stochf: make(FastStochastic(rows(0), average: average(kind: 2, rows: 1)))
        case .stochrsi:
            make(StochasticStrength(rows(0), FastStochastic(rows(1), average: average(kind: 3, rows: 2))))
        case .smi: make(StochasticMomentum(rows(0), fast: rows(1), slow: rows(2), signal: rows(3)))
        case .willr: make(WilliamsR(rows(0)))
        case .cci: make(CommodityChannel(rows(0)))
        case .mfi: make(MoneyFlowIndex(rows(0)))
        case .ultosc: make(UltimateOscillator([rows(0), rows(1), rows(2)]))
        case .bop: make(BalanceOfPower())
        case .apo: make(AverageDifference(AveragePair(kind(2), rows(0), rows(1), isAligned: false), isPercent: false))
        case .ppo: make(AverageDifference(AveragePair(kind(2), rows(0), rows(1), isAligned: false), isPercent: true))
        case .macd:
            make(
                ConvergenceDivergence(
                    AveragePair(.exponential, rows(0), rows(1), isAligned: true),
                    signal: MovingAverage(.exponential, rows(2))
                )
            )
        case .macdext: make(ConvergenceDivergence(chosenPair, signal: average(kind: 5, rows: 4)))
        case .macdfix: make(FixedConvergenceDivergence(signal: rows(0)))
        case .trix: make(Trix(rows(0)))
        case .tsi: make(TrueStrength(rows(0), rows(1)))
        case .eri: make(ElderRay(rows(0)))
        case .ao: make(AwesomeOscillator(rows(0), rows(1)))
        case .ac: make(Accelerator(rows(0), rows(1), rows(2)))
        case .coppock: make(CoppockCurve(average: rows(0), rows(1), rows(2)))
        case .dpo: make(DetrendedPrice(rows(0)))
        case .fosc: make(ForecastOscillator(rows(0)))
        case .qstick: make(Qstick(rows(0)))
        case .psl: make(PsychologicalLine(rows(0)))
        default: preconditionFailure("BUG: \(indicator.rawValue) is made elsewhere")
        }
    }

    private var slowStochastic: SlowStochastic {
        SlowStochastic(rows(0), average(kind: 2, rows: 1), average(kind: 4, rows: 3))
    }

    /// The averages of `macdext`; the shorter is the fast one, whatever the order.
    private var chosenPair: AveragePair {
        let (one, other) = (average(kind: 1, rows: 0), average(kind: 3, rows: 2))
        return rows(2) < rows(0)
            ? AveragePair(fast: other, slow: one, isAligned: true)
            : AveragePair(fast: one, slow: other, isAligned: true)
    }
}
