/// A queue in one array that is used round and round: appending and taking out at the front cost no allocation in the
/// steady state, and memory is given back when a quarter of it is enough.
struct RingBuffer<Element> {
    private var storage: [Element?] = []
    private var start = 0
    private(set) var count = 0

    static var capacityMin: Int { 16 }

    var isEmpty: Bool { count == 0 }
    var capacity: Int { storage.count }
    var first: Element? { count > 0 ? storage[start] : nil }

    /// The element at a distance from the front.
    subscript(index: Int) -> Element {
        guard index >= 0, index < count, let element = storage[(start + index) & (storage.count - 1)] else {
            preconditionFailure("BUG: \(index) of \(count)")
        }
        return element
    }

    mutating func append(_ element: Element) {
        if count == storage.count { resize(max(Self.capacityMin, count * 2)) }
        storage[(start + count) & (storage.count - 1)] = element
        count += 1
    }

    mutating func removeFirst(_ number: Int = 1) {
        let number = min(number, count)
        for offset in 0..<number { storage[(start + offset) & (storage.count - 1)] = nil }
        start = (start + number) & max(storage.count - 1, 0)
        count -= number
        var capacity = storage.count
        while capacity > Self.capacityMin, count < capacity / 4 { capacity /= 2 }
        if capacity < storage.count { resize(capacity) }
    }

    mutating func removeAll() { self = RingBuffer() }

    /// To a power of two that holds everything.
    private mutating func resize(_ capacity: Int) {
        var moved: [Element?] = []
        moved.reserveCapacity(capacity)
        for index in 0..<count { moved.append(storage[(start + index) & (storage.count - 1)]) }
        while moved.count < capacity { moved.append(nil) }
        storage = moved
        start = 0
    }
}
