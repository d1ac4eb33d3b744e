import Market

/// What an event did, beside leaving a book behind.
struct BookStep {
    /// How many levels of each side.
    struct Counts {
        var bid = 0
        var ask = 0

        /// Of one side or both.
        func count(_ side: Side?) -> Int { (side == .ask ? 0 : bid) + (side == .bid ? 0 : ask) }
    }

    /// Whether it changed the live book.
    var isChange = false
    var flowBefore = [Int128](repeating: 0, count: OrderFlowFold.levels)
    private(set) var added: (bid: Int128, ask: Int128) = (0, 0)
    private(set) var removed: (bid: Int128, ask: Int128) = (0, 0)
    /// Levels that grew or came.
    private(set) var additions = Counts()
    /// Levels that shrank or went.
    private(set) var removals = Counts()
    var changes = 0
    var quoteBefore = BookQuote()
    /// Whether price or size of the best bid or ask changed.
    var isQuoteChange = false

    /// Takes what changed levels are about to do to the sizes of a book.
    mutating func takeSizes(_ book: borrowing OrderBook, _ levels: [LevelChange]) {
        added = (0, 0)
        removed = (0, 0)
        additions = Counts()
        removals = Counts()
        for level in levels {
            let before = level.side == .bid ? book.bids.size(at: level.price) : book.asks.size(at: level.price)
            let difference = Int128(level.size) &- Int128(before)
            if difference == 0 { continue }
            switch (level.side, difference > 0) {
            case (.bid, true):
                added.bid &+= difference
                additions.bid += 1
            case (.bid, false):
                removed.bid &-= difference
                removals.bid += 1
            case (.ask, true):
                added.ask &+= difference
                additions.ask += 1
            case (.ask, false):
                removed.ask &-= difference
                removals.ask += 1
            }
        }
    }
}

/// Price and size of the best bid and ask, as mantissas.
struct BookQuote: Equatable {
    private var bid: SIMD2<Int64>?
    private var ask: SIMD2<Int64>?

    init() {}

    init(_ book: borrowing OrderBook) {
        bid = book.bids.best.map { SIMD2($0.price, $0.size) }
        ask = book.asks.best.map { SIMD2($0.price, $0.size) }
    }
}
