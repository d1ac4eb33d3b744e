public import Market

/// The best level of each side, and what follows from them alone.
///
/// Weighted mid: Gatheral, Oomen 2010. Sums, differences and halves are exact mantissas.
public struct TopOfBookFold: BookFold {
    /// Version 1: for each side whether there is a level, its price and size.
    public static let stateVersion: UInt8 = 1

    /// A price level.
    public struct Level: Sendable, Hashable {
        /// Price mantissa.
        public var price: Int64
        /// Size mantissa, above 0.
        public var size: Int64
    }

    /// The best bid; nil if there is none.
    public private(set) var bid: Level?
    /// The best ask; nil if there is none.
    public private(set) var ask: Level?

    /// No book seen.
    public init() {}

    /// Takes the next state of the book. O(1).
    @inline(__always)
    public mutating func update(_ book: borrowing OrderBook) {
        bid = book.bids.best.map { Level(price: $0.price, size: $0.size) }
        ask = book.asks.best.map { Level(price: $0.price, size: $0.size) }
    }

    /// Best ask less best bid, at the price scale; nil if a side is empty. Negative if the book is crossed.
    @inline(__always)
    public var spread: Int128? {
        guard let bid, let ask else { return nil }
        return Int128(ask.price) &- Int128(bid.price)
    }

    /// The sum of both best prices, at the price scale: twice the mid, and the mid itself is `5 × sum` with one decimal
    /// more. Nil if a side is empty.
    @inline(__always)
    public var twiceMid: Int128? {
        guard let bid, let ask else { return nil }
        return Int128(bid.price) &+ Int128(ask.price)
    }

    /// Spread over mid in basis points; nil if a side is empty or the mid is not above 0.
    @inline(__always)
    public var spreadBps: Double? {
        guard let spread, let twiceMid else { return nil }
        return ratio(spread &* 20_000, twiceMid)
    }

    /// Each best price weighted by the size on the other side, as a mantissa with a fraction; nil if a side is empty.
    @inline(__always)
    public var weightedMid: Double? {
        guard let bid, let ask else { return nil }
        let (bidSize, askSize) = (Double(bid.size), Double(ask.size))
        return (Double(bid.price) * askSize + Double(ask.price) * bidSize) / (bidSize + askSize)
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        for level in [bid, ask] {
            writer.write(level != nil)
            writer.write(level?.price ?? 0)
            writer.write(level?.size ?? 0)
        }
    }

    /// Reads the state.
    public mutating func decode(from reader: inout FoldStateReader) throws(FoldStateError) {
        bid = try Self.level(from: &reader)
        ask = try Self.level(from: &reader)
    }

    private static func level(from reader: inout FoldStateReader) throws(FoldStateError) -> Level? {
        let isPresent = try reader.readBool()
        let level = Level(price: try reader.readInt64(), size: try reader.readInt64())
        guard isPresent else { return nil }
        guard level.size > 0 else { throw .malformed }
        return level
    }
}
