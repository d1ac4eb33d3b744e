import QueryLang

extension IndicatorCall {
    /// The state machine of the indicator, ready for a partition.
    func makeColumns() -> IndicatorColumns {
        let signature = IndicatorCatalog.indicator(function)
        let maker = IndicatorMaker(
            parameters: parameters,
            outputCount: max(signature?.outputs.count ?? 1, 1),
            inputCount: signature?.inputs.count ?? 1
        )
        return switch function {
        case .technical(let indicator): maker.columns(indicator)
        case .pattern(.hikkake): maker.make(Hikkake(isModified: false))
        case .pattern(.modifiedHikkake): maker.make(Hikkake(isModified: true))
        case .pattern(let pattern): maker.make(CandleIndicator(pattern.rule, depth: maker.real(0)))
        }
    }
}

/// Makes state machines with the parameters of a call.
struct IndicatorMaker {
    let parameters: [Double]
    let outputCount: Int
    let inputCount: Int

    /// A parameter that is a number; 0 if there is none.
    func real(_ index: Int) -> Double { parameters.indices.contains(index) ? parameters[index] : 0 }

    /// A parameter that is a whole number.
    func rows(_ index: Int) -> Int { Int(exactly: real(index)) ?? 1 }

    /// A parameter that is the kind of an average.
    func kind(_ index: Int) -> AverageKind { AverageKind(rawValue: rows(index)) ?? .simple }

    /// A moving average with a kind and a length.
    func average(kind: Int, rows: Int) -> MovingAverage { MovingAverage(self.kind(kind), self.rows(rows)) }

    /// The run of a state machine.
    func make<State: IndicatorState>(_ state: State) -> IndicatorColumns {
        let rows = parameters.reduce(0) { $0 + ($1 > 1 && $1 <= Double(IndicatorCatalog.rowsMax) ? Int($1) : 0) }
        return IndicatorRun(state, outputCount: outputCount, keptMax: (rows + 8) * (inputCount + 1))
    }

    /// The run of a moving average.
    func make<Machine: AverageMachine>(average: Machine) -> IndicatorColumns { make(AverageIndicator(average)) }
}
