/// A technical indicator over one series: a state machine that takes a row at a time, in order.
///
/// A query over history and a live feature run the same `update` over the same rows, so that their values are the same
/// bit for bit, however rows come. A row without a value in one of its inputs is never shown to an indicator. NaN and
/// infinities are values: what arithmetic makes of them.
protocol IndicatorState: Sendable {
    /// A row of the columns that the indicator is computed of.
    associatedtype Input: IndicatorInput
    /// What it gives for a row: a number or several.
    associatedtype Output: IndicatorOutput

    /// Takes the next row; nil while the indicator warms up.
    mutating func update(_ input: Input) -> Output?
}

/// A row of some columns of doubles.
protocol IndicatorInput: Sendable {
    /// How many columns.
    static var columnCount: Int { get }
    /// The row at an index of ``columnCount`` columns.
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int)
}

/// One number or several, of which each makes a column.
protocol IndicatorOutput: Sendable {
    /// The number of a column.
    func column(_ index: Int) -> Double
}

extension Double: IndicatorInput, IndicatorOutput {
    static var columnCount: Int { 1 }

    @inline(__always)
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int) { self = columns[0][row] }

    @inline(__always)
    func column(_ index: Int) -> Double { self }
}

extension SIMD2<Double>: IndicatorOutput {
    @inline(__always)
    func column(_ index: Int) -> Double { self[index] }
}

extension SIMD4<Double>: IndicatorOutput {
    @inline(__always)
    func column(_ index: Int) -> Double { self[index] }
}

extension SIMD8<Double>: IndicatorOutput {
    @inline(__always)
    func column(_ index: Int) -> Double { self[index] }
}

/// Three numbers: a middle line between two others, or a line, its signal and their difference.
struct ThreeLines: IndicatorOutput {
    var first: Double
    var second: Double
    var third: Double

    init(_ first: Double, _ second: Double, _ third: Double) {
        self.first = first
        self.second = second
        self.third = third
    }

    @inline(__always)
    func column(_ index: Int) -> Double { index == 0 ? first : index == 1 ? second : third }
}

/// Two numbers of a row: x and y, or a price and a volume.
struct PairRow: IndicatorInput {
    var x: Double
    var y: Double

    static var columnCount: Int { 2 }

    @inline(__always)
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int) {
        x = columns[0][row]
        y = columns[1][row]
    }

    init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// The range of a bar.
struct HighLow: IndicatorInput {
    var high: Double
    var low: Double

    static var columnCount: Int { 2 }

    @inline(__always)
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int) {
        high = columns[0][row]
        low = columns[1][row]
    }

    init(high: Double, low: Double) {
        self.high = high
        self.low = low
    }

    /// The middle of the range.
    var median: Double { (high + low) / 2 }
}

/// A bar without its open.
struct HighLowClose: IndicatorInput {
    var high: Double
    var low: Double
    var close: Double

    static var columnCount: Int { 3 }

    @inline(__always)
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int) {
        high = columns[0][row]
        low = columns[1][row]
        close = columns[2][row]
    }

    init(high: Double, low: Double, close: Double) {
        self.high = high
        self.low = low
        self.close = close
    }

    /// The mean of high, low and close.
    var typical: Double { (high + low + close) / 3 }
    /// High and low alone.
    var range: HighLow { HighLow(high: high, low: low) }
}

/// A bar without its open, and what was traded in it.
struct TradedBar: IndicatorInput {
    var bar: HighLowClose
    var volume: Double

    static var columnCount: Int { 4 }

    @inline(__always)
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int) {
        bar = HighLowClose(columns, at: row)
        volume = columns[3][row]
    }

    init(_ bar: HighLowClose, volume: Double) {
        self.bar = bar
        self.volume = volume
    }

    /// Where the close lies in the range, -1 at the low and 1 at the high, times the volume; 0 if there is no range.
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
    init(_ columns: UnsafePointer<UnsafePointer<Double>>, at row: Int) {
        open = columns[0][row]
        high = columns[1][row]
        low = columns[2][row]
        close = columns[3][row]
    }

    init(open: Double, high: Double, low: Double, close: Double) {
        self.open = open
        self.high = high
        self.low = low
        self.close = close
    }
}
