import Columnar
import QueryLang

/// Numbers the buckets that are met: groups of an aggregation that has no keys, or whose keys are those of the series.
struct BucketGroups {
    private let buckets: Buckets?
    /// Bucket numbers, by group.
    private var numbers: [Int64] = []
    /// The groups by bucket number, from when buckets stop to come in ascending order.
    private var table: GroupTable?
    private var last = -1

    init(_ buckets: Buckets?) { self.buckets = buckets }

    /// Groups so far.
    var count: Int { numbers.count }

    /// The group of a bucket; `isNew` if it was not met before.
    mutating func group(of bucket: Int64) -> (group: Int, isNew: Bool) {
        if last >= 0, numbers[last] == bucket { return (last, false) }
        let next = last + 1
        if next < numbers.count {
            // A series after the first one often meets the same buckets in the same order.
            if numbers[next] == bucket {
                last = next
                return (next, false)
            }
        } else if table == nil, numbers.last ?? .min < bucket || numbers.isEmpty {
            numbers.append(bucket)
            last = numbers.count - 1
            return (last, true)
        }
        let found = search(bucket)
        if found.isNew { numbers.append(bucket) }
        last = found.group
        return found
    }

    private mutating func search(_ bucket: Int64) -> (group: Int, isNew: Bool) {
        if table == nil {
            var table = GroupTable(width: 1)
            for number in numbers { _ = Self.group(of: number, in: &table) }
            self.table = table
        }
        guard var table = table.take() else { return (0, false) }
        let found = Self.group(of: bucket, in: &table)
        self.table = table
        return found
    }

    private static func group(of bucket: Int64, in table: inout GroupTable) -> (group: Int, isNew: Bool) {
        withUnsafePointer(to: UInt64(bitPattern: bucket)) { table.group(of: UnsafeBufferPointer(start: $0, count: 1)) }
    }

    /// Bucket number of every group.
    var bucketNumbers: [Int64] { numbers }

    /// Appends the starts of the first groups' buckets.
    func appendStarts(_ count: Int, to builder: VectorBuilder) {
        guard let buckets else { return }
        let starts = Buffer<Int64>.filled(count: count) { target in
            for group in 0..<count { target[group] = buckets.start(numbers[group]) }
        }
        builder.append(Vector(type: .timestamp, form: .int64(starts)), 0..<count)
    }

    /// Forgets the first groups; the others take their numbers.
    mutating func removeFirst(_ count: Int) {
        if count == numbers.count {
            numbers.removeAll(keepingCapacity: true)
        } else {
            numbers.removeFirst(count)
        }
        table = nil
        last = numbers.count - 1
    }
}
