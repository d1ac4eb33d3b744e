/// Order-flow imbalance between two quotes: what of their sizes counts (Cont, Kukanov, Stoikov 2014).
///
/// `1[b≥b']q − 1[b≤b']q' − 1[a≤a']r + 1[a≥a']r'`, bid b of size q, ask a of size r, the earlier quote primed.
enum OrderFlow {
    /// Which of the four sizes count: q and r' as they are, q' and r negated.
    @inline(__always)
    static func counted<Price: Comparable>(
        bid: Price,
        before earlierBid: Price,
        ask: Price,
        before earlierAsk: Price
    ) -> (bid: Bool, earlierBid: Bool, ask: Bool, earlierAsk: Bool) {
        (bid >= earlierBid, bid <= earlierBid, ask <= earlierAsk, ask >= earlierAsk)
    }
}
