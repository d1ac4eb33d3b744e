/// Finds the number of a group by its key: a row of unsigned integers.
///
/// Open addressing with linear probing over a power of two of slots, at most half full.
struct GroupTable {
    /// Integers of a key.
    let width: Int
    private(set) var count = 0
    /// Keys, one after the other, by group number.
    private var keys: [UInt64] = []
    /// Group number + 1; 0 is a free slot.
    private var slots = [UInt32](repeating: 0, count: 64)

    init(width: Int) { self.width = width }

    /// The group of a key, and whether it is new.
    mutating func group(of key: UnsafeBufferPointer<UInt64>) -> (group: Int, isNew: Bool) {
        var slot = Self.hash(key) & (slots.count - 1)
        while slots[slot] != 0 {
            let group = Int(slots[slot]) - 1
            if matches(group, key) { return (group, false) }
            slot = (slot + 1) & (slots.count - 1)
        }
        count += 1
        slots[slot] = UInt32(count)
        keys.append(contentsOf: key)
        if count * 2 > slots.count { grow() }
        return (count - 1, true)
    }

    /// The group of a key; nil if it has none.
    func known(_ key: UnsafeBufferPointer<UInt64>) -> Int? {
        var slot = Self.hash(key) & (slots.count - 1)
        while slots[slot] != 0 {
            let group = Int(slots[slot]) - 1
            if matches(group, key) { return group }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    mutating func removeAll() {
        count = 0
        keys.removeAll(keepingCapacity: true)
        slots = [UInt32](repeating: 0, count: 64)
    }

    private func matches(_ group: Int, _ key: UnsafeBufferPointer<UInt64>) -> Bool {
        for index in 0..<width where keys[group * width + index] != key[index] { return false }
        return true
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: slots.count * 2)
        keys.withUnsafeBufferPointer { keys in
            for group in 0..<count {
                var slot = Self.hash(keys.part(group * width..<group * width + width)) & (larger.count - 1)
                while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
                larger[slot] = UInt32(group + 1)
            }
        }
        slots = larger
    }

    /// Multiply and fold (wyhash's step), a multiplication an integer.
    private static func hash(_ key: UnsafeBufferPointer<UInt64>) -> Int {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        for part in key {
            let product = (hash ^ part).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
            hash = product.high ^ product.low ^ part
        }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) >> 1)
    }
}
