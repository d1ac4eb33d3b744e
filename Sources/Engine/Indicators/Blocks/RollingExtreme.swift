/// The largest or the smallest of the last values, and how long ago it was; of equal ones the latest.
///
/// Kept are the values that may yet be the extreme, each better than all after it (Lemire 2006): O(1) a value on
/// average.
struct RollingExtreme: Sendable {
    /// Which extreme.
    enum Direction: Sendable { case largest, smallest }

    private struct Entry: Sendable {
        var number: Int
        var value: Double
    }

    private let length: Int
    /// 1 for the largest; -1 turns the order around for the smallest.
    private let sign: Double
    private var entries: [Entry] = []
    private var head = 0
    private var taken = 0

    init(_ direction: Direction, _ length: Int) {
        self.length = max(length, 1)
        self.sign = direction == .largest ? 1 : -1
    }

    /// Whether as many values were taken as the window is long.
    var isFull: Bool { taken >= length }
    /// The extreme of the last values, as many as there are.
    var value: Double { head < entries.count ? sign * entries[head].value : .nan }
    /// How many values ago the extreme was.
    var age: Int { head < entries.count ? taken &- 1 &- entries[head].number : 0 }

    /// Takes a value; gives the extreme of the last ones once there are enough.
    @inline(__always)
    mutating func update(_ value: Double) -> Double? {
        let value = sign * value
        if head < entries.count, entries[head].number <= taken &- length { head &+= 1 }
        while entries.count > head, entries[entries.count &- 1].value <= value { entries.removeLast() }
        if head > 0, head == entries.count || head >= length {
            // Spent entries go once they are as many as the window can hold: O(1) on average.
            entries.removeFirst(head)
            head = 0
        }
        entries.append(Entry(number: taken, value: value))
        taken &+= 1
        return isFull ? self.value : nil
    }
}

/// The highest high and the lowest low of the last bars.
struct RollingRange: Sendable {
    private var highs: RollingExtreme
    private var lows: RollingExtreme

    init(_ length: Int) {
        highs = RollingExtreme(.largest, length)
        lows = RollingExtreme(.smallest, length)
    }

    /// Takes a bar; gives the range of the last ones once there are enough.
    @inline(__always)
    mutating func update(high: Double, low: Double) -> HighLow? {
        let highest = highs.update(high)
        let lowest = lows.update(low)
        guard let highest, let lowest else { return nil }
        return HighLow(high: highest, low: lowest)
    }

    /// Takes a bar.
    mutating func update(_ bar: HighLow) -> HighLow? { update(high: bar.high, low: bar.low) }

    /// How many bars ago the highest high was.
    var highAge: Int { highs.age }
    /// How many bars ago the lowest low was.
    var lowAge: Int { lows.age }
}
