import QueryLang

/// A moving average of a kind that is chosen by the query.
struct MovingAverage: AverageMachine {
    private var machine: any AverageMachine
    /// How many values come before the first average.
    let lookback: Int

    /// An average of n values; of one value it is the value, whatever the kind.
    init(_ kind: AverageKind, _ length: Int) {
        (machine, lookback) = length <= 1 ? (SameValue(), 0) : MovingAverage.make(kind, length)
    }

    private static func make(_ kind: AverageKind, _ length: Int) -> (any AverageMachine, Int) {
        let simple = length - 1
        return switch kind {
        case .simple: (SimpleAverage(length), simple)
        case .exponential: (ExponentialAverage(length), simple)
        case .weighted: (WeightedAverage(length), simple)
        case .doubleExponential: (DoubleExponentialAverage(length), 2 * simple)
        case .tripleExponential: (TripleExponentialAverage(length), 3 * simple)
        case .triangular: (TriangularAverage(length), simple)
        case .kaufman: (KaufmanAverage(length), length)
        case .mesa: (MesaLine(), MesaAverage.lookback)
        case .tillson: (TillsonAverage(length, factor: 0.7), 6 * simple)
        case .hull: (HullAverage(length), simple + max(Int(Double(length).squareRoot()), 1) - 1)
        case .none: (SameValue(), 0)
        case .zeroLag: (ZeroLagAverage(length), simple / 2 + simple)
        case .wilder: (WilderAverage(length), simple)
        }
    }

    mutating func update(_ value: Double) -> Double? { machine.update(value) }
}

/// A state machine that is shown the values after the first ones only.
///
/// TA-Lib starts the shorter of two averages so that both give their first value in the same row; an exponential one is
/// then seeded with the values before that row, not with the first of all.
struct Delayed<Machine: AverageMachine>: AverageMachine {
    private var machine: Machine
    private var skipped: Int

    init(_ machine: Machine, by rows: Int) {
        self.machine = machine
        self.skipped = max(rows, 0)
    }

    mutating func update(_ value: Double) -> Double? {
        guard skipped == 0 else {
            skipped &-= 1
            return nil
        }
        return machine.update(value)
    }
}

/// A fast and a slow moving average.
struct AveragePair: Sendable {
    private var fast: Delayed<MovingAverage>
    private var slow: Delayed<MovingAverage>

    /// `isAligned`: the first values of both are those of the same row.
    init(fast: MovingAverage, slow: MovingAverage, isAligned: Bool) {
        let start = isAligned ? max(fast.lookback, slow.lookback) : 0
        self.fast = Delayed(fast, by: start - fast.lookback)
        self.slow = Delayed(slow, by: start - slow.lookback)
    }

    /// Averages of one kind; the shorter is the fast one.
    init(_ kind: AverageKind, _ one: Int, _ other: Int, isAligned: Bool) {
        let (fast, slow) = (MovingAverage(kind, min(one, other)), MovingAverage(kind, max(one, other)))
        self.init(fast: fast, slow: slow, isAligned: isAligned)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> (fast: Double, slow: Double)? {
        let quick = fast.update(value)
        guard let lazy = slow.update(value), let quick else { return nil }
        return (quick, lazy)
    }
}

/// A moving average of each row's own length, from 2 to a limit: `mavp`.
///
/// The averages of all lengths run along, each from the row on with which its first value is that of the longest.
struct VariableAverage: IndicatorState {
    private var averages: [Delayed<MovingAverage>]
    private let lengths: ClosedRange<Int>
    private var warmUp: Int

    init(_ kind: AverageKind, from shortest: Int, to longest: Int) {
        lengths = min(shortest, longest)...max(shortest, longest)
        let start = lengths.map { MovingAverage(kind, $0).lookback }.max() ?? 0
        averages = lengths.map { length in
            let average = MovingAverage(kind, length)
            return Delayed(average, by: start - average.lookback)
        }
        warmUp = start
    }

    /// x is the value, y the length, whose fraction does not count.
    mutating func update(_ input: PairRow) -> Double? {
        let wanted = input.y.isNaN ? Double(lengths.lowerBound) : input.y
        let length = Int(max(Double(lengths.lowerBound), min(Double(lengths.upperBound), wanted)))
        var result: Double?
        for index in averages.indices {
            let average = averages[index].update(input.x)
            if index == length - lengths.lowerBound { result = average }
        }
        return result
    }
}
