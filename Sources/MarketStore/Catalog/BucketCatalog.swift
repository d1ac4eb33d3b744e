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
        /// Those whose bars the gateway's own feed has written.
        var feed = FeedInstruments()

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

        /// Adds a bucket, in place of that of its key.
        mutating func add(_ bucket: Bucket) {
            guard buckets[bucket.key] != bucket else { return }
            version += 1
            remove(bucket.key)
            buckets[bucket.key] = bucket
            var family = families.removeValue(forKey: BucketFamily(bucket.key)) ?? Family()
            family.isSorted = family.buckets.last.map { family.isSorted && $0.key < bucket.key } ?? true
            family.buckets.append(bucket)
            families[BucketFamily(bucket.key)] = family
            uses[bucket.table.lowercased(), default: 0] += 1
            // Rows of clients have no place among the feed's.
            if !bucket.isOfFeed { tables[BucketShape(bucket)] = bucket.table }
        }

        /// Adds the bucket of an instrument's bars, unless a client's has its key.
        mutating func addFeed(_ instrument: String) {
            let bucket = FeedBuckets.bucket(instrument)
            if buckets[bucket.key] == nil { add(bucket) }
        }
    }

    private let state = Mutex(State())
    /// Whether the store has a feed's table of bars now.
    private let hasFeed: @Sendable () -> Bool

    /// Creates a catalogue without buckets.
    init(hasFeed: @escaping @Sendable () -> Bool = { false }) { self.hasFeed = hasFeed }

    /// Reads the buckets of a store whose tables are there, and follows the store: a table that a statement drops takes its
    /// buckets with it.
    convenience init(following store: any CommitFeed) throws(TableError) {
        self.init { FeedBuckets.isThere(store.snapshot()) }
        store.addListener(self)
        let snapshot = store.snapshot()
        add(try BucketRegistry.buckets(snapshot).filter { snapshot.catalog.schema(named: $0.table) != nil })
        for instrument in try FeedBuckets.instruments(snapshot) { addFeed(instrument) }
    }

    /// See ``CommitListener/committed(_:)``. A bucket is known as soon as its first rows can be seen.
    public func committed(_ batch: CommittedBatch) {
        var made: [Bucket] = []
        for group in batch.groups {
            if group.table == FeedBuckets.table { addFeed(group.series) }
            guard group.table == BucketRegistry.schema.name else { continue }
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
        if table == FeedBuckets.table.lowercased() { state.withLock { $0.feed = FeedInstruments() } }
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
            readable(BucketKey(symbol: symbol, timeframe: $0, attribute: attribute)) != nil
        }
    }

    /// See ``BucketDirectory/readable(_:)``: `BTC-USDT` is the feed's `BTC-USDT.BINANCE` if it is at no other venue.
    public func readable(_ key: BucketKey) -> Bucket? {
        if let bucket = bucket(key) { return bucket }
        let meanings = meanings(of: key)
        guard meanings.count == 1, var bucket = self.bucket(FeedBuckets.bucket(meanings[0]).key), bucket.isOfFeed
        else { return nil }
        bucket.wholeName = bucket.key.symbol
        bucket.key = key
        return bucket
    }

    /// The instruments of the feed that the symbol of a key can be short for; none unless its bucket would be one of theirs.
    func meanings(of key: BucketKey) -> [String] {
        guard BucketFamily(key) == FeedBuckets.family else { return [] }
        return state.withLock { state in
            state.feed.meanings(of: key.symbol).filter {
                state.buckets[FeedBuckets.bucket($0).key]?.isOfFeed ?? false
            }
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
            for bucket in buckets { state.add(bucket) }
        }
    }

    /// Adds the bucket of an instrument whose bars the feed has written.
    private func addFeed(_ instrument: String) {
        if state.withLock({ $0.feed.names.contains(instrument) }) { return }
        guard FeedBuckets.isSymbol(instrument), hasFeed() else { return }
        state.withLock { state in
            if state.feed.insert(instrument) { state.addFeed(instrument) }
        }
    }

    /// Removes a bucket. Where the feed has bars of its key, they are the bucket from then on.
    private func remove(_ key: BucketKey) {
        state.withLock { state in
            let wasOfFeed = state.buckets[key]?.isOfFeed ?? false
            state.remove(key)
            if !wasOfFeed, BucketFamily(key) == FeedBuckets.family, state.feed.names.contains(key.symbol) {
                state.addFeed(key.symbol)
            }
        }
    }
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
