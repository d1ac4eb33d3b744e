public import Columnar
import Synchronization

/// The buckets that there are, in memory: what `system.marketstore_buckets` says, followed row by row.
public final class BucketCatalog: BucketDirectory, CommitListener {
    private struct Family {
        var buckets: [Bucket] = []
        var isSorted = true
    }

    private struct State {
        var version = 0
        var buckets: [BucketKey: Bucket] = [:]
        var families: [BucketFamily: Family] = [:]
        /// How many buckets live in a table, by its name in lower case: names of tables do not mind it.
        var uses: [String: Int] = [:]
        var tables: [BucketShape: String] = [:]

        mutating func remove(_ key: BucketKey) {
            guard let bucket = buckets.removeValue(forKey: key) else { return }
            version += 1
            let family = BucketFamily(key)
            families[family]?.buckets.removeAll { $0.key == key }
            if families[family]?.buckets.isEmpty == true { families[family] = nil }
            let table = bucket.table.lowercased()
            uses[table, default: 1] -= 1
            guard uses[table] == 0 else { return }
            uses[table] = nil
            tables = tables.filter { $0.value.lowercased() != table }
        }
    }

    private let state = Mutex(State())

    /// Creates a catalogue without buckets.
    init() {}

    /// Reads the buckets of a store whose tables are there, and follows the store: a table that a statement drops takes its
    /// buckets with it.
    convenience init(following store: any CommitFeed) throws(TableError) {
        self.init()
        store.addListener(self)
        let snapshot = store.snapshot()
        add(try BucketRegistry.buckets(snapshot).filter { snapshot.catalog.schema(named: $0.table) != nil })
    }

    /// See ``CommitListener/committed(_:)``. A bucket is known as soon as its first rows can be seen.
    public func committed(_ batch: CommittedBatch) {
        var made: [Bucket] = []
        for group in batch.groups where group.table == BucketRegistry.schema.name {
            guard let (bucket, isDestroyed) = BucketRegistry.bucket(group) else { continue }
            if isDestroyed { remove(bucket.key) } else { made.append(bucket) }
        }
        if !made.isEmpty { add(made) }
    }

    /// See ``CommitListener/changed(_:)``.
    public func changed(_ change: CommittedChange) {
        guard change.kind == .dropped else { return }
        let table = change.table.lowercased()
        let keys = state.withLock { state in
            state.uses[table] == nil ? [] : state.buckets.values.filter { $0.table.lowercased() == table }.map(\.key)
        }
        for key in keys { remove(key) }
    }

    // MARK: BucketDirectory

    /// See ``BucketDirectory/bucket(_:)``.
    public func bucket(_ key: BucketKey) -> Bucket? { state.withLock { $0.buckets[key] } }

    /// See ``BucketDirectory/buckets(timeframe:attribute:)``.
    public func buckets(timeframe: String, attribute: String) -> [Bucket] {
        let family = BucketFamily(timeframe: timeframe, attribute: attribute)
        return state.withLock { state in
            guard let found = state.families[family] else { return [] }
            if found.isSorted { return found.buckets }
            let sorted = found.buckets.sorted { $0.key < $1.key }
            state.families[family] = Family(buckets: sorted)
            return sorted
        }
    }

    /// See ``BucketDirectory/all``.
    public var all: [Bucket] { state.withLock { Array($0.buckets.values) }.sorted { $0.key < $1.key } }

    /// See ``BucketDirectory/timeframes(symbol:attribute:)``.
    public func timeframes(symbol: String, attribute: String) -> [String] {
        timeframes(attribute: attribute).filter {
            bucket(BucketKey(symbol: symbol, timeframe: $0, attribute: attribute)) != nil
        }
    }

    /// The timeframes in which buckets with a group of columns are, as they were written.
    func timeframes(attribute: String) -> [String] {
        state.withLock { $0.families.keys.filter { $0.attribute == attribute }.map(\.timeframe) }
    }

    // MARK: For the writer

    /// The buckets of some keys at one moment, nil where there is none, and the moment's number: it changes whenever a
    /// bucket comes or goes.
    func buckets(_ keys: [BucketKey]) -> (buckets: [Bucket?], version: Int) {
        state.withLock { state in (keys.map { state.buckets[$0] }, state.version) }
    }

    /// See ``buckets(_:)``.
    var version: Int { state.withLock { $0.version } }

    /// The table in which buckets of a shape are; nil if there are none.
    func table(of shape: BucketShape) -> String? { state.withLock { $0.tables[shape] } }

    /// Whether buckets are in the table of this name.
    func isUsed(table: String) -> Bool { state.withLock { $0.uses[table.lowercased()] != nil } }

    /// Adds buckets, in place of those of their keys.
    private func add(_ buckets: [Bucket]) {
        state.withLock { state in
            state.version += 1
            for bucket in buckets where state.buckets[bucket.key] != bucket {
                state.remove(bucket.key)
                state.buckets[bucket.key] = bucket
                var family = state.families.removeValue(forKey: BucketFamily(bucket.key)) ?? Family()
                family.isSorted = family.buckets.last.map { family.isSorted && $0.key < bucket.key } ?? true
                family.buckets.append(bucket)
                state.families[BucketFamily(bucket.key)] = family
                state.uses[bucket.table.lowercased(), default: 0] += 1
                state.tables[BucketShape(bucket)] = bucket.table
            }
        }
    }

    private func remove(_ key: BucketKey) { state.withLock { $0.remove(key) } }
}

/// What buckets that share a table have in common.
struct BucketShape: Sendable, Hashable {
    var family: BucketFamily
    var columns: [Bucket.Column]
    var isVariable: Bool
    var zone: String

    init(_ bucket: Bucket) {
        family = BucketFamily(bucket.key)
        columns = bucket.columns
        isVariable = bucket.isVariable
        zone = bucket.zone
    }
}
