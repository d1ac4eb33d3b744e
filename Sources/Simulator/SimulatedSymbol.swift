import Market

/// An instrument of the simulated venue.
public struct SimulatedSymbol: Sendable, Hashable {
    /// The base asset, `BTC`.
    public let base: String
    /// The quote asset, `USDT`.
    public let quote: String
    /// Where the price starts and returns to, in ticks.
    let priceTicks: Int64
    /// Price step, mantissa with eight decimals.
    let tick: Int64
    /// Size step, mantissa with eight decimals.
    let lot: Int64

    /// The venue's name, `BTCUSDT`.
    public let name: String
    /// The name in stream names.
    let lowercasedName: String

    init(base: String, quote: String, price: Int64, tick: Int64, lot: Int64) {
        self.base = base
        self.quote = quote
        self.name = base + quote
        self.lowercasedName = (base + quote).lowercased()
        self.priceTicks = price / tick
        self.tick = tick
        self.lot = lot
    }

    /// The instruments that a venue of its own would list: ten well-known ones against USDT.
    public static let wellKnown: [SimulatedSymbol] = [
        known("BTC", "61000", tick: "0.01", lot: "0.00001"),
        known("ETH", "2600", tick: "0.01", lot: "0.0001"),
        known("SOL", "150", tick: "0.01", lot: "0.001"),
        known("BNB", "550", tick: "0.01", lot: "0.001"),
        known("XRP", "0.6", tick: "0.0001", lot: "0.1"),
        known("DOGE", "0.1", tick: "0.00001", lot: "1"),
        known("ADA", "0.35", tick: "0.0001", lot: "0.1"),
        known("AVAX", "45", tick: "0.01", lot: "0.01"),
        known("LINK", "35", tick: "0.01", lot: "0.01"),
        known("LTC", "65", tick: "0.01", lot: "0.001"),
    ]

    /// `count` made-up instruments, `SIM0001-USDT` and on.
    public static func synthetic(_ count: Int) -> [SimulatedSymbol] {
        (0..<max(count, 0)).map { index in
            let number = String(index + 1)
            let base = "SIM" + String(repeating: "0", count: max(0, 4 - number.count)) + number
            return SimulatedSymbol(
                base: base,
                quote: "USDT",
                price: Int64(50 + index % 450) * 100_000_000,
                tick: 1_000_000,
                lot: 100_000
            )
        }
    }

    /// Instruments by name, `BTC-USDT`: well-known ones as they are, others made up. Nil if a name is not `BASE-QUOTE`.
    public static func named(_ names: [String]) -> [SimulatedSymbol]? {
        var symbols: [SimulatedSymbol] = []
        for name in names {
            let parts = name.uppercased().split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ isAsset($0) }) else { return nil }
            let (base, quote) = (String(parts[0]), String(parts[1]))
            let symbol =
                wellKnown.first { $0.base == base && $0.quote == quote }
                ?? SimulatedSymbol(base: base, quote: quote, price: 10_000_000_000, tick: 1_000_000, lot: 100_000)
            if !symbols.contains(symbol) { symbols.append(symbol) }
        }
        return symbols
    }

    private static func isAsset(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 16
            && text.utf8.allSatisfy {
                ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z"))
                    || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9"))
            }
    }

    private static func known(_ base: String, _ price: String, tick: String, lot: String) -> SimulatedSymbol {
        SimulatedSymbol(base: base, quote: "USDT", price: mantissa(price), tick: mantissa(tick), lot: mantissa(lot))
    }

    private static func mantissa(_ text: String) -> Int64 {
        guard let decimal = try? Decimal(text, scale: 8) else { preconditionFailure("BUG: \(text) is no decimal") }
        return decimal.mantissa
    }
}
