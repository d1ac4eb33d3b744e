import Columnar
import Market

/// Everything live about one instrument: its book, folds, open windows, last published row and rows to store.
///
/// Owned by one shard. Invariant: `published` is what a subscriber has who applied every update of the epoch.
final class InstrumentState {
    let id: InstrumentID
    let name: String
    let priceScale: Int
    let sizeScale: Int
    var rows = MarketRows()
    var isDirty = false

    private let generation: UInt64
    private let counter: LoopCounts

    private var book = OrderBook()
    private var feedState = BookState.syncing
    private var orderFlow = OrderFlowFold()
    private var trades = TradeFeatures()
    private var bars: OpenBars
    private var quoteCheck = QuoteCheck()
    private var watermark = Watermark()
    private var keyframes = KeyframeSchedule()

    private var epochNumber = 0
    private var epoch = ""
    private var hasEpoch = false
    private var lastSeq: Int64 = 0
    private var current = FeatureRow(status: .warming)
    private var published = FeatureRow(status: .warming)
    private var publishedState = BookState.syncing
    private var views = [StoredView](repeating: StoredView(), count: 2)

    private static let bookView = 0
    private static let tradeView = 1

    init(id: InstrumentID, instrument: Instrument, bars: OpenBars, generation: UInt64, counter: LoopCounts) {
        self.id = id
        self.name = instrument.name
        self.priceScale = instrument.priceScale
        self.sizeScale = instrument.sizeScale
        self.bars = bars
        self.generation = generation
        self.counter = counter
    }

    /// Takes one event: stores its rows, and appends to `output` what it changed.
    func process(_ event: MarketEvent, in batch: borrowing EventBatch, output: inout FeatureBatch, now: Int64) {
        isDirty = true
        advance(event)
        switch event.kind {
        case .trade: takeTrade(event)
        case .quote: takeQuote(event)
        case .depth: takeDepth(event, batch.changes[event.changes])
        case .snapshot: takeSnapshot(event, batch.changes[event.changes])
        case .state: takeState(event)
        case .clock: rows.appendClock(event)
        }
        switch event.kind {
        case .trade: publish(event, FeatureCatalog.tradeRange, into: &output, now: now)
        case .depth where feedState == .live: publish(event, FeatureCatalog.bookRange, into: &output, now: now)
        case .state: publish(event, 0..<FeatureCatalog.features.count, into: &output, now: now)
        case .depth, .snapshot, .quote, .clock: break
        }
    }

    /// Stores what the last, unfinished second changed.
    func finish() {
        for view in views.indices { storeView(view) }
    }

    // MARK: Time

    private func advance(_ event: MarketEvent) {
        let before = watermark.time
        guard watermark.advance(to: event.time, receiveTime: event.receiveTime), let now = watermark.time else {
            counter.counts.timeJumps += 1
            return
        }
        if let before, floorDivide(before, CivilTime.second) != floorDivide(now, CivilTime.second) {
            for view in views.indices { storeView(view) }
        }
        while let closed = bars.close(watermark: now) { rows.appendBar(start: closed.start, closed.bar) }
    }

    private func storeView(_ view: Int) {
        guard let mark = views[view].pending else { return }
        rows.appendView(view, mark, current, state: shownState)
        views[view].pending = nil
        isDirty = true
    }

    private func mark(_ view: Int, _ event: MarketEvent) {
        views[view].pending = ViewMark(
            time: watermark.time ?? event.time,
            seq: event.seq,
            receiveTime: event.receiveTime
        )
    }

    // MARK: Events

    private func takeTrade(_ event: MarketEvent) {
        let price = Decimal(mantissa: event.price, scale: priceScale)
        let size = Decimal(mantissa: event.size, scale: sizeScale)
        rows.appendTrade(event)
        trades.update(price: price, size: size, side: event.side)
        if !bars.update(time: event.time, price: price, size: size) { counter.counts.lateTrades += 1 }
        trades.compute(bar: bars.bar(at: event.time), into: &current)
        mark(Self.tradeView, event)
    }

    private func takeQuote(_ event: MarketEvent) {
        rows.appendQuote(event)
        guard feedState == .live else { return }
        count(quoteCheck.take(event, book: book))
    }

    private func takeDepth(_ event: MarketEvent, _ changes: ArraySlice<LevelChange>) {
        apply(changes)
        book.updateID = event.id
        rows.appendChanges(event, changes, kind: .change)
        guard feedState == .live else { return }
        if keyframes.isDue(event, changes: changes.count) { rows.appendKeyframe(event, book) }
        orderFlow.update(book)
        computeBook()
        count(quoteCheck.bookChanged(book))
        mark(Self.bookView, event)
    }

    private func takeSnapshot(_ event: MarketEvent, _ changes: ArraySlice<LevelChange>) {
        book.removeAll()
        apply(changes)
        book.updateID = event.id
        rows.appendChanges(event, changes, kind: .keyframe)
        keyframes.written(event)
    }

    private func takeState(_ event: MarketEvent) {
        rows.appendState(event)
        switch event.state {
        case .live: becomeLive()
        case .stale: becomeStale()
        case .syncing: start()
        case .crossed: break  // derived here from the levels, never told by a feed
        }
        mark(Self.bookView, event)
    }

    private func start() {
        if hasEpoch { beginEpoch() }
        feedState = .syncing
        watermark = Watermark()
        bars.restart()
        for feature in FeatureCatalog.bookRange { current.set(feature, status: .resync) }
    }

    private func becomeLive() {
        if feedState == .stale { beginEpoch() }
        feedState = .live
        orderFlow = OrderFlowFold()
        computeBook()
    }

    private func becomeStale() {
        guard feedState == .live else { return }
        feedState = .stale
        current.markStale(FeatureCatalog.bookRange)
    }

    private func beginEpoch() {
        epochNumber += 1
        hasEpoch = false
        trades = TradeFeatures()
        for feature in FeatureCatalog.tradeRange { current.set(feature, status: .warming) }
    }

    private func apply(_ changes: ArraySlice<LevelChange>) {
        var refused = 0
        for change in changes where !book.apply(change) { refused += 1 }
        if refused > 0 { counter.counts.levelsRefused += refused }
    }

    private func computeBook() {
        BookFeatures.compute(book, priceScale: priceScale, sizeScale: sizeScale, into: &current)
        BookFeatures.compute(orderFlow, sizeScale: sizeScale, into: &current)
    }

    private func count(_ isEqual: Bool?) {
        guard let isEqual else { return }
        counter.counts.booksCompared += 1
        if !isEqual { counter.counts.bookMismatches += 1 }
    }

    /// The feed's state, or crossed if the levels are.
    private var shownState: BookState { feedState == .live && book.isCrossed ? .crossed : feedState }

    // MARK: Publication

    private func publish(_ event: MarketEvent, _ features: Range<Int>, into output: inout FeatureBatch, now: Int64) {
        let isStart = !hasEpoch
        let candidates = isStart ? 0..<FeatureCatalog.features.count : features
        let start = output.values.count
        for feature in candidates where isStart || current.differs(feature, from: published) {
            output.values.append(current.value(feature))
            published.copy(feature, from: current)
        }
        let state = shownState
        // Every change of the book is told, even if no feature moved, so that its update id can be followed.
        guard isStart || output.values.count > start || state != publishedState || event.kind == .depth else { return }
        if isStart { startEpoch() }
        output.updates.append(
            FeatureUpdate(
                instrument: id,
                epoch: epoch,
                isEpochStart: isStart,
                prev: lastSeq,
                seq: event.seq,
                exchangeTime: event.time,
                receiveTime: event.receiveTime,
                computeTime: now,
                updateID: event.kind == .depth ? event.id : event.kind == .state ? book.updateID : 0,
                bookState: state,
                valuesStart: start,
                valuesCount: output.values.count - start
            )
        )
        publishedState = state
        lastSeq = event.seq
    }

    private func startEpoch() {
        hasEpoch = true
        lastSeq = 0
        epoch = epochNumber == 0 ? "k\(generation)" : "k\(generation)-\(epochNumber)"
    }
}

/// A view whose features changed since its last stored row.
private struct StoredView {
    var pending: ViewMark?
}

/// When the `book` table gets the whole book again, so that a read of history starts near its range.
private struct KeyframeSchedule {
    /// Changes after which a keyframe is written: a book of 2,000 levels then adds a tenth to the rows.
    static let changesMax = 20_000
    /// Time after which one is written.
    static let intervalMax = 5 * CivilTime.minute

    private var changes = 0
    private var time = Int64.min

    /// Counts changes; true if a keyframe is to follow the event.
    mutating func isDue(_ event: MarketEvent, changes count: Int) -> Bool {
        changes += count
        let hasNewDay = floorDivide(event.time, CivilTime.day) != floorDivide(time, CivilTime.day)
        guard changes >= Self.changesMax || hasNewDay || event.time &- time >= Self.intervalMax else { return false }
        written(event)
        return true
    }

    /// A keyframe was written.
    mutating func written(_ event: MarketEvent) {
        changes = 0
        time = event.time
    }
}
