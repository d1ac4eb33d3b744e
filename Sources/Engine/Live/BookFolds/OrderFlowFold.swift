public import Market

/// Order-flow imbalance at the best five levels, summed (Cont, Kukanov, Stoikov 2014; several levels: Xu, Gould,
/// Howison 2018).
///
/// Between two states of the book, level k contributes
/// `1[b≥b']q − 1[b≤b']q' − 1[a≤a']r + 1[a≥a']r'` (bid b of size q, ask a of size r, the earlier state primed). The first
/// state seeds the fold and contributes nothing. A level that is missing in a state is one of size 0 at the worst price
/// there is: where it appears its size is added, where it goes its size is taken off, by the same formula.
public struct OrderFlowFold: BookFold {
    /// Levels that are followed.
    public static let levels = 5
    /// Version 1: seeded, then for each level the sum, and price and size of bid and ask.
    public static let stateVersion: UInt8 = 1

    /// What is known of one level: its last state, and its sum.
    private struct Flow: Sendable, Hashable {
        var bid = Int64.min
        var bidSize: Int64 = 0
        var ask = Int64.max
        var askSize: Int64 = 0
        var sum: Int128 = 0
    }

    /// Whether a first state was seen.
    public private(set) var isSeeded = false
    private var flows = [Flow](repeating: Flow(), count: Self.levels)

    /// No state seen.
    public init() {}

    /// The sum at a level, 0 being the best, as a mantissa at the size scale.
    public func sum(level: Int) -> Int128 { flows[level].sum }

    /// Takes the next state of the book. O(levels).
    public mutating func update(_ book: borrowing OrderBook) {
        for level in 0..<Self.levels {
            let bid = book.bids.level(level) ?? (.min, 0)
            let ask = book.asks.level(level) ?? (.max, 0)
            var flow = flows[level]
            if isSeeded { flow.sum &+= Self.contribution(flow, bid, ask) }
            (flow.bid, flow.bidSize) = bid
            (flow.ask, flow.askSize) = ask
            flows[level] = flow
        }
        isSeeded = true
    }

    @inline(__always)
    private static func contribution(
        _ old: Flow,
        _ bid: (price: Int64, size: Int64),
        _ ask: (price: Int64, size: Int64)
    ) -> Int128 {
        let counted = OrderFlow.counted(bid: bid.price, before: old.bid, ask: ask.price, before: old.ask)
        let bought = counted.bid ? bid.size : 0
        let cancelled = counted.earlierBid ? old.bidSize : 0
        let offered = counted.ask ? ask.size : 0
        let lifted = counted.earlierAsk ? old.askSize : 0
        return Int128(bought) &- Int128(cancelled) &- Int128(offered) &+ Int128(lifted)
    }

    /// The same fold over mantissas that grew by these factors, as digits were added; nil if one does not fit any more.
    func raised(price: Int64, size: Int64) -> OrderFlowFold? {
        var raised = self
        for level in flows.indices {
            let flow = flows[level]
            var grown = Flow()
            let (sum, isLarge) = flow.sum.multipliedReportingOverflow(by: Int128(size))
            guard !isLarge, let bid = Self.product(flow.bid, price, unless: .min),
                let ask = Self.product(flow.ask, price, unless: .max),
                let bidSize = Self.product(flow.bidSize, size), let askSize = Self.product(flow.askSize, size)
            else { return nil }
            grown.sum = sum
            (grown.bid, grown.bidSize) = (bid, bidSize)
            (grown.ask, grown.askSize) = (ask, askSize)
            raised.flows[level] = grown
        }
        return raised
    }

    /// The product; a price that stands for none stays as it is.
    private static func product(_ value: Int64, _ factor: Int64, unless none: Int64? = nil) -> Int64? {
        if value == none { return value }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(isSeeded)
        for flow in flows {
            writer.write(flow.sum)
            for number in [flow.bid, flow.bidSize, flow.ask, flow.askSize] { writer.write(number) }
        }
    }

    /// Reads the state.
    public mutating func decode(from reader: inout FoldStateReader) throws(FoldStateError) {
        isSeeded = try reader.readBool()
        for level in 0..<Self.levels {
            flows[level].sum = try reader.read(Int128.self)
            flows[level].bid = try reader.readInt64()
            flows[level].bidSize = try reader.readInt64()
            flows[level].ask = try reader.readInt64()
            flows[level].askSize = try reader.readInt64()
        }
    }
}
