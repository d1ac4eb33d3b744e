import Columnar
import Market

/// Rows of one instrument on their way to the tables.
///
/// Made after the batch's features were published: while events are processed rows are only counted, except for the few
/// whose content would be gone by then (keyframes, bars, views). Then each event gives its rows, into columns of exactly
/// that size.
struct MarketRows: ~Copyable {
    /// What rows of an event need to know that the event does not say.
    struct Note {
        /// The book's state after the event.
        var state: BookState
        /// The event did not apply and gives no rows.
        var isRejected = false
        /// A keyframe follows the event's changes.
        var hasKeyframe = false
    }

    private var tradeCount = 0
    private var quoteCount = 0
    private var bookCount = 0
    private var keyframes: [[LevelChange]] = []
    private var keyframesTaken = 0

    private var trades = TradeRows()
    private var quotes = QuoteRows()
    private var book = BookRows()
    private var bars = BarRows()
    private var bookView = ViewRows(table: FeatureCatalog.bookView, features: FeatureCatalog.bookRange)
    private var tradeView = ViewRows(table: FeatureCatalog.tradeView, features: FeatureCatalog.tradeRange)

    // MARK: While events are processed

    /// Counts the rows that an accepted event will give.
    @inline(__always)
    mutating func count(_ event: MarketEvent, levels: Int) {
        switch event.kind {
        case .trade: tradeCount &+= 1
        case .quote: quoteCount &+= 1
        case .depth, .snapshot, .state, .clock: bookCount &+= BookRows.rowCount(levels: levels)
        }
    }

    /// Keeps the whole book as it is now.
    mutating func appendKeyframe(_ state: borrowing OrderBook) {
        var levels: [LevelChange] = []
        levels.reserveCapacity(state.bids.count + state.asks.count)
        for depth in 0..<state.bids.count {
            guard let level = state.bids.level(depth) else { break }
            levels.append(LevelChange(side: .bid, price: level.price, size: level.size))
        }
        for depth in 0..<state.asks.count {
            guard let level = state.asks.level(depth) else { break }
            levels.append(LevelChange(side: .ask, price: level.price, size: level.size))
        }
        bookCount += BookRows.rowCount(levels: levels.count)
        keyframes.append(levels)
    }

    mutating func appendBar(start: Int64, _ bar: Bar) { bars.append(start: start, bar) }

    mutating func appendBookView(_ mark: ViewMark, _ row: FeatureRow, state: BookState) {
        bookView.append(mark, row, state: state)
    }

    mutating func appendTradeView(_ mark: ViewMark, _ row: FeatureRow, state: BookState) {
        tradeView.append(mark, row, state: state)
    }

    // MARK: Afterwards

    /// Makes room for the counted rows.
    mutating func begin() {
        if tradeCount > 0 { trades.begin(rows: tradeCount) }
        if quoteCount > 0 { quotes.begin(rows: quoteCount) }
        if bookCount > 0 { book.begin(rows: bookCount) }
        keyframesTaken = 0
    }

    /// Appends the rows of an event that was counted.
    mutating func append(_ event: MarketEvent, _ levels: UnsafeBufferPointer<LevelChange>, _ note: Note) {
        if note.isRejected { return }
        switch event.kind {
        case .trade: trades.append(event)
        case .quote: quotes.append(event)
        case .depth: book.append(event, levels, kind: .change, state: note.state)
        case .snapshot: book.append(event, levels, kind: .keyframe, state: note.state)
        case .state: book.appendState(event)
        case .clock: book.appendLevelless(event, kind: .clock, state: note.state)
        }
        guard note.hasKeyframe, keyframesTaken < keyframes.count else { return }
        keyframes[keyframesTaken].withUnsafeBufferPointer {
            book.append(event, $0, kind: .keyframe, state: note.state)
        }
        keyframesTaken += 1
    }

    /// Moves all rows into groups of a batch.
    mutating func take(series: Series, into batch: inout AppendBatch) {
        trades.take(series: series, into: &batch)
        quotes.take(series: series, into: &batch)
        book.take(series: series, into: &batch)
        bars.take(series: series, into: &batch)
        bookView.take(series: series, into: &batch)
        tradeView.take(series: series, into: &batch)
        tradeCount = 0
        quoteCount = 0
        bookCount = 0
        keyframes.removeAll()
    }
}
