/// How often each of some 64-bit integers came: open addressing in two arrays.
struct CountedKeys: Sendable {
    private var keys: [UInt64] = []
    /// 0 where a place is empty.
    private var counts: [Int64] = []
    private var used = 0

    private static let capacityMin = 16

    init() {}

    /// How many keys.
    var count: Int { used }

    /// Bytes of the table.
    var byteCount: Int { (keys.capacity + counts.capacity) * MemoryLayout<UInt64>.stride }

    /// Adds to the count of a key; `number` is positive.
    @inline(__always)
    mutating func add(_ key: UInt64, _ number: Int64 = 1) {
        if used * 2 >= keys.count { grow() }
        let mask = keys.count &- 1
        var index = Int(truncatingIfNeeded: DistinctKeys.hash(key)) & mask
        while true {
            if counts[index] == 0 {
                keys[index] = key
                counts[index] = number
                used += 1
                return
            }
            if keys[index] == key {
                counts[index] &+= number
                return
            }
            index = (index &+ 1) & mask
        }
    }

    private mutating func grow() {
        var larger = CountedKeys()
        let capacity = max(Self.capacityMin, keys.count * 2)
        larger.keys = [UInt64](repeating: 0, count: capacity)
        larger.counts = [Int64](repeating: 0, count: capacity)
        forEach { larger.add($0, $1) }
        self = larger
    }

    /// Calls `body` with each key and its count, in no order.
    func forEach(_ body: (UInt64, Int64) -> Void) {
        for index in keys.indices where counts[index] != 0 { body(keys[index], counts[index]) }
    }

    /// Keys with their counts, ascending: the same for the same counts.
    var sorted: [(key: UInt64, count: Int64)] {
        var entries: [(key: UInt64, count: Int64)] = []
        forEach { entries.append(($0, $1)) }
        return entries.sorted { $0.key < $1.key }
    }
}
