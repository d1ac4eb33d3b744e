/// The last values of a sequence, as many as its length. Memory grows with the values, up to the length.
struct TrailingValues: StatePart {
    /// How many values are kept.
    let length: Int
    private var memory = StateMemory(capacity: 0)
    /// How many values are kept.
    private(set) var count = 0
    /// Where the next value goes, once all places are taken: that of the oldest.
    private var next = 0

    init(_ length: Int) { self.length = max(length, 1) }

    /// Whether there are as many values as can be kept.
    @inline(__always)
    var isFull: Bool { count == length }

    /// Adds a value; gives the one that leaves for it, nil if there was room.
    @inline(__always)
    mutating func push(_ value: Double) -> Double? {
        if count < length {
            memory.put(value, at: count)
            count &+= 1
            return nil
        }
        let oldest = memory[next]
        memory[next] = value
        next &+= 1
        if next == length { next = 0 }
        return oldest
    }

    /// The oldest value: the next that will leave, once the ring is full. There must be one.
    @inline(__always)
    var oldest: Double { memory[next] }

    /// Whether the next value takes the first place again.
    @inline(__always)
    var isAtStart: Bool { isFull && next == 0 }

    /// The value that was added a number of values ago; 0 is the newest. The value must be kept.
    @inline(__always)
    func back(_ distance: Int) -> Double {
        if count < length { return memory[count &- 1 &- distance] }
        let place = next &- 1 &- distance
        return memory[place < 0 ? place &+ length : place]
    }

    /// The values as they lie in memory: in order until the ring is full, then in that of a circular buffer. Valid until the
    /// next value.
    @inline(__always)
    var inMemory: UnsafeBufferPointer<Double> { UnsafeBufferPointer(start: memory.base, count: count) }

    mutating func visit(_ visitor: inout StateVisitor) {
        visitor.visit(&count, upTo: length)
        visitor.visit(&next, upTo: length - 1)
        if count < length, next != 0 { visitor.fail() }
        visitor.visit(&memory, count: count)
    }
}

/// Whether a difference of numbers of a magnitude is no more than what rounding leaves: TA-Lib does not divide by it.
@inline(__always)
func isNoise(_ difference: Double, of magnitude: Double) -> Bool { abs(difference) <= 1e-14 * abs(magnitude) }
