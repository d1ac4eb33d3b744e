public import Market

/// Order-flow imbalance at the best five levels, summed (Cont, Kukanov, Stoikov 2014; several levels: Xu, Gould,
/// Howison 2018).
///
/// Between two states of the book, level k contributes
/// `1[b≥b']q − 1[b≤b']q' − 1[a≤a']r + 1[a≥a']r'` (bid b of size q, ask a of size r, the earlier state primed). The first
/// state seeds the fold and contributes nothing. A level that is missing in either state contributes nothing for its side.
public struct OrderFlowFold: Sendable, Hashable {
    /// Levels that are followed.
    public static let levels = 5
    /// Version 1: seeded, then for each level the sum and four numbers of each side.
    public static let stateVersion: UInt8 = 1

    private struct Quote: Sendable, Hashable {
        var price: Int64 = 0
        var size: Int64 = 0
        var isPresent = false
    }

    /// Whether a first state was seen.
    public private(set) var isSeeded = false
    private var bids = [Quote](repeating: Quote(), count: Self.levels)
    private var asks = [Quote](repeating: Quote(), count: Self.levels)
    private var sums = [Int128](repeating: 0, count: Self.levels)

    /// No state seen.
    public init() {}

    /// The sum at a level, 0 being the best, as a mantissa at the instrument's size scale.
    public func sum(level: Int) -> Int128 { sums[level] }

    /// Takes the next state of the book. O(levels).
    public mutating func update(_ book: borrowing OrderBook) {
        for level in 0..<Self.levels {
            let bid = Self.quote(book.bids.level(level))
            let ask = Self.quote(book.asks.level(level))
            if isSeeded {
                sums[level] &+= Self.bidFlow(from: bids[level], to: bid) &- Self.askFlow(from: asks[level], to: ask)
            }
            bids[level] = bid
            asks[level] = ask
        }
        isSeeded = true
    }

    @inline(__always)
    private static func quote(_ level: (price: Int64, size: Int64)?) -> Quote {
        level.map { Quote(price: $0.price, size: $0.size, isPresent: true) } ?? Quote()
    }

    @inline(__always)
    private static func bidFlow(from old: Quote, to new: Quote) -> Int128 {
        guard old.isPresent, new.isPresent else { return 0 }
        return (new.price >= old.price ? Int128(new.size) : 0) &- (new.price <= old.price ? Int128(old.size) : 0)
    }

    @inline(__always)
    private static func askFlow(from old: Quote, to new: Quote) -> Int128 {
        guard old.isPresent, new.isPresent else { return 0 }
        return (new.price <= old.price ? Int128(new.size) : 0) &- (new.price >= old.price ? Int128(old.size) : 0)
    }

    /// The state as bytes, the version first.
    public func encodeState() -> [UInt8] {
        var writer = FoldStateWriter()
        writer.write(Self.stateVersion)
        writer.write(isSeeded)
        for level in 0..<Self.levels {
            writer.write(sums[level])
            for quote in [bids[level], asks[level]] {
                writer.write(quote.price)
                writer.write(quote.size)
                writer.write(quote.isPresent)
            }
        }
        return writer.bytes
    }

    /// Reads a state that ``encodeState()`` gave.
    public init(state bytes: [UInt8]) throws(FoldStateError) {
        var reader = FoldStateReader(bytes)
        let version = try reader.readUInt8()
        guard version == Self.stateVersion else { throw .unknownVersion(version) }
        isSeeded = try reader.readBool()
        for level in 0..<Self.levels {
            sums[level] = try reader.read(Int128.self)
            bids[level] = try Self.quote(from: &reader)
            asks[level] = try Self.quote(from: &reader)
        }
        guard reader.isAtEnd else { throw .malformed }
    }

    private static func quote(from reader: inout FoldStateReader) throws(FoldStateError) -> Quote {
        Quote(price: try reader.readInt64(), size: try reader.readInt64(), isPresent: try reader.readBool())
    }
}
