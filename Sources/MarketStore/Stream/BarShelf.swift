/// Bars that wait for the end of their slot, the newest row of each: what a bar is pushed as once it is closed.
///
/// Invariants: `byteCount` is the sum of ``cost(of:)`` over all rows; `ends` rises strictly and holds the keys of `rows`.
struct BarShelf {
    /// A slot of a bucket.
    struct Slot: Hashable {
        var key: BucketKey
        /// Its start, nanoseconds since the epoch.
        var start: Int64
    }

    /// Bytes that its rows may take; beyond it a row is not taken.
    let bytesMax: Int
    private(set) var byteCount = 0
    private(set) var count = 0
    /// Rows by the end of their slot.
    private var rows: [Int64: [Slot: [UInt8]]] = [:]
    private var ends: [Int64] = []

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// The end of the slot that ends first; nil if there is none.
    var next: Int64? { ends.first }

    /// What a row takes: its bytes and what is around them.
    private static func cost(of row: [UInt8]) -> Int { row.count + 256 }

    /// Puts a row in the place of the one before it of the same slot. False if there is no room; the one before is gone then,
    /// too, since it would come after a newer one.
    mutating func put(_ row: [UInt8], _ slot: Slot, until end: Int64) -> Bool {
        if let old = rows[end]?.removeValue(forKey: slot) {
            byteCount -= Self.cost(of: old)
            count -= 1
        }
        guard byteCount + Self.cost(of: row) <= bytesMax else { return false }
        if rows[end] == nil { insert(end) }
        rows[end, default: [:]][slot] = row
        byteCount += Self.cost(of: row)
        count += 1
        return true
    }

    /// Takes the rows of all slots that have ended, by end, then by key and start.
    mutating func take(until now: Int64) -> [(slot: Slot, row: [UInt8])] {
        var taken: [(slot: Slot, row: [UInt8])] = []
        while let end = ends.first, end <= now {
            ends.removeFirst()
            guard let rows = rows.removeValue(forKey: end) else { continue }
            let sorted = rows.sorted { ($0.key.key, $0.key.start) < ($1.key.key, $1.key.start) }
            for (slot, row) in sorted {
                byteCount -= Self.cost(of: row)
                count -= 1
                taken.append((slot, row))
            }
        }
        return taken
    }

    private mutating func insert(_ end: Int64) {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < end { low = middle + 1 } else { high = middle }
        }
        ends.insert(end, at: low)
    }
}
