/// A moving average of single values: a state machine that other indicators are made of.
protocol AverageMachine: StatePart {
    /// Takes a value; nil until there are enough.
    mutating func update(_ value: Double) -> Double?
}

/// The value itself: an average of one.
struct SameValue: AverageMachine {
    @inline(__always)
    mutating func update(_ value: Double) -> Double? { value }

    mutating func visit(_ visitor: inout StateVisitor) {}
}

/// The mean of the last n values, from a sliding sum.
struct SimpleAverage: AverageMachine {
    let length: Int
    private var ring: TrailingValues
    private var sum = 0.0
    private let divisor: Double

    init(_ length: Int) {
        self.length = length
        ring = TrailingValues(length)
        divisor = Double(length)
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        // The oldest value leaves before the newest comes, as in TA-Lib: the order of roundings is part of the result.
        if let oldest = ring.push(value) {
            sum = sum - oldest + value
            return sum / divisor
        }
        sum += value
        return ring.isFull ? sum / divisor : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        ring.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// The sum of the last n values.
struct TrailingSum: StatePart {
    private var ring: TrailingValues
    private var sum = 0.0

    init(_ length: Int) { ring = TrailingValues(length) }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if let oldest = ring.push(value) {
            sum = sum - oldest + value
            return sum
        }
        sum += value
        return ring.isFull ? sum : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        ring.visit(&visitor)
        sum.visit(&visitor)
    }
}

/// The mean of the first n values, then `e + α (x − e)`; α is 2 / (n + 1) unless another is given.
struct ExponentialAverage: AverageMachine {
    let length: Int
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

    mutating func visit(_ visitor: inout StateVisitor) {
        count.visit(&visitor)
        average.visit(&visitor)
    }
}

/// Wilder's smoothing (1978): the mean of the first n values, then `e (n − 1) / n + x / n`.
struct WilderAverage: AverageMachine {
    private let length: Double
    private let count: Int
    private let kept: Double
    private let weight: Double
    private var taken = 0
    private var average = 0.0

    init(_ length: Int) {
        count = max(length, 1)
        self.length = Double(count)
        kept = Double(count - 1) / self.length
        weight = 1 / self.length
    }

    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        if taken >= count {
            // A division would make each row wait for it.
            average = average * kept + value * weight
            return average
        }
        taken &+= 1
        average += value
        guard taken == count else { return nil }
        average /= length
        return average
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        taken.visit(&visitor)
        average.visit(&visitor)
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
        if let oldest = ring.push(value) {
            weighted = weighted - sum + value * length
            sum = sum - oldest + value
            return weighted / divisor
        }
        sum += value
        weighted += value * Double(ring.count)
        return ring.isFull ? weighted / divisor : nil
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        ring.visit(&visitor)
        sum.visit(&visitor)
        weighted.visit(&visitor)
    }
}
