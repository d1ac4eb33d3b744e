import QueryLang

extension IndicatorCall {
    /// The state machine of the indicator, before its first row.
    func makeMachine() -> IndicatorMachine {
        let maker = IndicatorMaker(parameters: parameters)
        return switch function {
        case .technical(let indicator): maker.machine(indicator)
        case .trade(.tickRule): maker.make(TickRule())
        case .trade(.leeReady): maker.make(LeeReadyRule())
        case .pattern(let pattern): maker.machine(pattern)
        }
    }
}

/// Makes state machines with the parameters of a call.
struct IndicatorMaker {
    let parameters: [Double]

    /// A parameter that is a number; 0 if there is none.
    func real(_ index: Int) -> Double { parameters.indices.contains(index) ? parameters[index] : 0 }

    /// A parameter that is a whole number.
    func rows(_ index: Int) -> Int { Int(exactly: real(index)) ?? 1 }

    /// A parameter that is the kind of an average.
    func kind(_ index: Int) -> AverageKind { AverageKind(rawValue: rows(index)) ?? .simple }

    /// A moving average with a kind and a length.
    func average(kind: Int, rows: Int) -> MovingAverage { MovingAverage(self.kind(kind), self.rows(rows)) }

    /// The machine of an indicator.
    func make<State: IndicatorState>(_ state: State) -> IndicatorMachine { .starting(state) }

    /// The machine of a moving average.
    func make<Machine: AverageMachine>(average: Machine) -> IndicatorMachine { make(AverageIndicator(average)) }
}
