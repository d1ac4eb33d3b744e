public import Market

/// A symbol as the venue writes it, and the instrument that it means.
public struct BinanceSymbol: Sendable, Hashable {
    /// The venue's own name, upper case: `BTCUSDT`.
    public let name: String
    /// What Tickgate calls it: `BTC-USDT.BINANCE`.
    public let instrument: Instrument

    /// The venue's name in instruments.
    public static let venue = "BINANCE"

    /// Creates a symbol from its two assets, as the venue's instrument list gives them.
    public init(name: String, base: String, quote: String) {
        self.name = name
        self.instrument = Instrument(
            symbol: "\(base)-\(quote)",
            venue: Self.venue,
            priceScale: JSONCursor.scale,
            sizeScale: JSONCursor.scale
        )
    }

    /// Reads `BTC-USDT` or `BTC-USDT.BINANCE`, which configurations use. Nil if it is neither.
    public init?(instrumentName: String) {
        var text = Substring(instrumentName.uppercased())
        if text.hasSuffix("." + Self.venue) { text = text.dropLast(Self.venue.utf8.count + 1) }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ Self.isAsset($0.utf8) }) else { return nil }
        self.init(name: "\(parts[0])\(parts[1])", base: String(parts[0]), quote: String(parts[1]))
    }

    /// Tells a venue name apart by the longest quote asset that it ends in. Nil if it ends in none.
    ///
    /// For recordings, which have no instrument list. `name` must be as the venue writes it, upper case.
    public init?(name: String) {
        guard name.utf8.count <= Self.nameBytesMax, Self.isAsset(name.utf8) else { return nil }
        let quote = Self.quoteAssets.filter { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }
            .max { $0.utf8.count < $1.utf8.count }
        guard let quote else { return nil }
        self.init(name: name, base: String(name.dropLast(quote.count)), quote: quote)
    }

    /// The longest venue name that is taken: twice the longest that the venue had.
    public static let nameBytesMax = 40

    /// Assets that the venue quotes in, or has quoted in.
    static let quoteAssets = [
        "USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD1", "USDP", "USDS", "PAX", "DAI", "VAI", "AEUR", "EURI", "BIDR",
        "IDRT",
        "BKRW", "BVND", "USD", "BTC", "ETH", "BNB", "XRP", "TRX", "DOGE", "DOT", "SOL", "EUR", "GBP", "AUD", "BRL",
        "TRY",
        "RUB", "UAH", "NGN", "ZAR", "PLN", "RON", "ARS", "JPY", "MXN", "COP", "CZK", "IDR", "GYEN",
    ]

    /// Letters, digits, `_`, and what is not ASCII: no byte that would need quoting in a name.
    private static func isAsset(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy {
                $0.isDigit || $0 >= 0x80 || $0 == UInt8(ascii: "_")
                    || $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z")
            }
    }
}

/// Finds the place of a venue symbol by its bytes, without making a string of them.
struct SymbolTable {
    private var slots: [Int32] = Array(repeating: -1, count: 64)
    private var names: [[UInt8]] = []

    var count: Int { names.count }

    /// The place of a name, in order of insertion; nil if it was never inserted.
    @inline(__always)
    func index(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        let mask = slots.count &- 1
        var slot = Self.hash(name) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if Self.equal(names[index], name) { return index }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    /// Adds a name that is not there yet and returns its place.
    mutating func insert(_ name: [UInt8]) -> Int {
        names.append(name)
        guard names.count * 2 > slots.count else {
            place(names.count - 1)
            return names.count - 1
        }
        slots = Array(repeating: -1, count: slots.count * 2)
        for index in names.indices { place(index) }
        return names.count - 1
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var slot = names[index].withUnsafeBufferPointer { Self.hash($0) } & mask
        while slots[slot] >= 0 { slot = (slot + 1) & mask }
        slots[slot] = Int32(index)
    }

    /// FNV-1a, folded: names are short.
    @inline(__always)
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF)
    }

    @inline(__always)
    private static func equal(_ name: [UInt8], _ other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count == other.count else { return false }
        for index in 0..<other.count where name[index] != other[index] { return false }
        return true
    }
}
