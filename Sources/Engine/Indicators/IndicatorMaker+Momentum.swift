import QueryLang

extension IndicatorMaker {
    /// The machine of an indicator of momentum.
    func momentumMachine(_ indicator: TechnicalIndicator) -> IndicatorMachine {
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
        case .stoch, .kdj, .stochf, .stochrsi: stochasticMachine(indicator)
        case .smi: make(StochasticMomentum(rows(0), fast: rows(1), slow: rows(2), signal: rows(3)))
        case .willr: make(WilliamsR(rows(0)))
        case .cci: make(CommodityChannel(rows(0)))
        case .mfi: make(MoneyFlowIndex(rows(0)))
        case .ultosc: make(UltimateOscillator(rows(0), rows(1), rows(2)))
        case .bop: make(BalanceOfPower())
        case .apo: averageDifference(isPercent: false)
        case .ppo: averageDifference(isPercent: true)
        case .macd: convergenceDivergence
        case .macdext: chosenConvergenceDivergence
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
}
