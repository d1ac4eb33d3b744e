/// Writes the venue's JSON: prices and sizes with eight decimals, fields in the venue's order.
struct MessageText {
    private(set) var bytes: [UInt8] = []

    /// The unit of event times.
    enum TimeUnit: Hashable {
        case milliseconds
        case microseconds
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// A stream message without its wrapper.
    mutating func message(
        _ message: SimulatedMarket.Message,
        of market: SimulatedMarket,
        time: Int64,
        unit: TimeUnit
    ) {
        let symbol = market.symbol
        switch message {
        case .depth(let first, let last, let bids, let asks):
            event("depthUpdate", symbol, time, unit)
            text(",\"U\":")
            integer(first)
            text(",\"u\":")
            integer(last)
            text(",\"b\":")
            levels(bids, market.bids, symbol)
            text(",\"a\":")
            levels(asks, market.asks, symbol)
            text("}")
        case .trade(let id, let price, let size, let isBuyerMaker):
            event("trade", symbol, time, unit)
            text(",\"t\":")
            integer(id)
            text(",\"p\":")
            decimal(price * symbol.tick)
            text(",\"q\":")
            decimal(size * symbol.lot)
            text(",\"T\":")
            self.time(time, unit)
            text(isBuyerMaker ? ",\"m\":true,\"M\":true}" : ",\"m\":false,\"M\":true}")
        case .quote:
            text("{\"u\":")
            integer(market.updateID)
            text(",\"s\":\"")
            text(symbol.name)
            text("\"")
            top("b", "B", market.bids, symbol)
            top("a", "A", market.asks, symbol)
            text("}")
        }
    }

    /// A REST depth snapshot of at most `limit` levels a side.
    mutating func snapshot(of market: SimulatedMarket, lastUpdateID: Int64, limit: Int) {
        text("{\"lastUpdateId\":")
        integer(lastUpdateID)
        text(",\"bids\":")
        levels(market.bids.prices.suffix(limit).reversed(), market.bids, market.symbol)
        text(",\"asks\":")
        levels(market.asks.prices.suffix(limit).reversed(), market.asks, market.symbol)
        text("}")
    }

    /// An entry of the instrument list.
    mutating func listing(of symbol: SimulatedSymbol) {
        text("{\"symbol\":\"\(symbol.name)\",\"status\":\"TRADING\",\"baseAsset\":\"\(symbol.base)\"")
        text(",\"baseAssetPrecision\":8,\"quoteAsset\":\"\(symbol.quote)\",\"quotePrecision\":8")
        text(",\"quoteAssetPrecision\":8,\"isSpotTradingAllowed\":true,\"filters\":[")
        text("{\"filterType\":\"PRICE_FILTER\",\"tickSize\":")
        decimal(symbol.tick)
        text("},{\"filterType\":\"LOT_SIZE\",\"stepSize\":")
        decimal(symbol.lot)
        text("}]}")
    }

    mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func append(_ other: [UInt8]) { bytes.append(contentsOf: other) }

    mutating func integer(_ value: Int64) { text(String(value)) }

    /// A time in the unit; given in nanoseconds.
    mutating func time(_ nanoseconds: Int64, _ unit: TimeUnit) {
        integer(nanoseconds / (unit == .milliseconds ? 1_000_000 : 1_000))
    }

    /// A quoted decimal with eight fraction digits; `mantissa` is not negative.
    mutating func decimal(_ mantissa: Int64) {
        bytes.append(UInt8(ascii: "\""))
        text(String(mantissa / 100_000_000))
        bytes.append(UInt8(ascii: "."))
        var rest = mantissa % 100_000_000
        var divisor: Int64 = 10_000_000
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / divisor))
            rest %= divisor
            divisor /= 10
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func event(_ name: String, _ symbol: SimulatedSymbol, _ time: Int64, _ unit: TimeUnit) {
        text("{\"e\":\"")
        text(name)
        text("\",\"E\":")
        self.time(time, unit)
        text(",\"s\":\"")
        text(symbol.name)
        text("\"")
    }

    private mutating func levels(_ prices: [Int64], _ side: SimulatedSide, _ symbol: SimulatedSymbol) {
        text("[")
        for (index, price) in prices.enumerated() {
            text(index == 0 ? "[" : ",[")
            decimal(price * symbol.tick)
            text(",")
            decimal(side.size(of: price) * symbol.lot)
            text("]")
        }
        text("]")
    }

    private mutating func top(_ price: String, _ size: String, _ side: SimulatedSide, _ symbol: SimulatedSymbol) {
        let best = side.best ?? 0
        text(",\"\(price)\":")
        decimal(best * symbol.tick)
        text(",\"\(size)\":")
        decimal(side.size(of: best) * symbol.lot)
    }
}
