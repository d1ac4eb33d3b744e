import Columnar
import QueryLang

/// Row numbers that are sorted by one column of keys after the other, the last one first.
///
/// A least-significant-digit radix sort: stable, and linear in the rows for every byte in which keys differ. Few rows are
/// sorted by insertion.
struct RadixOrder {
    private(set) var rows: [UInt32]

    init(count: Int) { rows = (0..<UInt32(truncatingIfNeeded: count)).map { $0 } }

    /// Up to this number of rows insertion costs less than a pass over 256 counters.
    private static let insertionRows = 48
    /// Rows between two checkpoints: about a tenth of a millisecond.
    private static let checkpointRows = 65_536

    /// Sorts by a key a row; rows with equal keys stay in the order that they have.
    mutating func sort(
        by keys: Buffer<UInt64>,
        _ checkpoint: () throws(QueryError) -> Void
    ) throws(QueryError) {
        if rows.count <= Self.insertionRows { return insertionSort(by: keys) }
        var different: UInt64 = 0
        let first = keys[0]
        var isSorted = true
        keys.withUnsafeBufferPointer { keys in
            for key in keys { different |= key ^ first }
            for (row, next) in zip(rows, rows.dropFirst()) where keys[Int(row)] > keys[Int(next)] {
                isSorted = false
                break
            }
        }
        if isSorted { return }
        var scratch = [UInt32](repeating: 0, count: rows.count)
        for shift in stride(from: UInt64(0), to: 64, by: 8) where different >> shift & 0xFF != 0 {
            try pass(keys, shift, into: &scratch, checkpoint)
            swap(&rows, &scratch)
        }
        withExtendedLifetime(keys) {}
    }

    private func pass(
        _ keys: Buffer<UInt64>,
        _ shift: UInt64,
        into target: inout [UInt32],
        _ checkpoint: () throws(QueryError) -> Void
    ) throws(QueryError) {
        let base = keys.base
        var places = [Int](repeating: 0, count: 257)
        for row in 0..<rows.count { places[Int(base[row] >> shift & 0xFF) + 1] &+= 1 }
        for digit in 1...256 { places[digit] &+= places[digit &- 1] }
        var start = 0
        while start < rows.count {
            try checkpoint()
            let end = min(start + Self.checkpointRows, rows.count)
            rows.withUnsafeBufferPointer { rows in
                target.withUnsafeMutableBufferPointer { target in
                    places.withUnsafeMutableBufferPointer { places in
                        for index in start..<end {
                            let row = rows[index]
                            let digit = Int(base[Int(row)] >> shift & 0xFF)
                            target[places[digit]] = row
                            places[digit] &+= 1
                        }
                    }
                }
            }
            start = end
        }
    }

    private mutating func insertionSort(by keys: Buffer<UInt64>) {
        for index in rows.indices.dropFirst() {
            let row = rows[index]
            let key = keys[Int(row)]
            var place = index
            while place > 0, keys[Int(rows[place - 1])] > key {
                rows[place] = rows[place - 1]
                place -= 1
            }
            rows[place] = row
        }
    }
}
