public import Columnar
import QueryLang
import Synchronization

/// What a subscriber of a feature view's fields misses.
public struct ViewGap: Sendable, Hashable {
    /// The view, `micro@v3`.
    public var view: String
    /// The instrument.
    public var symbol: String
    /// The epoch that all of the gap is in.
    public var epoch: String
    /// `seq` of the last update that the subscriber has.
    public var after: Int64
    /// `seq` of the last update that is to be made again.
    public var through: Int64

    /// Creates a gap.
    public init(view: String, symbol: String, epoch: String, after: Int64, through: Int64) {
        self.view = view
        self.symbol = symbol
        self.epoch = epoch
        self.after = after
        self.through = through
    }
}

/// Makes updates of feature views of the past again.
public protocol PastViews: Sendable {
    /// Has the updates of gaps made again, on a thread of its own.
    ///
    /// - Parameter completion: called once, on any thread, with what came of each gap, in order: the update that the subscriber
    ///   has, which names every field, and those after it; nil where it could not be done.
    /// - Returns: false, and nothing happens, if too much waits already.
    func rebuild(_ gaps: [ViewGap], completion: @escaping @Sendable ([[ViewUpdate]?]) -> Void) -> Bool
}

/// Makes updates of feature views again from the stored events, by the plan that made them: from as far before a gap as its
/// windows look back.
///
/// What was told is what the rows said in the order in which they came. A view whose rows lie in another order by now, as some
/// came late, is not made again; neither is one of bars, which are replaced, nor one over a join. Bounded in rows, memory and
/// time; what is beyond is not made.
public final class ViewRebuilder: PastViews {
    /// Rows that are read for a gap: some hours of a busy instrument.
    private static let rowsMax = 1_000_000
    /// Updates that are made for the gaps of one request in sum.
    static let updatesMax = 200_000
    private static let bytesMax = 256 << 20
    private static let nanosecondsMax: Int64 = 2_000_000_000
    /// Gaps that wait: of a server whose subscribers all come back at once, few have been away for that long.
    private static let waitingMax = 64

    private let source: any TableSource
    private let clock: @Sendable () -> Int64
    private let thread = LiveThread()
    private let waiting = Atomic<Int>(0)

    /// Creates a history.
    ///
    /// - Parameters:
    ///   - source: where events and the definitions of views are stored.
    ///   - clock: nanoseconds since the Unix epoch, for compute times.
    public init(source: any TableSource, clock: @escaping @Sendable () -> Int64) {
        self.source = source
        self.clock = clock
    }

    /// See ``PastViews/rebuild(_:completion:)``.
    public func rebuild(
        _ gaps: [ViewGap],
        completion: @escaping @Sendable ([[ViewUpdate]?]) -> Void
    ) -> Bool {
        guard waiting.wrappingAdd(gaps.count, ordering: .relaxed).newValue <= Self.waitingMax else {
            waiting.wrappingSubtract(gaps.count, ordering: .relaxed)
            return false
        }
        thread.execute { [self] in
            var left = Self.updatesMax
            let rebuilt = gaps.map { gap in
                let made = updates(gap, countMax: left)
                left -= made?.count ?? 0
                return made
            }
            waiting.wrappingSubtract(gaps.count, ordering: .relaxed)
            completion(rebuilt)
        }
        return true
    }

    /// The update that a subscriber has, and those after it to the end of the gap; nil if they cannot all be made.
    func updates(_ gap: ViewGap, countMax: Int = ViewRebuilder.updatesMax) -> [ViewUpdate]? {
        do throws(QueryError) {
            return try made(gap, countMax)
        } catch {
            return nil
        }
    }

    private func made(_ gap: ViewGap, _ countMax: Int) throws(QueryError) -> [ViewUpdate]? {
        let deadline = MonotonicClock.now() &+ Self.nanosecondsMax
        let snapshot = source.snapshot()
        guard let plan = try self.plan(gap.view, snapshot), plan.joined == nil, plan.view.isOfEvents,
            let rows = StoredOrder(plan.view.inputs[0], gap.symbol, rowsMax: Self.rowsMax),
            let time = try rows.time(of: gap.after, snapshot)
        else { return nil }
        let start = try StoredEnds(rows.table, gap.symbol, snapshot).start(plan, from: time, snapshot)
        // The machine of a book takes events by their numbers, however they lie.
        guard try rows.isReadable(from: start, inOrder: !plan.view.hasBookState, snapshot) else { return nil }
        if !plan.view.hasBookState {
            // What came late was told, and is not among the rows that are read.
            let isWhole = try rows.hasNone(
                after: gap.after,
                through: gap.through,
                before: time,
                deadline: deadline,
                snapshot
            )
            guard isWhole else { return nil }
        }
        guard let breaks = try self.breaks(gap, from: time, snapshot), breaks.count(through: gap.through) == 0 else {
            return nil
        }
        let followed = FollowedView(
            try FeaturePipeline(plan, symbol: gap.symbol, from: time, snapshot, memoryBytesMax: Self.bytesMax),
            symbol: gap.symbol,
            generation: 0,
            firstSeq: gap.after,
            storedSeq: .max
        )
        let now = clock()
        var updates: [ViewUpdate] = []
        while followed.latest?.seq ?? .min < gap.through {
            guard updates.count <= countMax, MonotonicClock.now() < deadline,
                try followed.advanceOnce(0, breaks, now, into: &updates)
            else { return nil }
        }
        updates.removeAll { $0.seq > gap.through }
        guard updates.count <= countMax, updates.first?.seq == gap.after, updates.last?.seq == gap.through else {
            return nil
        }
        for index in updates.indices { updates[index].epoch = gap.epoch }
        return updates
    }

    /// Where the continuity of the instrument ended after the update that the subscriber has; nil if there is too much to read.
    private func breaks(
        _ gap: ViewGap,
        from time: Int64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> EpochBreaks? {
        var breaks = EpochBreaks(after: gap.after)
        guard let book = snapshot.catalog.schema(named: MarketTables.book),
            let rows = StoredOrder(book, gap.symbol, rowsMax: Self.rowsMax)
        else { return breaks }
        let (first, overflow) = time.subtractingReportingOverflow(BookAnchor.disorderMax)
        let start = overflow ? .min : first
        guard try rows.isReadable(from: start, inOrder: false, snapshot) else { return nil }
        try breaks.take(book, gap.symbol, from: start, snapshot)
        return breaks
    }

    private func plan(_ id: String, _ snapshot: any TableSnapshot) throws(QueryError) -> FeatureViewPlan? {
        let catalog = DefinitionCatalog(stored: snapshot)
        do throws(TableError) {
            guard let definition = try catalog.featureViews().first(where: { $0.id == id }) else { return nil }
            return Self.plan(definition, catalog)
        } catch {
            throw QueryError(error)
        }
    }

    private static func plan(_ definition: FeatureViewDefinition, _ catalog: DefinitionCatalog) -> FeatureViewPlan? {
        guard !definition.query.isEmpty, let bound = try? BoundFeatureView.bind(definition, catalog) else { return nil }
        return try? FeatureViewPlan(live: bound)
    }
}

/// The events of one instrument as they lie in a table: by time, which is the order in which they came unless some came late.
struct StoredOrder {
    let table: TableSchema
    private let symbol: String
    private let seq: Int
    private let rowsMax: Int

    /// Nil if the table does not number its events.
    init?(_ table: TableSchema, _ symbol: String, rowsMax: Int) {
        guard let seq = table.index(of: "seq"), table.columns[seq].type == .int64 else { return nil }
        self.table = table
        self.symbol = symbol
        self.seq = seq
        self.rowsMax = rowsMax
    }

    /// The time of an event, looked for from the newest on; nil if it is not among those that may be read.
    func time(of number: Int64, _ snapshot: any TableSnapshot) throws(QueryError) -> Int64? {
        var found: Int64?
        _ = try forEachSlice(from: .min, isForward: false, snapshot) { times, numbers in
            found = (0..<numbers.count).first { numbers[$0] == number }.map { times[$0] }
            return found == nil
        }
        return found
    }

    /// Whether the rows from a time on are few enough to be read and, if that matters, came in the order in which they lie.
    func isReadable(from start: Int64, inOrder: Bool, _ snapshot: any TableSnapshot) throws(QueryError) -> Bool {
        var last = Int64.min
        var isAscending = true
        let isWhole = try forEachSlice(from: start, isForward: true, snapshot) { _, numbers in
            guard inOrder else { return true }
            for row in 0..<numbers.count {
                isAscending = isAscending && numbers[row] >= last
                last = numbers[row]
            }
            return isAscending
        }
        return isWhole && isAscending
    }

    /// Whether no event with a number of a gap lies before a time; false, too, if there is more than may be read.
    ///
    /// Rows of which it is known that all of them came before the gap are not read, and do not count.
    func hasNone(
        after: Int64,
        through: Int64,
        before end: Int64,
        deadline: Int64,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> Bool {
        var isFound = false
        let isWhole = try forEachSlice(
            from: .min,
            to: end,
            isForward: false,
            passingOver: after,
            deadline: deadline,
            snapshot
        ) { _, numbers in
            isFound = (0..<numbers.count).contains { numbers[$0] > after && numbers[$0] <= through }
            return !isFound
        }
        return isWhole && !isFound
    }

    /// Gives times and numbers of rows until `body` returns false. Returns false if there were more than may be read.
    ///
    /// - Parameter number: slices without a greater one are passed over, where that is known.
    private func forEachSlice(
        from start: Int64,
        to end: Int64 = .max,
        isForward: Bool,
        passingOver number: Int64? = nil,
        deadline: Int64 = .max,
        _ snapshot: any TableSnapshot,
        _ body: (Buffer<Int64>, Buffer<Int64>) -> Bool
    ) throws(QueryError) -> Bool {
        do throws(TableError) {
            let request = ScanRequest(
                table: table.name,
                series: .named([symbol]),
                time: TimeRange(start: start, end: end),
                columns: [table.timeColumn, seq].sorted(),
                isForward: isForward
            )
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return true }
            var cursor = try scan.open(series: 0)
            var left = rowsMax
            while let slice = try cursor.next() {
                if MonotonicClock.now() >= deadline { return false }
                if let number, case .int64(let greatest)? = slice.statistics(column: seq)?.max, greatest <= number {
                    continue
                }
                left -= slice.count
                if left < 0 { return false }
                let times = try slice.vector(column: table.timeColumn).int64Values
                if !body(times, try slice.vector(column: seq).int64Values) { return true }
            }
            return true
        } catch {
            throw QueryError(error)
        }
    }
}
