import Columnar
import QueryLang

/// Gives each bucket and combination of keys a group number, and keeps the keys' values.
final class GroupKeys {
    private let keyNodes: [any ExpressionNode]
    private var encoders: [KeyEncoder]
    private var table: GroupTable
    private let buckets: Buckets?
    private let bucketStarts = VectorBuilder(.timestamp)
    private let keyValues: [VectorBuilder]
    /// Place of the first key in a row of the table, after the bucket and a bit a key that says whether it is null.
    private let firstKey: Int

    init(_ keys: [BoundExpression], buckets: Buckets?) {
        self.keyNodes = keys.map(ExpressionCompiler.compile)
        self.encoders = keys.map { _ in KeyEncoder() }
        self.firstKey = 1 + (keys.count + 63) / 64
        self.table = GroupTable(width: firstKey + keys.count)
        self.buckets = buckets
        self.keyValues = keys.map { VectorBuilder($0.type) }
    }

    /// Groups so far, of which ``moveFirst(_:to:)`` was not yet asked.
    var count: Int { table.count }

    /// The group of a bucket, for keys that are the series key, if any; adds it if it is new.
    func group(bucket: Int64) -> (group: Int, isNew: Bool) {
        // Groups of other series were moved away before, so the series need not be part of the key.
        let found = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: table.width) { key in
            key.initialize(repeating: 0)
            key[0] = UInt64(bitPattern: bucket)
            return table.group(of: UnsafeBufferPointer(key))
        }
        if found.isNew { bucketStarts.append(.timestamp(buckets?.start(bucket) ?? 0)) }
        return found
    }

    /// The group of every row, for any keys; calls `added` for each new group.
    func groups(of batch: RowBatch, times: Vector?, added: () -> Void) throws(QueryError) -> [Int] {
        var vectors: [Vector] = []
        for node in keyNodes { vectors.append(try node.evaluate(batch)) }
        if let groups = groupsByCode(vectors, times: times, added) { return groups }
        let keys = keyRows(vectors, times: times, rowCount: batch.rowCount)
        var groups = [Int](repeating: 0, count: batch.rowCount)
        keys.withUnsafeBufferPointer { keys in
            for row in 0..<batch.rowCount {
                let (group, isNew) = table.group(of: keys.part(row * table.width..<(row + 1) * table.width))
                groups[row] = group
                if isNew {
                    bucketStarts.append(.timestamp(buckets?.start(Int64(bitPattern: keys[row * table.width])) ?? 0))
                    for (index, values) in keyValues.enumerated() { values.append(vectors[index], row..<row + 1) }
                    added()
                }
            }
        }
        return groups
    }

    /// Dictionaries up to this size get a table from code to group for each run of rows in one bucket.
    private static let codesMax = 256

    /// The group of every row for one key that is a symbol: a look into an array a row, instead of a hash table.
    private func groupsByCode(_ vectors: [Vector], times: Vector?, _ added: () -> Void) -> [Int]? {
        guard vectors.count == 1, vectors[0].validity == nil,
            case .dictionary(let codes, let dictionary) = vectors[0].form,
            dictionary.values.count <= Self.codesMax
        else { return nil }
        let cells = encoders[0].encode(vectors[0])
        let known = OwnedMemory<Int>(capacity: dictionary.values.count)
        var groups = [Int](repeating: 0, count: codes.count)
        groups.withUnsafeMutableBufferPointer { groups in
            let codes = codes.base
            func look(_ bucket: Int64, _ rows: Range<Int>) {
                known.base.initialize(repeating: -1, count: known.capacity)
                for row in rows {
                    let code = Int(codes[row])
                    if known.base[code] < 0 { known.base[code] = group(bucket, cells[row], vectors[0], row, added) }
                    groups[row] = known.base[code]
                }
            }
            if let buckets, let times {
                times.int64Values.withUnsafeBufferPointer { buckets.forEachRun($0, look) }
            } else {
                look(0, 0..<groups.count)
            }
        }
        return withExtendedLifetime(codes) { groups }
    }

    /// The group of a bucket and one key.
    private func group(_ bucket: Int64, _ cell: UInt64, _ values: Vector, _ row: Int, _ added: () -> Void) -> Int {
        let (group, isNew) = [UInt64(bitPattern: bucket), 0, cell].withUnsafeBufferPointer { table.group(of: $0) }
        if isNew {
            bucketStarts.append(.timestamp(buckets?.start(bucket) ?? 0))
            keyValues[0].append(values, row..<row + 1)
            added()
        }
        return group
    }

    /// The key of every row, one after the other.
    private func keyRows(_ vectors: [Vector], times: Vector?, rowCount: Int) -> [UInt64] {
        let width = table.width
        var keys = [UInt64](repeating: 0, count: rowCount * width)
        keys.withUnsafeMutableBufferPointer { keys in
            if let buckets, let times {
                times.int64Values.withUnsafeBufferPointer { times in
                    for row in 0..<rowCount { keys[row * width] = UInt64(bitPattern: buckets.index(times[row])) }
                }
            }
            for (index, vector) in vectors.enumerated() {
                encoders[index].encode(vector).withUnsafeBufferPointer { cells in
                    for row in 0..<rowCount { keys[row * width + firstKey + index] = cells[row] }
                }
                let bit: UInt64 = 1 << UInt64(index % 64)
                if vector.isNull {
                    for row in 0..<rowCount { keys[row * width + 1 + index / 64] |= bit }
                } else if let validity = vector.validity {
                    for row in 0..<rowCount where !validity[row] { keys[row * width + 1 + index / 64] |= bit }
                }
            }
        }
        return keys
    }

    /// Appends bucket starts and key values of the first groups to builders, and forgets all groups. The groups after
    /// `count`, in order, are to be asked for anew.
    ///
    /// - Parameters:
    ///   - count: how many groups.
    ///   - series: the value of every key, if the keys are the series key.
    ///   - builders: one for the bucket, then one a key.
    func moveFirst(_ count: Int, series: String?, to builders: ArraySlice<VectorBuilder>) {
        guard let starts = builders.first else { return }
        starts.append(bucketStarts.take(), 0..<count)
        for (builder, values) in zip(builders.dropFirst(), keyValues) {
            if let series {
                builder.append(.text(series), count: count)
            } else {
                builder.append(values.take(), 0..<count)
            }
        }
        table.removeAll()
    }
}
