import Columnar
import Market

/// Everything live about one instrument: its book, folds, open windows, chain of updates and rows to store.
///
/// Owned by one shard.
final class InstrumentState {
    let id: InstrumentID
    let series: Series
    var rows = MarketRows()
    var isDirty = false

    private let counter: LoopCounts
    private let checkpoints: FeatureCheckpoints?
    private var followed = FollowedBook()
    private var bookFeatures: BookFeatures
    private var tradeFeatures: TradeFeatures
    private var bars: OpenBars
    private var quoteCheck = QuoteCheck()
    private var watermark = Watermark()
    private var keyframes = KeyframeSchedule()
    private var row = FeatureRow(book: .resync, trades: .warming)
    private var chain: UpdateChain
    /// The last event of the current second that changed a view, if one did.
    private var bookMark: ViewMark?
    private var tradeMark: ViewMark?

    init(
        id: InstrumentID,
        instrument: Instrument,
        bars: OpenBars,
        generation: UInt64,
        counter: LoopCounts,
        checkpoints: FeatureCheckpoints? = nil
    ) {
        self.id = id
        self.checkpoints = checkpoints
        self.series = Series(
            name: instrument.name,
            priceScale: instrument.priceScale,
            sizeScale: instrument.sizeScale
        )
        self.bars = bars
        self.counter = counter
        bookFeatures = BookFeatures(priceScale: instrument.priceScale, sizeScale: instrument.sizeScale)
        tradeFeatures = TradeFeatures(priceScale: instrument.priceScale, sizeScale: instrument.sizeScale)
        chain = UpdateChain(instrument: id, generation: generation)
    }

    /// What it was right after an event, whose book is given as it was stored.
    init(
        _ checkpoint: InstrumentCheckpoint,
        book: [LevelChange],
        updateID: Int64,
        id: InstrumentID,
        instrument: Instrument
    ) {
        self.id = id
        self.series = Series(
            name: instrument.name,
            priceScale: instrument.priceScale,
            sizeScale: instrument.sizeScale
        )
        counter = LoopCounts()
        checkpoints = nil
        bookFeatures = checkpoint.bookFeatures
        tradeFeatures = checkpoint.tradeFeatures
        bars = checkpoint.bars
        watermark = checkpoint.watermark
        row = checkpoint.row
        chain = checkpoint.chain
        followed = FollowedBook(feedState: checkpoint.feedState)
        // A book that is not live is being rebuilt: what follows applies to it.
        book.withUnsafeBufferPointer { _ = followed.replace($0, updateID: updateID) }
    }

    /// Takes one event: counts its rows, appends to `output` what it changed, and tells what its rows need to know.
    func process(
        _ event: MarketEvent,
        _ levels: UnsafeBufferPointer<LevelChange>,
        into output: inout FeatureBatch
    ) -> MarketRows.Note {
        if event.kind == .state, event.state == .syncing { restart(event) }
        let isTimely = advance(event)
        var note = MarketRows.Note(state: followed.feedState)
        var changed = 0..<0
        switch event.kind {
        case .trade: changed = takeTrade(event, isTimely: isTimely)
        case .quote: takeQuote(event)
        case .depth: changed = takeDepth(event, levels, &note)
        case .snapshot: changed = takeSnapshot(event, levels)
        case .state: changed = takeState(event)
        case .clock: counter.counts.clocks += 1
        }
        note.state = shownState
        if !note.isRejected { rows.count(event, levels: levels.count) }
        if !changed.isEmpty {
            let updateID = event.kind == .trade ? 0 : followed.book.updateID
            chain.append(event, row, features: changed, updateID: updateID, state: note.state, into: &output)
        }
        if note.hasKeyframe || event.kind == .snapshot { checkpoints?.append(checkpoint(event), of: id) }
        return note
    }

    private func checkpoint(_ event: MarketEvent) -> InstrumentCheckpoint {
        InstrumentCheckpoint(
            seq: event.seq,
            time: event.time,
            feedState: followed.feedState,
            bookFeatures: bookFeatures,
            tradeFeatures: tradeFeatures,
            bars: bars,
            watermark: watermark,
            row: row,
            chain: chain
        )
    }

    /// Stores what the last, unfinished second changed.
    func finish() { storeViews() }

    /// Rows of this instrument may have been lost.
    func forceKeyframe() { keyframes.force() }

    private var shownState: BookState { followed.shownState }
}

/// Time.
extension InstrumentState {
    /// Advances the watermark, and closes the second and the minutes that it leaves. False if the time is not believed.
    private func advance(_ event: MarketEvent) -> Bool {
        let before = watermark.time
        guard watermark.advance(to: event.time, receiveTime: event.receiveTime), let now = watermark.time else {
            counter.counts.timeJumps += 1
            return false
        }
        if let before, now != before {
            if floorDivide(before, CivilTime.second) != floorDivide(now, CivilTime.second) { storeViews() }
        }
        while let closed = bars.close(watermark: now) { rows.appendBar(start: closed.start, closed.bar) }
        return true
    }

    private func storeViews() {
        if let mark = bookMark { rows.appendBookView(mark, row, state: shownState) }
        if let mark = tradeMark { rows.appendTradeView(mark, row, state: shownState) }
        bookMark = nil
        tradeMark = nil
    }

    private func mark(_ event: MarketEvent) -> ViewMark {
        ViewMark(time: watermark.time ?? event.time, seq: event.seq, receiveTime: event.receiveTime)
    }

    /// A feed begins. If it is an older recording, time starts again, and so do the bars.
    private func restart(_ event: MarketEvent) {
        storeViews()
        guard let known = watermark.time ?? bars.earliest else { return }
        let (back, overflow) = known.subtractingReportingOverflow(event.time)
        guard event.time < known, overflow || back >= OpenBars.restartMin else { return }
        while let closed = bars.closeFirst() { rows.appendBar(start: closed.start, closed.bar) }
        bars.restart()
        watermark = Watermark()
    }
}

/// Events. Each gives the range of features that it can have changed.
extension InstrumentState {
    private func takeTrade(_ event: MarketEvent, isTimely: Bool) -> Range<Int> {
        counter.counts.trades += 1
        let price = Decimal(mantissa: event.price, scale: series.priceScale)
        let size = Decimal(mantissa: event.size, scale: series.sizeScale)
        if isTimely, !bars.update(time: event.time, price: price, size: size) { counter.counts.lateTrades += 1 }
        tradeFeatures.update(event, bar: bars.latest, into: &row)
        tradeMark = mark(event)
        return FeatureCatalog.tradeRange
    }

    private func takeQuote(_ event: MarketEvent) {
        counter.counts.quotes += 1
        guard followed.feedState == .live else { return }
        count(quoteCheck.take(event, book: followed.book))
    }

    private func takeDepth(
        _ event: MarketEvent,
        _ levels: UnsafeBufferPointer<LevelChange>,
        _ note: inout MarketRows.Note
    ) -> Range<Int> {
        counter.counts.depths += 1
        let effect = followed.change(levels, updateID: event.id)
        guard effect != .rejected else {
            counter.counts.rejected += 1
            note.isRejected = true
            return 0..<0
        }
        counter.counts.changes += levels.count
        counter.counts.levelsRefused += followed.refusedCount
        guard effect == .changed else { return 0..<0 }
        if keyframes.isDue(time: event.time, changes: levels.count) {
            rows.appendKeyframe(followed.book)
            note.hasKeyframe = true
        }
        bookFeatures.update(followed.book, into: &row)
        count(quoteCheck.bookChanged(followed.book))
        bookMark = mark(event)
        return FeatureCatalog.bookRange
    }

    private func takeSnapshot(_ event: MarketEvent, _ levels: UnsafeBufferPointer<LevelChange>) -> Range<Int> {
        counter.counts.snapshots += 1
        counter.counts.changes += levels.count
        let effect = followed.replace(levels, updateID: event.id)
        counter.counts.levelsRefused += followed.refusedCount
        keyframes.written(time: event.time)
        guard effect == .replaced else { return 0..<0 }
        // A venue that sends a new book at any time: what was summed over the old one ends here.
        beginEpoch()
        bookFeatures.restart(followed.book, into: &row)
        bookMark = mark(event)
        return 0..<FeatureRow.count
    }

    private func takeState(_ event: MarketEvent) -> Range<Int> {
        counter.counts.states += 1
        switch followed.become(event.state) {
        case .becameLive(let wasStale):
            if wasStale { beginEpoch() }
            bookFeatures.restart(followed.book, into: &row)
        case .becameStale:
            quoteCheck = QuoteCheck()
            row.markStale(FeatureCatalog.bookRange)
        case .becameSyncing:
            if chain.isStarted { beginEpoch() }
            quoteCheck = QuoteCheck()
            row.set(FeatureCatalog.bookRange, status: .resync)
        case .rejected, .hidden, .changed, .replaced, .nothing: break
        }
        bookMark = mark(event)
        return 0..<FeatureRow.count
    }

    /// Continuity is lost: sums begin again. What is true of single trades and of the minute stays.
    private func beginEpoch() {
        chain.restart()
        tradeFeatures = TradeFeatures(priceScale: series.priceScale, sizeScale: series.sizeScale)
        row.set(FeatureIndex.vwap..<FeatureIndex.barOpen, status: .warming)
    }

    private func count(_ isEqual: Bool?) {
        guard let isEqual else { return }
        counter.counts.booksCompared += 1
        if !isEqual { counter.counts.bookMismatches += 1 }
    }
}
