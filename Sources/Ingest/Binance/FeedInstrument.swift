import Market

/// What an adapter keeps of one instrument.
struct FeedInstrument {
    /// The venue's name.
    let symbol: String
    let id: InstrumentID
    let counter: SequenceCounter
    var book = BookSynchronizer()
    /// A snapshot was asked for and did not come yet.
    var isSnapshotRequested = false
    /// Whether the book was live before.
    var wasLive = false
    private(set) var state: BookState?
    private(set) var reason: StateReason?
    private var streamStart: Int64 = 0

    /// Greatest time of the events emitted, and when the last of them was received.
    private var watermark: Int64 = 0
    private var lastReceive: Int64 = 0
    /// When the minute of the last trade closes; 0 before the first trade.
    private var windowEnd: Int64 = 0
    private var clocksSinceEvent: Int64 = 0

    /// The window whose bars and trades need the clock: a minute.
    static let window: Int64 = 60_000_000_000
    /// How much later than its end a window closes: the lateness that is allowed.
    static let lateness: Int64 = 2_000_000_000
    /// Without an event for this long, the clock speaks for the instrument; and again each time it has passed: 1 s.
    static let clockInterval: Int64 = 1_000_000_000

    init(symbol: String, id: InstrumentID, counter: SequenceCounter) {
        self.symbol = symbol
        self.id = id
        self.counter = counter
    }

    /// A stream begins: wait for a snapshot.
    mutating func begin(now: Int64) {
        book.begin()
        isSnapshotRequested = false
        streamStart = now
    }

    /// Whether the stream has brought no depth message for so long that the snapshot should be fetched without.
    func isFirstDepthOverdue(now: Int64) -> Bool {
        book.phase == .buffering && !isSnapshotRequested && now &- streamStart >= BinanceSpotAdapter.firstDepthWait
    }

    /// Numbers an event and notes its times.
    @inline(__always)
    mutating func number(_ event: inout MarketEvent) {
        event.seq = counter.next()
        watermark = max(watermark, event.time)
        lastReceive = max(lastReceive, event.receiveTime)
        clocksSinceEvent = 0
        if event.kind == .trade {
            let minute = event.time - event.time % Self.window
            windowEnd = max(windowEnd, minute &+ Self.window &+ Self.lateness)
        }
    }

    /// Emits a change of the book's state; nothing if it is in that state for that reason.
    mutating func emitState(
        _ state: BookState,
        _ reason: StateReason,
        time: Int64,
        receiveTime: Int64,
        into batch: inout EventBatch
    ) {
        guard self.state != state || self.reason != reason else { return }
        self.state = state
        self.reason = reason
        var event = MarketEvent(kind: .state, instrument: id, time: time, receiveTime: receiveTime)
        event.state = state
        event.reason = reason
        event.id = book.updateID
        number(&event)
        batch.append(event)
    }

    /// Emits a clock event for each whole second before `now` without an event, until the open window has closed.
    ///
    /// Their times depend on the events before them only, not on when this is called: a replay emits the same.
    /// Returns how many it emitted.
    mutating func emitClocks(until now: Int64, into batch: inout EventBatch) -> Int {
        var count = 0
        while watermark < windowEnd {
            let (elapsed, overflow) = (clocksSinceEvent &+ 1).multipliedReportingOverflow(by: Self.clockInterval)
            guard !overflow, now > lastReceive, now &- lastReceive > elapsed else { break }
            var event = MarketEvent(
                kind: .clock,
                instrument: id,
                time: watermark &+ Self.clockInterval,
                receiveTime: lastReceive &+ elapsed
            )
            event.seq = counter.next()
            watermark = event.time
            clocksSinceEvent &+= 1
            batch.append(event)
            count += 1
        }
        return count
    }
}
