/// The last values of a sequence, as many as its length. Memory grows with the values, up to the length.
struct TrailingValues: Sendable {
    /// How many values are kept.
    let length: Int
    private var values: [Double] = []
    /// Where the next value goes, once all places are taken: that of the oldest.
    private var next = 0

    init(_ length: Int) { self.length = max(length, 1) }

    /// Whether there are as many values as can be kept.
    var isFull: Bool { values.count == length }
    /// How many values are kept.
    var count: Int { values.count }

    /// Adds a value; gives the one that leaves for it, nil if there was room.
    @inline(__always)
    mutating func push(_ value: Double) -> Double? {
        if values.count < length {
            values.append(value)
            return nil
        }
        let oldest = values[next]
        values[next] = value
        next &+= 1
        if next == length { next = 0 }
        return oldest
    }

    /// The oldest value: the next that will leave, once the ring is full.
    @inline(__always)
    var oldest: Double { values.isEmpty ? 0 : values[isFull ? next : 0] }

    /// Whether the next value takes the first place again.
    var isAtStart: Bool { isFull && next == 0 }

    /// The value that was added a number of values ago; 0 is the newest. The value must be kept.
    @inline(__always)
    func back(_ distance: Int) -> Double {
        if values.count < length { return values[values.count &- 1 &- distance] }
        let place = next &- 1 &- distance
        return values[place < 0 ? place &+ length : place]
    }

    /// The values as they lie in memory: in order until the ring is full, then in that of a circular buffer.
    var inMemory: [Double] { values }
}

/// Whether a difference of numbers of a magnitude is no more than what rounding leaves: TA-Lib does not divide by it.
@inline(__always)
func isNoise(_ difference: Double, of magnitude: Double) -> Bool { abs(difference) <= 1e-14 * abs(magnitude) }
