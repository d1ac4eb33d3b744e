import Market

/// The updates of one instrument: epochs, the chain of `prev`, and what a subscriber already has.
///
/// Invariant: `published` is what a subscriber has who applied every update of the epoch.
struct UpdateChain {
    private let instrument: InstrumentID
    private let generation: UInt64
    private var epochNumber = 0
    private var epoch = ""
    /// Whether the epoch's first update was made.
    private(set) var isStarted = false
    private var lastSeq: Int64 = 0
    private var published = FeatureRow(book: .resync, trades: .warming)
    private var publishedState = BookState.syncing

    init(instrument: InstrumentID, generation: UInt64) {
        self.instrument = instrument
        self.generation = generation
    }

    /// What a subscriber has who applied every update.
    var known: (row: FeatureRow, bookState: BookState) { (published, publishedState) }

    /// Continuity was lost: the next update starts an epoch.
    mutating func restart() {
        guard isStarted else { return }
        epochNumber += 1
        isStarted = false
    }

    /// Appends the update that an event makes, if it changed anything.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - row: the features after it.
    ///   - features: those that it can have changed.
    ///   - updateID: the venue's, if the event changed the book, else 0.
    ///   - state: the book's after it.
    ///   - output: where the update goes. Its compute time is set by whoever publishes it.
    mutating func append(
        _ event: MarketEvent,
        _ row: FeatureRow,
        features: Range<Int>,
        updateID: Int64,
        state: BookState,
        into output: inout FeatureBatch
    ) {
        let isStart = !isStarted
        let start = output.values.count
        for feature in isStart ? 0..<FeatureRow.count : features where isStart || row.differs(feature, from: published)
        {
            output.values.append(row.value(feature))
            published.copy(feature, from: row)
        }
        // Every change of the book is told, even if no feature moved, so that its update id can be followed.
        guard isStart || output.values.count > start || state != publishedState || event.kind == .depth else { return }
        if isStart { startEpoch() }
        output.updates.append(
            FeatureUpdate(
                instrument: instrument,
                epoch: epoch,
                isEpochStart: isStart,
                prev: lastSeq,
                seq: event.seq,
                exchangeTime: event.time,
                receiveTime: event.receiveTime,
                computeTime: 0,
                updateID: updateID,
                bookState: state,
                valuesStart: start,
                valuesCount: output.values.count - start
            )
        )
        publishedState = state
        lastSeq = event.seq
    }

    private mutating func startEpoch() {
        isStarted = true
        lastSeq = 0
        epoch = epochNumber == 0 ? "k\(generation)" : "k\(generation)-\(epochNumber)"
    }
}
