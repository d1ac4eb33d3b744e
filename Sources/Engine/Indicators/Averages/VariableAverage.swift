import QueryLang

/// The lengths of `mavp`: from the least to the most, whatever the order in which they were given.
struct VariableLengths: Sendable {
    let range: ClosedRange<Int>

    init(_ one: Int, _ other: Int) { range = min(one, other)...max(one, other) }

    /// The length that a row asks for, cut to the range; its fraction does not count, and NaN asks for the least.
    @inline(__always)
    func length(_ wanted: Double) -> Int {
        let (least, most) = (Double(range.lowerBound), Double(range.upperBound))
        return Int(wanted > least ? (wanted < most ? wanted : most) : least)
    }
}

/// A moving average of each row's own length: `mavp`.
///
/// The averages of all lengths run along, each from the row on with which its first value is that of the longest.
struct VariableAverage: IndicatorState {
    private var averages: [Delayed<MovingAverage>]
    private let lengths: VariableLengths

    init(_ kind: AverageKind, _ lengths: VariableLengths) {
        self.lengths = lengths
        let start = lengths.range.map { MovingAverage(kind, $0).lookback }.max() ?? 0
        averages = lengths.range.map { length in
            let average = MovingAverage(kind, length)
            return Delayed(average, by: start - average.lookback)
        }
    }

    /// x is the value, y the length.
    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        let wanted = lengths.length(input.y) - lengths.range.lowerBound
        var result: Double?
        for index in averages.indices {
            let average = averages[index].update(input.x)
            if index == wanted { result = average }
        }
        return result
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        averages.visit(&visitor)
    }
}

/// `mavp` of simple averages: the sums of all lengths move on together, as the values that leave them lie one after the
/// other.
struct VariableSimpleAverage: IndicatorState {
    private let lengths: VariableLengths
    private var values: ContiguousWindow
    /// The sum of each length, the longest first.
    private var sums: StateMemory
    private var taken = 0

    init(_ lengths: VariableLengths) {
        self.lengths = lengths
        values = ContiguousWindow(lengths.range.upperBound)
        sums = StateMemory(repeating: 0, count: lengths.range.count)
    }

    /// x is the value, y the length.
    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        let (value, most) = (input.x, lengths.range.upperBound)
        let sums = self.sums.base
        if values.isFull {
            let leaving = values.first
            for index in 0..<lengths.range.count { sums[index] = sums[index] - leaving[index] + value }
            values.push(value)
        } else {
            // The sum of n values begins in row most - n, so that all are whole in the same row.
            for index in 0..<min(taken &+ 1, lengths.range.count) { sums[index] += value }
            values.push(value)
            taken &+= 1
            if taken < most { return nil }
        }
        let length = lengths.length(input.y)
        return sums[most &- length] / Double(length)
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        visitor.visit(&taken, upTo: lengths.range.upperBound)
        values.visit(&visitor)
        visitor.visit(&sums, count: lengths.range.count)
    }
}
