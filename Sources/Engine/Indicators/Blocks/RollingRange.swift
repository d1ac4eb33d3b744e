/// The highest high and the lowest low of the last bars; NaN while one of them is NaN.
///
/// Bars come in blocks as long as the window (van Herk 1992). A window is the end of a block and the beginning of the next:
/// the extremes of the beginning run along, those of all ends of a block are computed backwards once it is whole, in its own
/// memory, which the next block overwrites behind the ends that are still needed. So a bar costs three comparisons a side,
/// whatever the prices, none of which decides a branch.
struct RollingRange: StatePart {
    private let length: Int
    private var highs = StateMemory(capacity: 0)
    private var lows = StateMemory(capacity: 0)
    /// Bars of the block that is being filled.
    private var filled = 0
    private var hasBlock = false
    /// The range of the block that is being filled.
    private var leading = HighLow.initial
    /// Bars until the last NaN has left the window, on each side.
    private var nanHighs = 0
    private var nanLows = 0

    init(_ length: Int) { self.length = max(length, 1) }

    /// Takes a bar; gives the range of the last ones once there are enough.
    @inline(__always)
    mutating func update(high: Double, low: Double) -> HighLow? {
        if filled == 0 {
            leading = HighLow(high: high, low: low)
        } else {
            leading = Self.union(leading, high: high, low: low)
        }
        if hasBlock {
            highs[filled] = high
            lows[filled] = low
        } else {
            highs.put(high, at: filled)
            lows.put(low, at: filled)
        }
        filled &+= 1
        var range = leading
        if filled == length {
            filled = 0
            hasBlock = true
            Self.fillEnds(highs.base, lows.base, length)
        } else if hasBlock {
            range = Self.union(HighLow(high: highs[filled], low: lows[filled]), high: leading.high, low: leading.low)
        }
        // One question where there is no NaN at all.
        if (high != high) || (low != low) || (nanHighs | nanLows) != 0 {
            nanHighs = high != high ? length : max(nanHighs &- 1, 0)
            nanLows = low != low ? length : max(nanLows &- 1, 0)
            if nanHighs > 0 { range.high = .nan }
            if nanLows > 0 { range.low = .nan }
        }
        return hasBlock ? range : nil
    }

    /// Takes a bar.
    @inline(__always)
    mutating func update(_ bar: HighLow) -> HighLow? { update(high: bar.high, low: bar.low) }

    /// The range of both; of equal prices the later.
    @inline(__always)
    private static func union(_ range: HighLow, high: Double, low: Double) -> HighLow {
        HighLow(high: range.high > high ? range.high : high, low: range.low < low ? range.low : low)
    }

    /// Puts in the place of each bar of a block the range from there to its end.
    @inline(__always)
    private static func fillEnds(
        _ highs: UnsafeMutablePointer<Double>,
        _ lows: UnsafeMutablePointer<Double>,
        _ count: Int
    ) {
        var place = count &- 1
        var range = HighLow(high: highs[place], low: lows[place])
        while place > 0 {
            place &-= 1
            let (high, low) = (highs[place], lows[place])
            range = HighLow(high: high > range.high ? high : range.high, low: low < range.low ? low : range.low)
            highs[place] = range.high
            lows[place] = range.low
        }
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        visitor.visit(&filled, upTo: length - 1)
        hasBlock.visit(&visitor)
        leading.visit(&visitor)
        visitor.visit(&nanHighs, upTo: length)
        visitor.visit(&nanLows, upTo: length)
        visitor.visit(&highs, count: hasBlock ? length : filled)
        visitor.visit(&lows, count: hasBlock ? length : filled)
    }
}
