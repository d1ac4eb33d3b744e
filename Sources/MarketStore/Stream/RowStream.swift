public import Columnar

/// From committed batches to the messages that MarketStore's stream pushes, without sockets and clocks.
///
/// Every row of every bucket becomes a message. Rows of variable buckets, and bars of a minute and shorter, do at once. Longer
/// bars do when their slot ends, as their newest row then is; one whose slot has ended already does at once.
public struct RowStream {
    /// The longest bar that does not wait for its end.
    private static let promptNanosecondsMax = CivilTime.minute

    private let directory: any BucketDirectory
    private var zones: [String: ZoneRules] = [:]
    private var shelf: BarShelf
    private var encoders: [BucketKey: RowEncoder] = [:]
    private var timeframes: [String: Timeframe?] = [:]
    private var scratch: [UInt8] = []

    /// Rows of bars that were pushed before their slot ended, since too many waited.
    public private(set) var earlyCount = 0
    /// Rows of groups whose bucket the directory did not know.
    public private(set) var unknownCount = 0

    /// Creates a stream with nothing on its shelf.
    ///
    /// - Parameters:
    ///   - directory: which buckets there are.
    ///   - shelfBytesMax: memory for bars that wait.
    public init(directory: any BucketDirectory, shelfBytesMax: Int = 64 << 20) {
        self.directory = directory
        self.shelf = BarShelf(bytesMax: shelfBytesMax)
    }

    /// Whether rows of a table may be those of buckets: others have no `/` in their names.
    public static func mayHoldBuckets(_ table: String) -> Bool { table.utf8.contains(UInt8(ascii: "/")) }

    /// Whether rows of a table of buckets may have to wait for the end of their bar, so that they are taken even while nobody
    /// follows them.
    public static func mayWait(_ table: String) -> Bool {
        let timeframe = table.utf8.prefix { $0 != UInt8(ascii: "/") }
        return waiting(String(Substring(timeframe))) != nil
    }

    /// Bars that wait, and the bytes that they take.
    public var shelved: (count: Int, bytes: Int) { (shelf.count, shelf.byteCount) }

    /// When the next bar that waits ends; nil if none waits.
    public var nextEnd: Int64? { shelf.next }

    /// Takes the rows of a group.
    ///
    /// - Parameters:
    ///   - group: committed rows.
    ///   - now: the time, nanoseconds since the epoch.
    ///   - isFollowed: whether messages of a bucket are wanted; those of others are not made.
    ///   - push: takes each message with its bucket, in the order of the rows.
    public mutating func take(
        _ group: AppendGroup,
        now: Int64,
        isFollowed: (BucketKey) -> Bool,
        push: (BucketKey, [UInt8]) -> Void
    ) {
        guard Self.mayHoldBuckets(group.table) else { return }
        guard let bucket = bucket(of: group), let times = group.columns.first.flatMap({ $0 }) else {
            unknownCount += group.rowCount
            return
        }
        let timeframe = bucket.isVariable ? nil : waiting(bucket.key.timeframe)
        let isFollowed = isFollowed(bucket.key)
        guard isFollowed || timeframe != nil else { return }
        let encoder = encoder(bucket)
        let zone = zone(bucket.zone)
        for row in 0..<min(group.rowCount, times.count) {
            guard case .timestamp(let time) = times.scalar(at: row) else { continue }
            if let timeframe {
                let end = timeframe.end(ofSlotAt: time, in: zone)
                if end > now {
                    var message: [UInt8] = []
                    encoder.append(row, at: time, of: group.columns, to: &message)
                    if shelf.put(message, .init(key: bucket.key, start: time), until: end) { continue }
                    earlyCount += 1
                }
            }
            guard isFollowed else { continue }
            scratch.removeAll(keepingCapacity: true)
            encoder.append(row, at: time, of: group.columns, to: &scratch)
            push(bucket.key, scratch)
        }
    }

    /// Takes the bars whose slots have ended from the shelf, unless their bucket is gone.
    public mutating func close(now: Int64, push: (BucketKey, [UInt8]) -> Void) {
        for (slot, row) in shelf.take(until: now) where directory.bucket(slot.key) != nil { push(slot.key, row) }
    }

    // MARK: - Buckets

    /// The bucket whose rows a group has. A family's further tables have `~` and a number behind its name.
    private func bucket(of group: AppendGroup) -> Bucket? {
        if let bucket = bucket(of: group, family: Substring(group.table)) { return bucket }
        guard let tilde = group.table.lastIndex(of: "~") else { return nil }
        return bucket(of: group, family: group.table[..<tilde])
    }

    private func bucket(of group: AppendGroup, family: Substring) -> Bucket? {
        guard let slash = family.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        let attribute = family[family.utf8.index(after: slash)...]
        let key = BucketKey(symbol: group.series, timeframe: String(family[..<slash]), attribute: String(attribute))
        guard let bucket = directory.bucket(key), bucket.table == group.table else { return nil }
        return bucket
    }

    private mutating func encoder(_ bucket: Bucket) -> RowEncoder {
        if let encoder = encoders[bucket.key], encoder.bucket == bucket { return encoder }
        // As many as there are buckets, and some that are gone.
        if encoders.count >= Self.encodersMax { encoders.removeAll() }
        let encoder = RowEncoder(bucket)
        encoders[bucket.key] = encoder
        return encoder
    }

    private static let encodersMax = 65_536

    private mutating func zone(_ name: String) -> ZoneRules {
        if let known = zones[name] { return known }
        let zone = ZoneRules(named: name) ?? .utc
        zones[name] = zone
        return zone
    }

    /// The timeframe of bars that wait for their end; nil if those of this one do not.
    private mutating func waiting(_ text: String) -> Timeframe? {
        if let known = timeframes[text] { return known }
        let timeframe = Self.waiting(text)
        if timeframes.count >= Self.encodersMax { timeframes.removeAll() }
        timeframes[text] = .some(timeframe)
        return timeframe
    }

    private static func waiting(_ text: String) -> Timeframe? {
        guard let timeframe = Timeframe(text), timeframe.nanoseconds > promptNanosecondsMax else { return nil }
        return timeframe
    }
}
