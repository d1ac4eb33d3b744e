public import Market

/// The sizes within a distance of the mid, on each side.
///
/// A bid counts if its price is at least `mid × (1 − distance)`, an ask if it is at most `mid × (1 + distance)`; both
/// bounds are compared exactly, in integers.
public struct LiquidityFold: BookFold {
    /// Version 1: whether there is a mid, the two sums.
    public static let stateVersion: UInt8 = 1
    private static let basisPointsOfTwo: Int128 = 20_000

    /// The distance, 0 to 10,000 basis points.
    public let basisPoints: Int
    private var hasMid = false
    private var bidSum: Int128 = 0
    private var askSum: Int128 = 0

    /// No book seen.
    public init(basisPoints: Int) {
        precondition(basisPoints >= 0 && basisPoints <= 10_000, "BUG: distance out of range")
        self.basisPoints = basisPoints
    }

    /// Takes the next state of the book. O(levels within the distance).
    @inline(__always)
    public mutating func update(_ book: borrowing OrderBook) {
        guard let limits = limits(book) else {
            hasMid = false
            return
        }
        hasMid = true
        bidSum = book.bids.size(toPrice: limits.lowest)
        askSum = book.asks.size(toPrice: limits.highest)
    }

    /// The lowest bid and the highest ask that count; nil if a side is empty.
    @inline(__always)
    func limits(_ book: borrowing OrderBook) -> (lowest: Int64, highest: Int64)? {
        guard let bid = book.bids.best, let ask = book.asks.best else { return nil }
        let twiceMid = Int128(bid.price) &+ Int128(ask.price)
        // price ≥ mid × (10,000 − x) / 10,000 is price ≥ twiceMid × (10,000 − x) / 20,000, rounded up to an integer.
        let lowest = -Self.floorDivide(0 &- twiceMid &* Int128(10_000 &- basisPoints))
        let highest = Self.floorDivide(twiceMid &* Int128(10_000 &+ basisPoints))
        return (Int64(clamping: lowest), Int64(clamping: highest))
    }

    @inline(__always)
    private static func floorDivide(_ value: Int128) -> Int128 {
        let low = Int64(truncatingIfNeeded: value)
        if Int128(low) == value {
            let divisor = Int64(truncatingIfNeeded: basisPointsOfTwo)
            return Int128(low / divisor &- (low % divisor < 0 ? 1 : 0))
        }
        return value / basisPointsOfTwo &- (value % basisPointsOfTwo < 0 ? 1 : 0)
    }

    /// The bids' sizes, at the size scale; nil if a side is empty.
    @inline(__always)
    public var bids: Int128? { hasMid ? bidSum : nil }

    /// The asks' sizes, at the size scale; nil if a side is empty.
    @inline(__always)
    public var asks: Int128? { hasMid ? askSum : nil }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(hasMid)
        writer.write(bidSum)
        writer.write(askSum)
    }

    /// Reads the state.
    public mutating func decode(from reader: inout FoldStateReader) throws(FoldStateError) {
        hasMid = try reader.readBool()
        bidSum = try reader.read(Int128.self)
        askSum = try reader.read(Int128.self)
    }
}
