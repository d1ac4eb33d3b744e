public import Market

/// Bid size less ask size over their sum, over the best levels of each side (Cartea, Donnelly, Jaimungal 2018).
public struct ImbalanceFold: BookFold {
    /// Version 1: the two sums.
    public static let stateVersion: UInt8 = 1

    /// How many levels of a side count; a side with fewer counts whole.
    public let depth: Int
    private var bids: Int128 = 0
    private var asks: Int128 = 0

    /// No book seen.
    public init(depth: Int) { self.depth = depth }

    /// Takes the next state of the book. O(depth).
    @inline(__always)
    public mutating func update(_ book: borrowing OrderBook) {
        bids = book.bids.size(toDepth: depth)
        asks = book.asks.size(toDepth: depth)
    }

    /// From -1, asks only, to 1, bids only, both excluded: nil if a side is empty.
    @inline(__always)
    public var value: Double? {
        guard bids > 0, asks > 0 else { return nil }
        return ratio(bids &- asks, bids &+ asks)
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(bids)
        writer.write(asks)
    }

    /// Reads the state.
    public mutating func decode(from reader: inout FoldStateReader) throws(FoldStateError) {
        bids = try reader.read(Int128.self)
        asks = try reader.read(Int128.self)
        // A side has at most 2^18 levels of at most 2^63.
        guard bids >= 0, asks >= 0, bids < 1 << 81, asks < 1 << 81 else { throw .malformed }
    }
}
