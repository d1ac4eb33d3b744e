import Synchronization

/// What a feed does, to be read from any thread. Each number is exact; no order between them is promised.
public final class FeedStatistics: Sendable {
    /// Where a feed stands.
    public enum State: UInt8, Sendable, Hashable {
        /// Not started, or stopped.
        case stopped
        /// Fetching the venue's instrument list.
        case loading
        /// Making a connection.
        case connecting
        /// Connected.
        case connected
        /// Waiting before the next attempt.
        case waiting
    }

    private struct Texts {
        var lastError: String?
        var lastMalformed: IngestError?
        var counters = BinanceCounters()
    }

    private let stateValue = Atomic<UInt8>(0)
    private let connectsValue = Atomic<Int>(0)
    private let disconnectsValue = Atomic<Int>(0)
    private let silencesValue = Atomic<Int>(0)
    private let snapshotFailuresValue = Atomic<Int>(0)
    private let unknownSymbolsValue = Atomic<Int>(0)
    private let lastFrameValue = Atomic<Int64>(0)
    private let clockOffsetValue = Atomic<Int64>(.max)
    private let texts = Mutex(Texts())

    init() {}

    /// Where the feed stands.
    public var state: State { State(rawValue: stateValue.load(ordering: .relaxed)) ?? .stopped }
    /// Connections made.
    public var connects: Int { connectsValue.load(ordering: .relaxed) }
    /// Connections made after the first.
    public var reconnects: Int { max(0, connects - 1) }
    /// Connections lost, given up or failed to be made.
    public var disconnects: Int { disconnectsValue.load(ordering: .relaxed) }
    /// Connections given up because nothing came.
    public var silences: Int { silencesValue.load(ordering: .relaxed) }
    /// Snapshots that could not be fetched or used.
    public var snapshotFailures: Int { snapshotFailuresValue.load(ordering: .relaxed) }
    /// Symbols of the configuration that the venue does not list as trading.
    public var unknownSymbols: Int { unknownSymbolsValue.load(ordering: .relaxed) }
    /// When the last frame was received, nanoseconds since the epoch; 0 before the first.
    public var lastFrameTime: Int64 { lastFrameValue.load(ordering: .relaxed) }
    /// Smallest receive time minus event time seen, nanoseconds; nil before the first message with a time.
    public var clockOffset: Int64? {
        let value = clockOffsetValue.load(ordering: .relaxed)
        return value == .max ? nil : value
    }
    /// What went wrong last with the connection; nil if nothing did.
    public var lastError: String? { texts.withLock { $0.lastError } }
    /// The last frame that was refused, and why; nil if none was.
    public var lastMalformed: IngestError? { texts.withLock { $0.lastMalformed } }
    /// What the messages were: as of the last read burst.
    public var counters: BinanceCounters { texts.withLock { $0.counters } }

    // MARK: Written by the feed, on its loop

    func enter(_ state: State) { stateValue.store(state.rawValue, ordering: .relaxed) }
    func countConnect() { connectsValue.wrappingAdd(1, ordering: .relaxed) }
    func countDisconnect() { disconnectsValue.wrappingAdd(1, ordering: .relaxed) }
    func countSilence() { silencesValue.wrappingAdd(1, ordering: .relaxed) }
    func countSnapshotFailure() { snapshotFailuresValue.wrappingAdd(1, ordering: .relaxed) }
    func setUnknownSymbols(_ count: Int) { unknownSymbolsValue.store(count, ordering: .relaxed) }
    func note(error: String) { texts.withLock { $0.lastError = error } }

    func publish(_ counters: BinanceCounters, lastFrameTime: Int64, clockOffset: Int64?) {
        lastFrameValue.store(lastFrameTime, ordering: .relaxed)
        if let clockOffset { clockOffsetValue.store(clockOffset, ordering: .relaxed) }
        texts.withLock { texts in
            texts.counters = counters
            if let error = counters.lastError { texts.lastMalformed = error }
        }
    }
}
