import Columnar
import Engine
import Synchronization

/// Writes rows of buckets, and makes and removes buckets.
///
/// Every write is one batch of the store, with the rows of `system.marketstore_buckets` of the buckets that it makes, unless it
/// is too big for one; then its parts are written in order. Whoever makes or removes a bucket holds `order` until that
/// is durable; whoever writes to known ones holds it only from the last look at the catalogue to the store's queue. So no
/// row follows its bucket's removal, and none comes before its bucket's making.
final class BucketWriter: Sendable {
    /// Bytes of a batch, as the store counts them: a little less than it takes.
    static let batchBytesMax = 30 << 20
    /// How long a write waits for room in the store's queue.
    static let roomWaitNanoseconds: Int64 = 60_000_000_000
    /// Tables that a family may have; each holds buckets of other columns.
    private static let tablesMax = 10_000

    private let store: any CommitFeed & TableWriter
    private let catalog: BucketCatalog
    private let zone: ZoneRules
    private let order = Mutex<Void>(())

    init(store: any CommitFeed & TableWriter, catalog: BucketCatalog, zone: ZoneRules) {
        self.store = store
        self.catalog = catalog
        self.zone = zone
    }

    // MARK: Rows

    /// A write that was begun.
    struct Begun {
        fileprivate let write: DataWrite
        fileprivate let parts: [PendingAppend]
    }

    /// Gives the rows of a write to the store. Waits only if a bucket has to be made.
    func begin(_ write: DataWrite) throws(DataServiceError) -> Begun {
        let rows = try DatasetRows(write.dataset)
        try rows.checkSpans()
        let keys = try keys(of: write.dataset)
        while true {
            let (known, version) = catalog.buckets(keys)
            let buckets = known.compactMap { $0 }
            if let bucket = buckets.first(where: \.isOfFeed) { throw FeedBuckets.refusal(bucket) }
            guard buckets.count == keys.count else {
                if let parts = try beginMaking(write, rows, keys) { return Begun(write: write, parts: parts) }
                continue
            }
            let batches = try batches(write, rows, buckets)
            let parts = order.withLock { _ -> [PendingAppend]? in
                guard catalog.version == version else { return nil }
                return batches.map { PendingAppend($0, durability: .sync, to: store) }
            }
            if let parts { return Begun(write: write, parts: parts) }
        }
    }

    /// Waits until a write is durable.
    func finish(_ begun: Begun) throws(DataServiceError) {
        let start = MonotonicClock.now()
        var parts = begun.parts
        while true {
            do throws(TableError) {
                for part in parts { try part.wait() }
                return
            } catch {
                guard error.code == .congested, parts.count == 1,
                    MonotonicClock.now() - start < Self.roomWaitNanoseconds
                else { throw DataServiceError(error, parts: parts.count) }
            }
            PendingAppend.waitForRoom()
            parts = try begin(begun.write).parts
        }
    }

    private func keys(of dataset: Dataset) throws(DataServiceError) -> [BucketKey] {
        var keys: [BucketKey] = []
        keys.reserveCapacity(dataset.spans.count)
        for span in dataset.spans {
            guard let key = BucketKey(span.key) else { _ = try BucketRules.key(span.key); continue }
            keys.append(key)
        }
        return keys
    }

    /// The groups of a write, in batches that the store takes.
    private func batches(
        _ write: DataWrite,
        _ rows: DatasetRows,
        _ buckets: [Bucket],
        first: [AppendGroup] = []
    ) throws(DataServiceError) -> [AppendBatch] {
        var made: [BucketShape: BatchCutter.Columns] = [:]
        var latest: (bucket: Bucket, columns: BatchCutter.Columns)?
        // The feed may have begun with an instrument since its bucket was looked for.
        if let bucket = buckets.first(where: \.isOfFeed) { throw FeedBuckets.refusal(bucket) }
        var batches = BatchCutter(first: first, groupCount: buckets.count)
        for (span, bucket) in zip(write.dataset.spans, buckets) where span.count > 0 {
            let columns: BatchCutter.Columns
            if let latest, Self.haveOneShape(latest.bucket, bucket) {
                columns = latest.columns
            } else if let known = made[BucketShape(bucket)] {
                columns = known
                latest = (bucket, known)
            } else {
                columns = BatchCutter.Columns(try rows.vectors(for: bucket, isVariable: write.isVariable))
                made[BucketShape(bucket)] = columns
                latest = (bucket, columns)
            }
            batches.add(bucket, columns, span.start..<span.start + span.count)
        }
        return batches.finish()
    }

    /// Whether rows of both lie in a table in the same way: without a ``BucketShape`` for each, since a write may be of a
    /// thousand buckets.
    private static func haveOneShape(_ left: Bucket, _ right: Bucket) -> Bool {
        left.table == right.table && left.isVariable == right.isVariable && left.columns == right.columns
            && left.zone == right.zone && left.key.timeframe == right.key.timeframe
            && left.key.attribute == right.key.attribute
    }

    // MARK: Buckets

    /// Makes what is missing and writes the rows with it; nil if somebody else made it meanwhile.
    private func beginMaking(
        _ write: DataWrite,
        _ rows: DatasetRows,
        _ keys: [BucketKey]
    ) throws(DataServiceError) -> [PendingAppend]? {
        try order.withLock { _ throws(DataServiceError) -> [PendingAppend]? in
            let known = catalog.buckets(keys).buckets
            guard known.contains(where: { $0 == nil }) else { return nil }
            let columns = rows.newColumns(isVariable: write.isVariable)
            var made: [BucketKey: Bucket] = [:]
            var tables: [BucketShape: String] = [:]
            var buckets: [Bucket] = []
            for (key, bucket) in zip(keys, known) {
                if let bucket = bucket ?? made[key] {
                    buckets.append(bucket)
                    continue
                }
                let bucket = try newBucket(key.description, columns, isVariable: write.isVariable, &tables)
                made[key] = bucket
                buckets.append(bucket)
            }
            let registrations = made.values.map { BucketRegistry.row($0) }
            let batches = try batches(write, rows, buckets, first: registrations)
            return try append(batches)
        }
    }

    /// Makes an empty bucket; the error if there is one already.
    func create(_ key: String, _ columns: [Bucket.Column], isVariable: Bool) throws(DataServiceError) {
        try order.withLock { _ throws(DataServiceError) in
            let (parsed, _) = try BucketRules.key(key)
            if let bucket = catalog.bucket(parsed), bucket.isOfFeed { throw FeedBuckets.refusal(bucket) }
            guard catalog.bucket(parsed) == nil else {
                throw DataServiceError(
                    "creation of new catalog entry failed: \(parsed): Can not overwrite file: File is already in directory"
                )
            }
            var tables: [BucketShape: String] = [:]
            let bucket = try newBucket(key, columns, isVariable: isVariable, &tables)
            _ = try append([AppendBatch(groups: [BucketRegistry.row(bucket)])])
        }
    }

    /// Removes a bucket with its rows.
    func destroy(_ bucket: Bucket) throws(DataServiceError) {
        try order.withLock { _ throws(DataServiceError) in
            guard catalog.bucket(bucket.key) == bucket else { return }
            do throws(TableError) {
                try store.dropRows(of: bucket.table, series: .named([bucket.key.symbol]), time: .all)
            } catch {
                // A table that is gone took the rows with it.
                guard error.code == .unknownTable else { throw DataServiceError(error) }
            }
            _ = try append([AppendBatch(groups: [BucketRegistry.row(bucket, isDestroyed: true)])])
        }
    }

    /// Appends batches and waits for them, and for room before that.
    private func append(_ batches: [AppendBatch]) throws(DataServiceError) -> [PendingAppend] {
        let start = MonotonicClock.now()
        while true {
            let parts = batches.map { PendingAppend($0, durability: .sync, to: store) }
            do throws(TableError) {
                for part in parts { try part.wait() }
                return parts
            } catch {
                guard error.code == .congested, parts.count == 1,
                    MonotonicClock.now() - start < Self.roomWaitNanoseconds
                else { throw DataServiceError(error, parts: parts.count) }
            }
            PendingAppend.waitForRoom()
        }
    }

    /// A bucket that can be made, and its table, which is there when this returns.
    private func newBucket(
        _ text: String,
        _ columns: [Bucket.Column],
        isVariable: Bool,
        _ tables: inout [BucketShape: String]
    ) throws(DataServiceError) -> Bucket {
        let (key, timeframe) = try BucketRules.key(text)
        try BucketRules.check(columns, of: key)
        let followsCalendar = !isVariable && timeframe.fixedNanoseconds(in: zone) == nil
        var bucket = Bucket(
            key: key,
            columns: columns,
            isVariable: isVariable,
            table: "",
            zone: followsCalendar ? zone.name : ZoneRules.utc.name
        )
        let shape = BucketShape(bucket)
        if let table = tables[shape] ?? catalog.table(of: shape) {
            bucket.table = table
            return bucket
        }
        do throws(TableError) {
            try store.createTable(BucketRegistry.schema)
            bucket.table = try makeTable(bucket, timeframe, taken: Set(tables.values))
        } catch {
            throw DataServiceError(error)
        }
        tables[shape] = bucket.table
        return bucket
    }

    /// The first name of the family under which there is no table, or one that no bucket uses and that has the right columns.
    private func makeTable(_ bucket: Bucket, _ timeframe: Timeframe, taken: Set<String>) throws(TableError) -> String {
        let stored = store.snapshot().catalog
        for number in 1...Self.tablesMax {
            let name = BucketTable.name(of: BucketFamily(bucket.key), number: number)
            guard !taken.contains(name), !catalog.isUsed(table: name) else { continue }
            guard let schema = BucketTable.schema(bucket, timeframe: timeframe, zone: zone, name: name) else {
                throw TableError(.invalid, "the columns of \"\(bucket.key)\" make no table")
            }
            if let there = stored.schema(named: name) {
                guard there.isGrown(from: schema) else { continue }
            } else {
                try store.createTable(schema)
            }
            return name
        }
        throw TableError(.invalid, "\(BucketFamily(bucket.key)) has \(Self.tablesMax) tables already")
    }
}

extension DataServiceError {
    /// What a store reported.
    init(_ error: TableError, parts: Int = 1) {
        let some = parts > 1 ? "; the write had \(parts) parts, of which the first ones may have been kept" : ""
        self.init(error.message + some)
    }
}
