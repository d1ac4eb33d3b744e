/// The buckets of one series, or those over all series, that a live plan keeps. Belongs to the live thread.
///
/// Invariants: entries ascend by their number; those that are closed come before those that are open.
final class LiveBuckets {
    private struct Entry {
        let number: Int64
        /// Groups by the number of their key.
        var groups: [Int: Int] = [:]
        var isClosed: Bool
    }

    let name: String
    /// Buckets before it are not kept.
    var floor: Int64
    /// No row before this time is in time.
    private(set) var watermark = Int64.min
    private var entries: [Entry] = []

    init(_ name: String, floor: Int64) {
        self.name = name
        self.floor = floor
    }

    /// Buckets that are kept.
    var count: Int { entries.count }

    func has(_ bucket: Int64) -> Bool { index(of: bucket) != nil }

    func isClosed(_ bucket: Int64) -> Bool { index(of: bucket).map { entries[$0].isClosed } ?? false }

    func group(of bucket: Int64, key: Int) -> Int? { index(of: bucket).flatMap { entries[$0].groups[key] } }

    /// The groups of a bucket by the number of their key.
    func groups(of bucket: Int64) -> [Int: Int] { index(of: bucket).map { entries[$0].groups } ?? [:] }

    /// Calls `body` with every bucket and its groups.
    func forEach(_ body: (Int64, [Int: Int]) -> Void) {
        for entry in entries { body(entry.number, entry.groups) }
    }

    /// Adds a group.
    ///
    /// - Parameter isPast: whether the bucket, if it is new, is closed from the start.
    func add(_ group: Int, bucket: Int64, key: Int, isPast: Bool) {
        let place = place(of: bucket)
        if place == entries.count || entries[place].number != bucket {
            entries.insert(Entry(number: bucket, isClosed: isPast), at: place)
        }
        entries[place].groups[key] = group
    }

    /// Takes the groups of a bucket away; it stays open or closed.
    func removeGroups(of bucket: Int64) -> [Int] {
        guard let index = index(of: bucket) else { return [] }
        let groups = Array(entries[index].groups.values)
        entries[index].groups = [:]
        return groups
    }

    /// Takes a group out of its bucket.
    func removeGroup(of bucket: Int64, key: Int) {
        guard let index = index(of: bucket) else { return }
        entries[index].groups[key] = nil
    }

    /// Takes the oldest bucket away, unless it is the only one.
    func dropOldest() -> (bucket: Int64, groups: [Int])? {
        guard entries.count > 1 else { return nil }
        let entry = entries.removeFirst()
        return (entry.number, Array(entry.groups.values))
    }

    /// Time has come so far.
    func advance(to time: Int64, _ lateness: Int64) {
        let (mark, overflow) = time.subtractingReportingOverflow(lateness)
        if !overflow { watermark = max(watermark, mark) }
    }

    /// Closes the buckets that end by the watermark.
    func close(end: (Int64) -> Int64, closed: (_ group: Int, _ bucket: Int64, _ key: Int) -> Void) {
        var first = entries.count
        while first > 0, !entries[first - 1].isClosed { first -= 1 }
        while first < entries.count, end(entries[first].number) <= watermark {
            entries[first].isClosed = true
            for (key, group) in entries[first].groups { closed(group, entries[first].number, key) }
            first += 1
        }
    }

    private func index(of bucket: Int64) -> Int? {
        let place = place(of: bucket)
        return place < entries.count && entries[place].number == bucket ? place : nil
    }

    /// The first entry that is not before a bucket: mostly the last one.
    private func place(of bucket: Int64) -> Int {
        if let last = entries.last, last.number <= bucket { return entries.count - (last.number == bucket ? 1 : 0) }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number < bucket { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The groups that a batch changed, in the order in which it did.
struct LiveTouched {
    struct Group {
        let group: Int
        let bucket: Int64
        let key: Int
        let scope: LiveBuckets
        /// Whether its bucket was closed before the batch.
        let wasClosed: Bool
    }

    /// Nil where a group was taken out again.
    private var order: [Group?] = []
    /// By the number of a group where it stands in ``order``, from 1; 0 if it does not.
    private var places: [Int] = []

    var groups: [Group] { order.compactMap(\.self) }

    mutating func add(_ group: Int, bucket: Int64, key: Int, _ scope: LiveBuckets) {
        if has(group) { return }
        add(Group(group: group, bucket: bucket, key: key, scope: scope, wasClosed: scope.isClosed(bucket)))
    }

    /// Adds a group whose bucket closes with the batch.
    mutating func addClosed(_ group: Int, bucket: Int64, key: Int, _ scope: LiveBuckets) {
        if has(group) { return }
        add(Group(group: group, bucket: bucket, key: key, scope: scope, wasClosed: false))
    }

    private func has(_ group: Int) -> Bool { group < places.count && places[group] > 0 }

    private mutating func add(_ group: Group) {
        order.append(group)
        if group.group >= places.count { places += repeatElement(0, count: group.group + 1 - places.count) }
        places[group.group] = order.count
    }

    mutating func remove(_ group: Int) {
        guard has(group) else { return }
        order[places[group] - 1] = nil
        places[group] = 0
    }

    mutating func removeAll() {
        for case .some(let group) in order { places[group.group] = 0 }
        order.removeAll(keepingCapacity: true)
    }

    /// Groups of a bucket, by key.
    static func all(_ groups: [Int: Int], bucket: Int64, _ scope: LiveBuckets) -> [Group] {
        let wasClosed = scope.isClosed(bucket)
        return groups.sorted { $0.key < $1.key }.map { key, group in
            Group(group: group, bucket: bucket, key: key, scope: scope, wasClosed: wasClosed)
        }
    }

    /// Groups of all buckets.
    static func all(_ scope: LiveBuckets) -> [Group] {
        var all: [Group] = []
        scope.forEach { bucket, groups in all += Self.all(groups, bucket: bucket, scope) }
        return all
    }
}
