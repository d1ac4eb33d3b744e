/// The last values of a sequence, always one after the other in memory, as far as they are kept.
///
/// There is room for twice as many: when it is used up, the last ones move to the front, which is O(1) a value on average.
struct ContiguousWindow: StatePart {
    /// How many values are kept at least, once there were so many.
    let length: Int
    private var memory = StateMemory(capacity: 0)
    private var end = 0

    init(_ length: Int) { self.length = max(length, 1) }

    /// Whether as many values came as are kept.
    @inline(__always)
    var isFull: Bool { end >= length }

    /// The oldest of the last values; the window must be full.
    @inline(__always)
    var first: UnsafeMutablePointer<Double> { memory.base + (end &- length) }

    /// Adds a value.
    @inline(__always)
    mutating func push(_ value: Double) {
        if end == 2 &* length {
            memory.base.update(from: memory.base + length, count: length)
            end = length
        }
        memory.put(value, at: end)
        end &+= 1
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        visitor.visit(&end, upTo: 2 * length)
        visitor.visit(&memory, count: end)
    }
}
