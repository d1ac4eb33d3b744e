/// A column by itself.
extension Double: IndicatorInput {
    @inline(__always)
    init(_ columns: InputColumns, at row: Int) { self = columns.first[row] }
}

/// Two numbers of a row: x and y, or a price and a volume.
struct PairRow: IndicatorInput, InitialValue {
    var x: Double
    var y: Double

    static var initial: PairRow { PairRow(0, 0) }
    static var columnCount: Int { 2 }

    @inline(__always)
    init(_ columns: InputColumns, at row: Int) {
        x = columns.first[row]
        y = columns.second[row]
    }

    @inline(__always)
    init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }

    mutating func visit(_ visitor: inout StateVisitor) {
        x.visit(&visitor)
        y.visit(&visitor)
    }
}

/// The range of a bar.
struct HighLow: IndicatorInput, InitialValue {
    var high: Double
    var low: Double

    static var initial: HighLow { HighLow(high: 0, low: 0) }
    static var columnCount: Int { 2 }

    @inline(__always)
    init(_ columns: InputColumns, at row: Int) {
        high = columns.first[row]
        low = columns.second[row]
    }

    @inline(__always)
    init(high: Double, low: Double) {
        self.high = high
        self.low = low
    }

    /// The middle of the range.
    @inline(__always)
    var median: Double { (high + low) / 2 }

    mutating func visit(_ visitor: inout StateVisitor) {
        high.visit(&visitor)
        low.visit(&visitor)
    }
}

/// A bar without its open.
struct HighLowClose: IndicatorInput, InitialValue {
    var high: Double
    var low: Double
    var close: Double

    static var initial: HighLowClose { HighLowClose(high: 0, low: 0, close: 0) }
    static var columnCount: Int { 3 }

    @inline(__always)
    init(_ columns: InputColumns, at row: Int) {
        high = columns.first[row]
        low = columns.second[row]
        close = columns.third[row]
    }

    @inline(__always)
    init(high: Double, low: Double, close: Double) {
        self.high = high
        self.low = low
        self.close = close
    }

    /// The mean of high, low and close.
    @inline(__always)
    var typical: Double { (high + low + close) / 3 }
    /// High and low alone.
    @inline(__always)
    var range: HighLow { HighLow(high: high, low: low) }

    mutating func visit(_ visitor: inout StateVisitor) {
        high.visit(&visitor)
        low.visit(&visitor)
        close.visit(&visitor)
    }
}

/// A bar without its open, and what was traded in it.
struct TradedBar: IndicatorInput {
    var bar: HighLowClose
    var volume: Double

    static var columnCount: Int { 4 }

    @inline(__always)
    init(_ columns: InputColumns, at row: Int) {
        bar = HighLowClose(columns, at: row)
        volume = columns.fourth[row]
    }

    @inline(__always)
    init(_ bar: HighLowClose, volume: Double) {
        self.bar = bar
        self.volume = volume
    }

    /// Where the close lies in the range, -1 at the low and 1 at the high, times the volume; 0 if there is no range.
    @inline(__always)
    var moneyFlow: Double {
        let range = bar.high - bar.low
        guard range > 0 else { return 0 }
        return ((bar.close - bar.low) - (bar.high - bar.close)) / range * volume
    }
}

/// Open, high, low and close of a bar.
struct Candle: IndicatorInput, Sendable {
    var open: Double
    var high: Double
    var low: Double
    var close: Double

    static var columnCount: Int { 4 }

    @inline(__always)
    init(_ columns: InputColumns, at row: Int) {
        open = columns.first[row]
        high = columns.second[row]
        low = columns.third[row]
        close = columns.fourth[row]
    }

    @inline(__always)
    init(open: Double, high: Double, low: Double, close: Double) {
        self.open = open
        self.high = high
        self.low = low
        self.close = close
    }
}
