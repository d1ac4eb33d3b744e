import QueryLang

/// Indicators whose averages are chosen by the query: those of the usual kind are compiled for it.
extension IndicatorMaker {
    /// `apo`, `ppo` and `pvo`.
    func averageDifference(isPercent: Bool) -> IndicatorMachine {
        let (fast, slow) = (min(rows(0), rows(1)), max(rows(0), rows(1)))
        if kind(2) == .exponential, fast > 1 {
            let pair = AveragePair(fast: ExponentialAverage(fast), slow: ExponentialAverage(slow), isAligned: false)
            return make(AverageDifference(pair, isPercent: isPercent))
        }
        let (quick, lazy) = (MovingAverage(kind(2), fast), MovingAverage(kind(2), slow))
        return make(AverageDifference(AveragePair(fast: quick, slow: lazy, isAligned: false), isPercent: isPercent))
    }

    /// `macd`.
    var convergenceDivergence: IndicatorMachine {
        let (fast, slow) = (min(rows(0), rows(1)), max(rows(0), rows(1)))
        if fast > 1, rows(2) > 1 {
            let pair = AveragePair(fast: ExponentialAverage(fast), slow: ExponentialAverage(slow), isAligned: true)
            return make(ConvergenceDivergence(pair, signal: ExponentialAverage(rows(2))))
        }
        let (quick, lazy) = (MovingAverage(.exponential, fast), MovingAverage(.exponential, slow))
        let pair = AveragePair(fast: quick, slow: lazy, isAligned: true)
        return make(ConvergenceDivergence(pair, signal: MovingAverage(.exponential, rows(2))))
    }

    /// `macdext`. The shorter average is the fast one, whatever the order.
    var chosenConvergenceDivergence: IndicatorMachine {
        if [kind(1), kind(3), kind(5)] == [.simple, .simple, .simple], min(rows(0), rows(2), rows(4)) > 1 {
            let (fast, slow) = (min(rows(0), rows(2)), max(rows(0), rows(2)))
            let pair = AveragePair(fast: SimpleAverage(fast), slow: SimpleAverage(slow), isAligned: true)
            return make(ConvergenceDivergence(pair, signal: SimpleAverage(rows(4))))
        }
        let (one, other) = (average(kind: 1, rows: 0), average(kind: 3, rows: 2))
        let isSwapped = rows(2) < rows(0)
        let pair = AveragePair(fast: isSwapped ? other : one, slow: isSwapped ? one : other, isAligned: true)
        return make(ConvergenceDivergence(pair, signal: average(kind: 5, rows: 4)))
    }

    /// `stoch`, `kdj`, `stochf` and `stochrsi`.
    func stochasticMachine(_ indicator: TechnicalIndicator) -> IndicatorMachine {
        switch indicator {
        case .stochf:
            return isUsual(.simple, kinds: [2], rows: [1])
                ? make(FastStochastic(rows(0), average: SimpleAverage(rows(1))))
                : make(FastStochastic(rows(0), average: average(kind: 2, rows: 1)))
        case .stochrsi:
            return isUsual(.simple, kinds: [3], rows: [2])
                ? make(StochasticStrength(rows(0), FastStochastic(rows(1), average: SimpleAverage(rows(2)))))
                : make(StochasticStrength(rows(0), FastStochastic(rows(1), average: average(kind: 3, rows: 2))))
        case .kdj:
            return isUsual(.wilder, kinds: [2, 4], rows: [1, 3])
                ? make(KDJ(SlowStochastic(rows(0), WilderAverage(rows(1)), WilderAverage(rows(3)))))
                : make(KDJ(slowStochastic))
        default:
            return isUsual(.simple, kinds: [2, 4], rows: [1, 3])
                ? make(SlowStochastic(rows(0), SimpleAverage(rows(1)), SimpleAverage(rows(3))))
                : make(slowStochastic)
        }
    }

    private var slowStochastic: SlowStochastic<MovingAverage> {
        SlowStochastic(rows(0), average(kind: 2, rows: 1), average(kind: 4, rows: 3))
    }

    /// Whether averages are of a kind, and more than the value itself.
    private func isUsual(_ kind: AverageKind, kinds: [Int], rows: [Int]) -> Bool {
        kinds.allSatisfy { self.kind($0) == kind } && rows.allSatisfy { self.rows($0) > 1 }
    }
}
