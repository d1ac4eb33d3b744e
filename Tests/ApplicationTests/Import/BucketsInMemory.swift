import Columnar
import Synchronization

@testable import MarketStore

/// Buckets in memory, as a service that imports write to.
final class BucketsInMemory: DataService, BucketDirectory {
    private struct State {
        var buckets: [BucketKey: Bucket] = [:]
        var rows: [BucketKey: BucketRows] = [:]
        var writesLeft = Int.max
        var writeCalls = 0
    }

    private let state = Mutex(State())

    var directory: any BucketDirectory { self }
    let version = "test"
    let timezone: String

    init(timezone: String = "UTC") { self.timezone = timezone }

    /// Lets so many writes through, and refuses those after them.
    func refuse(after writes: Int) { state.withLock { $0.writesLeft = writes } }

    var writeCalls: Int { state.withLock { $0.writeCalls } }

    /// The rows of a bucket by time, then bytes.
    func rows(_ key: String) -> [Row] {
        guard let key = BucketKey(key), let rows = state.withLock({ $0.rows[key] }) else { return [] }
        return (0..<rows.count).map { Row(time: rows.times[$0], bytes: Array(rows.row($0))) }.sorted()
    }

    struct Row: Hashable, Comparable {
        var time: Int64
        var bytes: [UInt8]

        static func < (left: Row, right: Row) -> Bool {
            left.time == right.time ? left.bytes.lexicographicallyPrecedes(right.bytes) : left.time < right.time
        }
    }

    func bucket(_ key: BucketKey) -> Bucket? { state.withLock { $0.buckets[key] } }
    func buckets(timeframe: String, attribute: String) -> [Bucket] {
        all.filter { $0.key.timeframe == timeframe && $0.key.attribute == attribute }
    }
    var all: [Bucket] { state.withLock { $0.buckets.values.sorted { $0.key < $1.key } } }

    func query(_ queries: [DataQuery]) throws(DataServiceError) -> [Dataset] {
        var answers: [Dataset] = []
        for query in queries {
            guard let key = BucketKey(query.destination), let bucket = bucket(key) else {
                throw DataServiceError("no files returned from query parse")
            }
            let start = (query.epochStart ?? 0) * CivilTime.second + (query.epochStartNanos ?? 0)
            let end = (query.epochEnd ?? 1 << 33) * CivilTime.second + (query.epochEndNanos ?? 0)
            let rows = state.withLock { $0.rows[key] } ?? BucketRows(columns: bucket.columns, isVariable: false)
            var found = BucketRows(columns: bucket.columns, isVariable: bucket.isVariable)
            for row in 0..<rows.count where rows.times[row] >= start && rows.times[row] <= end {
                if let limit = query.limit, found.count >= limit { break }
                found.append(row, of: rows)
            }
            var dataset = found.dataset(key: query.destination)
            if let columns = query.columns {
                dataset.columns.removeAll { !(columns + ["Epoch", "Nanoseconds"]).contains($0.name) }
            }
            answers.append(dataset)
        }
        return answers
    }

    func write(_ writes: [DataWrite]) -> [DataServiceError?] {
        state.withLock { $0.writeCalls += 1 }
        return writes.map { write in
            state.withLock { state in
                guard state.writesLeft > 0 else { return DataServiceError("refused") }
                state.writesLeft -= 1
                for span in write.dataset.spans {
                    guard let key = BucketKey(span.key) else { return DataServiceError("no key") }
                    let columns = write.dataset.columns.compactMap { column in
                        WireType(rawValue: column.type).map { Bucket.Column(name: column.name, type: $0) }
                    }
                    .filter { $0.name != "Epoch" && !(write.isVariable && $0.name == "Nanoseconds") }
                    let fresh = Bucket(
                        key: key,
                        columns: columns,
                        isVariable: write.isVariable,
                        table: "t",
                        zone: timezone
                    )
                    let bucket = state.buckets[key] ?? fresh
                    state.buckets[key] = bucket
                    guard let rows = BucketRows(write.dataset, columns: bucket.columns, isVariable: bucket.isVariable)
                    else { return DataServiceError("columns") }
                    state.rows[key] = Self.merged(state.rows[key], rows)
                }
                return nil
            }
        }
    }

    private static func merged(_ old: BucketRows?, _ new: BucketRows) -> BucketRows {
        guard let old else { return new }
        var all = BucketRows(columns: old.columns, isVariable: old.isVariable)
        let replaced = old.isVariable ? [] : Set(new.times)
        for row in 0..<old.count where !replaced.contains(old.times[row]) { all.append(row, of: old) }
        for row in 0..<new.count { all.append(row, of: new) }
        return all
    }

    func create(_ creations: [BucketCreation]) -> [DataServiceError?] {
        creations.map { creation in
            guard let key = BucketKey(creation.key) else { return DataServiceError("no key") }
            let columns = creation.columns.compactMap { name, type in
                WireType(rawValue: type).map { Bucket.Column(name: name, type: $0) }
            }
            state.withLock {
                $0.buckets[key] = Bucket(
                    key: key,
                    columns: columns,
                    isVariable: creation.isVariable,
                    table: "t",
                    zone: timezone
                )
            }
            return nil
        }
    }

    func destroy(_ keys: [String]) -> [DataServiceError?] { keys.map { _ in DataServiceError("not here") } }
    func list(_ format: ListFormat) -> [String] { all.map(\.key.description) }
    func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>] {
        keys.map { _ in .failure(DataServiceError("not here")) }
    }
}
