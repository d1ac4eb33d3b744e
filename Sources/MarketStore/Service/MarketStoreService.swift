public import Columnar
public import Engine
public import QueryLang

/// MarketStore's service over a store that everything else reads and writes, too.
///
/// Calls block while the disk works and belong on a worker; any thread may make them.
public final class MarketStoreService: DataService {
    /// The store below.
    public let store: any CommitFeed
    /// See ``DataService/version``.
    public let version: String
    /// The zone whose calendar slots from a day up follow.
    public let zone: ZoneRules
    /// See ``DataService/directory``.
    public var directory: any BucketDirectory { catalog }
    /// See ``DataService/timezone``.
    public var timezone: String { zone.name }

    let catalog: BucketCatalog
    let writer: BucketWriter
    let pipelines: BucketPipelines
    let allowsDestroy: Bool
    let answerBytesMax: Int
    private let wallClock: @Sendable () -> Int64

    /// Opens the service: reads which buckets there are.
    ///
    /// - Parameters:
    ///   - store: where the buckets are.
    ///   - engine: over the same store; computes functions, coarser timeframes and SQL. Give the ``views`` to its virtual
    ///     tables, so that buckets are names in statements.
    ///   - zone: the zone whose calendar slots from a day up follow in buckets that are made from now on.
    ///   - version: what clients are told.
    ///   - allowsDestroy: whether clients may remove buckets.
    ///   - answerBytesMax: bytes that the rows of all queries of a call may have.
    ///   - wallClock: nanoseconds since the epoch; tells the year of a bucket without rows.
    public init(
        store: any CommitFeed & TableWriter,
        engine: QueryEngine,
        zone: ZoneRules,
        version: String,
        allowsDestroy: Bool = true,
        answerBytesMax: Int = 1 << 30,
        wallClock: @escaping @Sendable () -> Int64 = WallClock.now
    ) throws(TableError) {
        self.store = store
        self.zone = zone
        self.version = version
        self.allowsDestroy = allowsDestroy
        self.answerBytesMax = answerBytesMax
        self.wallClock = wallClock
        catalog = try BucketCatalog(following: store)
        let writer = BucketWriter(store: store, catalog: catalog, zone: zone)
        self.writer = writer
        pipelines = BucketPipelines(engine: engine, directory: catalog, zone: zone) { write in
            do throws(DataServiceError) {
                try writer.finish(try writer.begin(write))
                return nil
            } catch {
                return error
            }
        }
    }

    deinit { store.removeListener(catalog) }

    /// Buckets as names in statements: `` FROM `AAPL/1Min/OHLCV` ``.
    public var views: BucketViews { BucketViews(directory: catalog, zone: zone) }

    // MARK: Looking

    /// See ``DataService/list(_:)``.
    public func list(_ format: ListFormat) -> [String] {
        let keys = catalog.all.map(\.key)
        switch format {
        case .bucketKey: return keys.map(\.description)
        case .symbol:
            var symbols: [String] = []
            for key in keys where key.symbol != symbols.last { symbols.append(key.symbol) }
            return symbols
        }
    }

    /// See ``DataService/info(_:)``.
    public func info(_ keys: [String]) -> [Result<BucketInfo, DataServiceError>] {
        let reader = BucketReader(snapshot: store.snapshot())
        return keys.map { text in
            guard let key = BucketKey(text), let bucket = catalog.bucket(key),
                let timeframe = Timeframe(key.timeframe)
            else {
                return .failure(DataServiceError("unable to get info about key \(text): not found in catalog"))
            }
            do throws(TableError) {
                let last = try reader.lastTime(bucket) ?? wallClock()
                let year = CivilTime(nanoseconds: zone.local(ofUTC: last) ?? last).year
                return .success(
                    BucketInfo(latestYear: Int64(year), timeframe: timeframe.nanoseconds, bucket: bucket)
                )
            } catch {
                return .failure(DataServiceError(error))
            }
        }
    }
}
