/// Who took, by the last price that differed: 1 above it, −1 below it; nothing before prices differ.
struct TickRule: IndicatorState {
    private var price = 0.0
    private var hasPrice = false
    private var sign = 0.0

    @inline(__always)
    mutating func update(_ input: Double) -> Double? {
        // A price that is no number says nothing, and leaves the last one.
        guard !input.isNaN else { return known }
        if hasPrice, input != price { sign = input > price ? 1 : -1 }
        price = input
        hasPrice = true
        return known
    }

    private var known: Double? { sign == 0 ? nil : sign }

    mutating func visit(_ visitor: inout StateVisitor) {
        price.visit(&visitor)
        hasPrice.visit(&visitor)
        sign.visit(&visitor)
    }
}

/// Who took, by the middle of the quote before the trade, and at it by the tick rule (Lee, Ready 1991).
struct LeeReadyRule: IndicatorState {
    private var ticks = TickRule()

    /// x is the price, y the mid.
    @inline(__always)
    mutating func update(_ input: PairRow) -> Double? {
        let byTick = ticks.update(input.x)
        if input.x > input.y { return 1 }
        if input.x < input.y { return -1 }
        return byTick
    }

    mutating func visit(_ visitor: inout StateVisitor) { ticks.visit(&visitor) }
}
