import Columnar
import QueryLang

/// Gives each bucket and combination of keys a group number, and keeps the keys' values.
final class KeyGroups {
    private var encoders: [KeyEncoder]
    private var table: GroupTable
    private let buckets: Buckets?
    private var bucketNumbers: [Int64] = []
    private let keyValues: [VectorBuilder]
    /// Place of the first key in a row of the table, after the bucket and a bit a key that says whether it is null.
    private let firstKey: Int

    init(_ types: [ColumnType], buckets: Buckets?) {
        self.encoders = types.map { _ in KeyEncoder() }
        self.firstKey = 1 + (types.count + 63) / 64
        self.table = GroupTable(width: firstKey + types.count)
        self.buckets = buckets
        self.keyValues = types.map { VectorBuilder($0) }
    }

    /// Groups so far.
    var count: Int { table.count }

    /// Where the buckets of rows come from.
    enum BucketSource {
        /// There are none.
        case none
        /// The times of the rows, ascending.
        case times(Vector)
        /// Their numbers.
        case numbers([Int64])
    }

    /// The group of every row; calls `added` for each new group.
    func groups(of keys: [Vector], buckets source: BucketSource, rowCount: Int, added: () -> Void) -> [Int] {
        if case .numbers = source {} else if let groups = groupsByCode(keys, source, added) { return groups }
        let cells = keyRows(keys, source, rowCount: rowCount)
        var groups = [Int](repeating: 0, count: rowCount)
        cells.withUnsafeBufferPointer { cells in
            for row in 0..<rowCount {
                let (group, isNew) = table.group(of: cells.part(row * table.width..<(row + 1) * table.width))
                groups[row] = group
                if isNew { add(Int64(bitPattern: cells[row * table.width]), keys, row, added) }
            }
        }
        return groups
    }

    private func add(_ bucket: Int64, _ keys: [Vector], _ row: Int, _ added: () -> Void) {
        bucketNumbers.append(bucket)
        for (index, values) in keyValues.enumerated() { values.append(keys[index], row..<row + 1) }
        added()
    }

    /// Dictionaries up to this size get a table from code to group for each run of rows in one bucket.
    private static let codesMax = 256

    /// The group of every row for one key that is a symbol: a look into an array a row, instead of a hash table.
    private func groupsByCode(_ keys: [Vector], _ source: BucketSource, _ added: () -> Void) -> [Int]? {
        guard keys.count == 1, keys[0].validity == nil, case .dictionary(let codes, let dictionary) = keys[0].form,
            dictionary.values.count <= Self.codesMax
        else { return nil }
        let cells = encoders[0].encode(keys[0])
        let known = OwnedMemory<Int>(capacity: dictionary.values.count)
        var groups = [Int](repeating: 0, count: codes.count)
        groups.withUnsafeMutableBufferPointer { groups in
            let codes = codes.base
            func look(_ bucket: Int64, _ rows: Range<Int>) {
                known.base.initialize(repeating: -1, count: known.capacity)
                for row in rows {
                    let code = Int(codes[row])
                    if known.base[code] < 0 {
                        let (group, isNew) = [UInt64(bitPattern: bucket), 0, cells[row]].withUnsafeBufferPointer {
                            table.group(of: $0)
                        }
                        if isNew { add(bucket, keys, row, added) }
                        known.base[code] = group
                    }
                    groups[row] = known.base[code]
                }
            }
            if let buckets, case .times(let times) = source {
                times.int64Values.withUnsafeBufferPointer { buckets.forEachRun($0, look) }
            } else {
                look(0, 0..<groups.count)
            }
        }
        return withExtendedLifetime(codes) { groups }
    }

    /// The key of every row, one after the other.
    private func keyRows(_ keys: [Vector], _ source: BucketSource, rowCount: Int) -> [UInt64] {
        let width = table.width
        var cells = [UInt64](repeating: 0, count: rowCount * width)
        cells.withUnsafeMutableBufferPointer { cells in
            switch source {
            case .none: break
            case .times(let times):
                guard let buckets else { break }
                times.int64Values.withUnsafeBufferPointer { times in
                    buckets.forEachRun(times) { bucket, rows in
                        for row in rows { cells[row * width] = UInt64(bitPattern: bucket) }
                    }
                }
            case .numbers(let numbers):
                for row in 0..<rowCount { cells[row * width] = UInt64(bitPattern: numbers[row]) }
            }
            for (index, vector) in keys.enumerated() {
                encoders[index].encode(vector).withUnsafeBufferPointer { values in
                    for row in 0..<rowCount { cells[row * width + firstKey + index] = values[row] }
                }
                let bit: UInt64 = 1 << UInt64(index % 64)
                if vector.isNull {
                    for row in 0..<rowCount { cells[row * width + 1 + index / 64] |= bit }
                } else if let validity = vector.validity {
                    for row in 0..<rowCount where !validity[row] { cells[row * width + 1 + index / 64] |= bit }
                }
            }
        }
        return cells
    }

    /// Gives away the bucket number and the keys of every group, and forgets them.
    func take() -> (bucketNumbers: [Int64], keys: [Vector]) {
        defer {
            bucketNumbers = []
            table.removeAll()
        }
        return (bucketNumbers, keyValues.map { $0.take() })
    }
}
