public import Columnar
import Glibc
public import Market
import QueryLang
import Synchronization

/// What a subscriber of an instrument's features misses.
public struct FeatureGap: Sendable, Hashable {
    /// The instrument.
    public var instrument: InstrumentID
    /// `seq` of the last update that the subscriber has.
    public var after: Int64
    /// `seq` of the last update that is to be made again.
    public var through: Int64

    /// Creates a gap.
    public init(instrument: InstrumentID, after: Int64, through: Int64) {
        self.instrument = instrument
        self.after = after
        self.through = through
    }
}

/// Updates that were made again, from before a gap to its end.
public struct RebuiltFeatures: Sendable {
    /// The status of each feature before the first update.
    public var statuses: [ValueStatus]
    /// The book's state before the first update.
    public var bookState: BookState
    /// The updates, some before the gap among them.
    public var batch: FeatureBatch

    /// Creates what was made again.
    public init(statuses: [ValueStatus], bookState: BookState, batch: FeatureBatch) {
        self.statuses = statuses
        self.bookState = bookState
        self.batch = batch
    }
}

/// Makes updates of the past again.
public protocol PastFeatures: Sendable {
    /// Has the updates of gaps made again, on a thread of its own.
    ///
    /// - Parameter completion: called once, on any thread, with what came of each gap, in order; nil where it could not be done.
    /// - Returns: false, and nothing happens, if too much waits already.
    func rebuild(_ gaps: [FeatureGap], completion: @escaping @Sendable ([RebuiltFeatures?]) -> Void) -> Bool
}

/// Makes updates of the past again from the stored events, by the machine that made them: from the last checkpoint before a gap
/// on, whose book is in the store.
///
/// Bounded in events, memory and time; what is beyond is not made.
public final class FeatureRebuilder: PastFeatures {
    /// Events of a gap, and of the time since the checkpoint before it: half a second of work.
    static let eventsMax = 200_000
    private static let bytesMax = 256 << 20
    private static let nanosecondsMax: Int64 = 2_000_000_000
    /// Gaps that wait: of a server whose subscribers all come back at once, few have been away for that long.
    private static let waitingMax = 64
    /// Rows of a feed are visible some 50 ms after its updates.
    private static let attemptsMax = 10
    private static let pauseMicroseconds: UInt32 = 20_000

    private let source: any TableSource
    private let instruments: InstrumentRegistry
    private let checkpoints: FeatureCheckpoints
    private let clock: @Sendable () -> Int64
    private let thread = LiveThread()
    private let waiting = Atomic<Int>(0)

    /// Creates a history.
    ///
    /// - Parameters:
    ///   - source: where events are stored.
    ///   - instruments: names and scales.
    ///   - checkpoints: those that the shards write.
    ///   - clock: nanoseconds since the Unix epoch, for compute times.
    public init(
        source: any TableSource,
        instruments: InstrumentRegistry,
        checkpoints: FeatureCheckpoints,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.source = source
        self.instruments = instruments
        self.checkpoints = checkpoints
        self.clock = clock
    }

    /// See ``PastFeatures/rebuild(_:completion:)``.
    public func rebuild(
        _ gaps: [FeatureGap],
        completion: @escaping @Sendable ([RebuiltFeatures?]) -> Void
    ) -> Bool {
        guard waiting.wrappingAdd(gaps.count, ordering: .relaxed).newValue <= Self.waitingMax else {
            waiting.wrappingSubtract(gaps.count, ordering: .relaxed)
            return false
        }
        thread.execute { [self] in
            let rebuilt = gaps.map { updates($0) }
            waiting.wrappingSubtract(gaps.count, ordering: .relaxed)
            completion(rebuilt)
        }
        return true
    }

    /// The updates from a checkpoint before a gap to its end; nil if they cannot all be made.
    func updates(_ gap: FeatureGap) -> RebuiltFeatures? {
        guard let checkpoint = checkpoints.newest(of: gap.instrument, through: gap.after),
            gap.through - checkpoint.seq <= Int64(Self.eventsMax)
        else { return nil }
        for attempt in 0..<Self.attemptsMax {
            if attempt > 0 { usleep(Self.pauseMicroseconds) }
            do throws(QueryError) {
                switch try read(gap, checkpoint) {
                case .whole(let events): return replay(events, checkpoint, gap.instrument)
                case .short: continue
                case .broken: return nil
                }
            } catch {
                return nil
            }
        }
        return nil
    }

    private func read(
        _ gap: FeatureGap,
        _ checkpoint: InstrumentCheckpoint
    ) throws(QueryError) -> StoredEvents.Outcome {
        let context = ExecutionContext(
            limits: ExecutionLimits(memoryBytesMax: Self.bytesMax, timeoutNanoseconds: Self.nanosecondsMax),
            options: ExecutionOptions(),
            cancellation: CancellationFlag(),
            workers: nil,
            now: MonotonicClock.now
        )
        return try StoredEvents.read(
            source.snapshot(),
            gap.instrument,
            instruments.instrument(gap.instrument),
            from: checkpoint,
            through: gap.through,
            eventsMax: Self.eventsMax,
            context
        )
    }

    private func replay(
        _ events: StoredEvents,
        _ checkpoint: InstrumentCheckpoint,
        _ id: InstrumentID
    ) -> RebuiltFeatures {
        let state = InstrumentState(
            checkpoint,
            book: events.book,
            updateID: events.bookUpdateID,
            id: id,
            instrument: instruments.instrument(id)
        )
        var batch = FeatureBatch()
        for step in events.steps {
            step.levels.withUnsafeBufferPointer { _ = state.process(step.event, $0, into: &batch) }
        }
        let now = clock()
        for index in batch.updates.indices { batch.updates[index].computeTime = now }
        let known = checkpoint.chain.known
        return RebuiltFeatures(
            statuses: (0..<FeatureRow.count).map { known.row.value($0).status },
            bookState: known.bookState,
            batch: batch
        )
    }
}
