/// A moving average of single values: a state machine that other indicators are made of.
protocol AverageMachine: Sendable {
    /// Takes a value; nil until there are enough.
    mutating func update(_ value: Double) -> Double?
}

/// The value itself: an average of one.
struct SameValue: AverageMachine {
    func update(_ value: Double) -> Double? { value }
}

/// The mean of the last n values, from a sliding sum.
struct SimpleAverage: AverageMachine {
    private var ring: TrailingValues
    private var sum = 0.0
    private let divisor: Double

    init(_ length: Int) {
        ring = TrailingValues(length)
        divisor = Double(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        // The oldest value leaves after the mean was taken, as in TA-Lib: the order of roundings is part of the result.
        if ring.isFull { sum -= ring.oldest }
        _ = ring.push(value)
        sum += value
        return ring.isFull ? sum / divisor : nil
    }
}

/// The sum of the last n values.
struct TrailingSum: Sendable {
    private var ring: TrailingValues
    private var sum = 0.0

    init(_ length: Int) { ring = TrailingValues(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if ring.isFull { sum -= ring.oldest }
        _ = ring.push(value)
        sum += value
        return ring.isFull ? sum : nil
    }
}

/// The mean of the first n values, then `e + α (x − e)`; α is 2 / (n + 1) unless another is given.
struct ExponentialAverage: AverageMachine {
    private let length: Int
    private let alpha: Double
    private var count = 0
    private var average = 0.0

    init(_ length: Int, alpha: Double? = nil) {
        self.length = max(length, 1)
        self.alpha = alpha ?? 2 / (Double(self.length) + 1)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if count >= length {
            average = (value - average) * alpha + average
            return average
        }
        count &+= 1
        average += value
        guard count == length else { return nil }
        average /= Double(length)
        return average
    }
}

/// Wilder's smoothing (1978): the mean of the first n values, then `(e (n − 1) + x) / n`.
struct WilderAverage: AverageMachine {
    private let length: Double
    private let count: Int
    private var taken = 0
    private var average = 0.0

    init(_ length: Int) {
        self.length = Double(max(length, 1))
        self.count = max(length, 1)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if taken >= count {
            average = (average * (length - 1) + value) / length
            return average
        }
        taken &+= 1
        average += value
        guard taken == count else { return nil }
        average /= length
        return average
    }
}

/// Weights 1, 2, … n, the newest value having the largest; from two sliding sums.
struct WeightedAverage: AverageMachine {
    private var ring: TrailingValues
    private let length: Double
    private let divisor: Double
    private var sum = 0.0
    private var weighted = 0.0

    init(_ length: Int) {
        ring = TrailingValues(length)
        self.length = Double(length)
        divisor = Double(length) * (Double(length) + 1) / 2
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if ring.isFull {
            weighted -= sum
            sum -= ring.oldest
            _ = ring.push(value)
            sum += value
            weighted += value * length
            return weighted / divisor
        }
        _ = ring.push(value)
        sum += value
        weighted += value * Double(ring.count)
        return ring.isFull ? weighted / divisor : nil
    }
}
