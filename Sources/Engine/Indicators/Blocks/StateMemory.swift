import Columnar

/// Doubles that a part of a state keeps; memory grows with them.
///
/// A plain copy shows the same memory: see ``StatePart``. Places are not checked: a part keeps its own within what it put.
struct StateMemory: @unchecked Sendable {
    // Sendable: a state that is in use was separated from every copy.
    private var owner: OwnedMemory<Double>
    /// The first value; `owner` keeps it alive.
    private(set) var base: UnsafeMutablePointer<Double>

    /// Values of the first memory.
    private static let capacityMin = 16

    init(capacity: Int) {
        owner = OwnedMemory(capacity: capacity)
        base = owner.base
    }

    /// Memory for a number of values that are all the same.
    init(repeating value: Double, count: Int) {
        self.init(capacity: count)
        base.initialize(repeating: value, count: count)
    }

    /// How many values there is room for.
    var capacity: Int { owner.capacity }

    @inline(__always)
    subscript(place: Int) -> Double {
        get { base[place] }
        nonmutating set { base[place] = newValue }
    }

    /// Sets a value behind those that there are, for which there may not be room yet.
    @inline(__always)
    mutating func put(_ value: Double, at count: Int) {
        if count >= owner.capacity { self = enlarged(count) }
        base[count] = value
    }

    /// Gives this copy memory of its own, with as many values.
    mutating func separate(_ count: Int) {
        let copy = StateMemory(capacity: max(count, min(capacity, Self.capacityMin)))
        copy.base.initialize(from: base, count: count)
        self = copy
    }

    @inline(never)
    private func enlarged(_ count: Int) -> StateMemory {
        let larger = StateMemory(capacity: max(count &* 2, Self.capacityMin))
        larger.base.initialize(from: base, count: count)
        return larger
    }
}
