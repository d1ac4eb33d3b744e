/// A set of 64-bit integers: open addressing in one array, for millions of insertions a second.
struct DistinctKeys: Sendable {
    /// 0 stands for an empty place; the key 0 is kept apart.
    private var table: [UInt64] = []
    private var hasZero = false
    private var count = 0

    init() {}

    /// How many keys.
    var keyCount: Int { count + (hasZero ? 1 : 0) }

    /// Bytes of the table.
    var byteCount: Int { table.capacity * MemoryLayout<UInt64>.stride }

    /// Adds a key.
    mutating func insert(_ key: UInt64) { insert(0..<1) { _ in key } }

    /// Adds the key of each row; nil adds none.
    @inline(__always)
    mutating func insert(_ rows: Range<Int>, _ key: (Int) -> UInt64?) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            if count * 2 >= table.count { grow() }
            let room = table.count / 2
            var count = self.count
            var hasZero = self.hasZero
            row = table.withUnsafeMutableBufferPointer { table in
                var row = row
                while row < rows.upperBound, count < room {
                    if let key = key(row) {
                        if key == 0 {
                            hasZero = true
                        } else if Self.place(key, in: table) {
                            count &+= 1
                        }
                    }
                    row &+= 1
                }
                return row
            }
            self.count = count
            self.hasZero = hasZero
        }
    }

    /// Writes a key to its place; whether it is new. There is an empty place.
    @inline(__always)
    private static func place(_ key: UInt64, in table: UnsafeMutableBufferPointer<UInt64>) -> Bool {
        let mask = table.count &- 1
        var index = Int(truncatingIfNeeded: hash(key)) & mask
        while true {
            let there = table[index]
            if there == key { return false }
            if there == 0 {
                table[index] = key
                return true
            }
            index = (index &+ 1) & mask
        }
    }

    /// The finalizer of MurmurHash3: doubles and timestamps differ in their high bits, the table looks at the low ones.
    @inline(__always)
    static func hash(_ key: UInt64) -> UInt64 {
        var hash = key
        hash ^= hash >> 33
        hash &*= 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        hash &*= 0xC4CE_B9FE_1A85_EC53
        return hash ^ (hash >> 33)
    }

    private static let capacityMin = 16

    private mutating func grow() {
        let old = table
        table = [UInt64](repeating: 0, count: max(Self.capacityMin, old.count * 2))
        table.withUnsafeMutableBufferPointer { table in
            for key in old where key != 0 { _ = Self.place(key, in: table) }
        }
    }

    /// Adds the keys of another set.
    mutating func formUnion(_ other: DistinctKeys) {
        if other.hasZero { hasZero = true }
        insert(other.table.indices) { other.table[$0] == 0 ? nil : other.table[$0] }
    }

    /// The keys, ascending: the same for the same set.
    var sorted: [UInt64] { ((hasZero ? [0] : []) + table.filter { $0 != 0 }).sorted() }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(Int64(keyCount))
        for key in sorted { writer.write(key) }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        for _ in 0..<count { insert(try reader.read(UInt64.self)) }
        guard keyCount == count else { throw .malformed }
    }
}

extension DistinctKeys: Hashable {
    /// Whether both hold the same keys.
    static func == (left: DistinctKeys, right: DistinctKeys) -> Bool {
        left.keyCount == right.keyCount && left.sorted == right.sorted
    }

    func hash(into hasher: inout Hasher) { hasher.combine(sorted) }
}
