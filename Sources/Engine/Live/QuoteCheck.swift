import Market

/// Compares the venue's own best bid and offer with the book at equal update ids, whichever comes first.
///
/// Quotes ahead of the book wait in a ring. A venue that batches book changes for 100 ms sends up to a few hundred quotes
/// meanwhile; older ones are overwritten and never compared.
struct QuoteCheck: Sendable {
    /// Quotes that may wait.
    private static let capacity = 1024

    private struct Quote: Sendable {
        var updateID: Int64
        var bid: Int64
        var bidSize: Int64
        var ask: Int64
        var askSize: Int64
    }

    /// Ascending update ids from `first` on, as the venue sends them.
    private var waiting: [Quote] = []
    private var first = 0

    /// A quote arrived. True, false or nil: equal to the book, different, or not comparable now.
    mutating func take(_ event: MarketEvent, book: borrowing OrderBook) -> Bool? {
        guard event.id > 0 else { return nil }
        let quote = Quote(
            updateID: event.id,
            bid: event.price,
            bidSize: event.size,
            ask: event.price2,
            askSize: event.size2
        )
        if event.id == book.updateID { return Self.equals(quote, book) }
        guard event.id > book.updateID else { return nil }
        if waiting.count - first >= Self.capacity { first += 1 }
        compact()
        waiting.append(quote)
        return nil
    }

    /// The book changed: compares it with the quote of its update id, if one waited.
    mutating func bookChanged(_ book: borrowing OrderBook) -> Bool? {
        var result: Bool?
        while first < waiting.count, waiting[first].updateID <= book.updateID {
            if waiting[first].updateID == book.updateID { result = Self.equals(waiting[first], book) }
            first += 1
        }
        return result
    }

    private mutating func compact() {
        guard first >= Self.capacity || first == waiting.count else { return }
        waiting.removeFirst(first)
        first = 0
    }

    private static func equals(_ quote: Quote, _ book: borrowing OrderBook) -> Bool {
        guard let bid = book.bids.best, let ask = book.asks.best else { return false }
        return bid.price == quote.bid && bid.size == quote.bidSize && ask.price == quote.ask
            && ask.size == quote.askSize
    }
}
