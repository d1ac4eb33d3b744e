/// How often each of some 64-bit integers came: open addressing, a key and its count side by side.
struct CountedKeys: Sendable {
    private struct Entry {
        var key: UInt64 = 0
        /// 0 where a place is empty.
        var count: Int64 = 0
    }

    private var entries: [Entry] = []
    private var used = 0

    private static let capacityMin = 16

    init() {}

    /// How many keys.
    var count: Int { used }

    /// Bytes of the table.
    var byteCount: Int { entries.capacity * MemoryLayout<Entry>.stride }

    /// Adds to the count of a key; `number` is positive.
    mutating func add(_ key: UInt64, _ number: Int64 = 1) { add(1, key: { _ in key }, number: { _ in number }) }

    /// Adds one to the count of each key.
    mutating func add(_ keys: UnsafePointer<UInt64>, _ number: Int) {
        add(number, key: { keys[$0] }, number: { _ in 1 })
    }

    @inline(__always)
    private mutating func add(_ rows: Int, key: (Int) -> UInt64, number: (Int) -> Int64) {
        var row = 0
        while row < rows {
            if used * 2 >= entries.count { grow() }
            let most = entries.count / 2
            var used = used
            entries.withUnsafeMutableBufferPointer { table in
                let shift = Self.shift(table.count)
                while row < rows, used < most {
                    if Self.add(key(row), number(row), table, shift) { used &+= 1 }
                    row &+= 1
                }
            }
            self.used = used
        }
    }

    /// What leaves as many high bits of a hash as the table has places.
    @inline(__always)
    private static func shift(_ capacity: Int) -> UInt64 { UInt64(64 &- capacity.trailingZeroBitCount) }

    /// Adds to the count of a key; whether it is new. There is an empty place.
    @inline(__always)
    private static func add(
        _ key: UInt64,
        _ number: Int64,
        _ table: UnsafeMutableBufferPointer<Entry>,
        _ shift: UInt64
    ) -> Bool {
        // Every bit of the key reaches the high bits of the product (Knuth's multiplicative hashing).
        var index = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while true {
            if table[index].count == 0 {
                table[index] = Entry(key: key, count: number)
                return true
            }
            if table[index].key == key {
                table[index].count &+= number
                return false
            }
            index = (index &+ 1) & (table.count &- 1)
        }
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(), count: max(Self.capacityMin, old.count * 2))
        entries.withUnsafeMutableBufferPointer { table in
            let shift = Self.shift(table.count)
            for entry in old where entry.count != 0 { _ = Self.add(entry.key, entry.count, table, shift) }
        }
    }

    /// Calls `body` with each key and its count, in no order.
    func forEach(_ body: (UInt64, Int64) -> Void) {
        for entry in entries where entry.count != 0 { body(entry.key, entry.count) }
    }

    /// Keys with their counts, ascending: the same for the same counts.
    var sorted: [(key: UInt64, count: Int64)] {
        var list: [(key: UInt64, count: Int64)] = []
        list.reserveCapacity(used)
        forEach { list.append(($0, $1)) }
        return list.sorted { $0.key < $1.key }
    }
}
