import QueryLang

/// A moving average that knows when its first value comes.
protocol LookingBack: AverageMachine {
    /// How many values come before the first average.
    var lookback: Int { get }
}

extension SimpleAverage: LookingBack {
    var lookback: Int { length - 1 }
}

extension ExponentialAverage: LookingBack {
    var lookback: Int { length - 1 }
}

/// A moving average of a kind that is chosen by the query.
///
/// Which one it is is found out anew for each value. Where kinds are not chosen, or the usual one is, indicators are made of
/// that kind of average itself: see ``IndicatorMaker``.
struct MovingAverage: LookingBack {
    private var machine: any AverageMachine
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

    @inline(__always)
    mutating func update(_ value: Double) -> Double? { machine.update(value) }

    mutating func visit(_ visitor: inout StateVisitor) { machine.visit(&visitor) }
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

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        guard skipped == 0 else {
            skipped &-= 1
            return nil
        }
        return machine.update(value)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        machine.visit(&visitor)
        skipped.visit(&visitor)
    }
}

/// A fast and a slow moving average.
struct AveragePair<Average: LookingBack>: StatePart {
    private var fast: Delayed<Average>
    private var slow: Delayed<Average>

    /// `isAligned`: the first values of both are those of the same row.
    init(fast: Average, slow: Average, isAligned: Bool) {
        let start = isAligned ? max(fast.lookback, slow.lookback) : 0
        self.fast = Delayed(fast, by: start - fast.lookback)
        self.slow = Delayed(slow, by: start - slow.lookback)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> (fast: Double, slow: Double)? {
        let quick = fast.update(value)
        guard let lazy = slow.update(value), let quick else { return nil }
        return (quick, lazy)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        fast.visit(&visitor)
        slow.visit(&visitor)
    }
}
