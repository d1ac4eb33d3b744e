import Columnar

/// Open, high, low and close of prices, as doubles.
///
/// Open and close go by time, then by the order of calls, so rows may come late. High and low pass over NaN.
struct BarPrices: Sendable, Hashable {
    /// Rows taken.
    private(set) var count: Int64 = 0
    private var openTime = Int64.max
    private var closeTime = Int64.min
    private(set) var open = 0.0
    private(set) var close = 0.0
    /// The largest price; NaN if all were.
    private(set) var high = Double.nan
    /// The smallest price; NaN if all were.
    private(set) var low = Double.nan

    init() {}

    /// Takes one price.
    @inline(__always)
    mutating func take(time: Int64, price: Double) {
        takeEnds(from: time, price, to: time, price)
        takeRange(low: price, high: price)
        count &+= 1
    }

    /// Takes several prices, of which these are the first, the last, the smallest and the largest.
    @inline(__always)
    mutating func take(
        times: (first: Int64, last: Int64),
        first: Double,
        last: Double,
        low: Double,
        high: Double,
        count: Int
    ) {
        takeEnds(from: times.first, first, to: times.last, last)
        takeRange(low: low, high: high)
        self.count &+= Int64(count)
    }

    @inline(__always)
    private mutating func takeEnds(from first: Int64, _ open: Double, to last: Int64, _ close: Double) {
        if first < openTime || count == 0 {
            openTime = first
            self.open = open
        }
        if last >= closeTime {
            closeTime = last
            self.close = close
        }
    }

    @inline(__always)
    private mutating func takeRange(low: Double, high: Double) {
        if high > self.high || self.high.isNaN { self.high = high }
        if low < self.low || self.low.isNaN { self.low = low }
    }

    /// Open, high, low or close; null if no price was taken, or if all prices of high and low are NaN.
    func value(_ output: Int) -> Scalar {
        if count == 0 { return .null }
        switch output {
        case 0: return .float64(open)
        case 1: return high.isNaN ? .null : .float64(high)
        case 2: return low.isNaN ? .null : .float64(low)
        default: return .float64(close)
        }
    }

    /// Takes over the other's prices.
    mutating func merge(_ other: BarPrices) {
        if other.count == 0 { return }
        takeEnds(from: other.openTime, other.open, to: other.closeTime, other.close)
        takeRange(low: other.low, high: other.high)
        count &+= other.count
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(openTime)
        writer.write(closeTime)
        writer.write(open)
        writer.write(close)
        writer.write(high)
        writer.write(low)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        openTime = try reader.readInt64()
        closeTime = try reader.readInt64()
        open = try reader.readDouble()
        close = try reader.readDouble()
        high = try reader.readDouble()
        low = try reader.readDouble()
    }
}

extension BarPrices {
    /// Takes rows of prices, none of them null.
    mutating func take(_ prices: FoldArguments.Argument, _ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        guard let last = rows.last else { return }
        let times = (first: arguments.time(rows.lowerBound), last: arguments.time(last))
        let low: Double
        let high: Double
        if let (base, scale) = prices.plainMantissas {
            // Conversion to double never changes the order, so the mantissas decide.
            let range = Self.range(UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count))
            low = ScaledInteger.double(range.low, scale: scale)
            high = ScaledInteger.double(range.high, scale: scale)
        } else if let base = prices.plainDoubles {
            return take(base, arguments, rows)
        } else {
            for row in rows { take(time: arguments.time(row), price: prices.double(row)) }
            return
        }
        take(
            times: times,
            first: prices.double(rows.lowerBound),
            last: prices.double(last),
            low: low,
            high: high,
            count: rows.count
        )
    }

    /// Takes rows of doubles, of which there are some.
    @inline(__always)
    mutating func take(_ prices: UnsafePointer<Double>, _ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        let last = rows.upperBound &- 1
        let range = Self.range(UnsafeBufferPointer(start: prices + rows.lowerBound, count: rows.count))
        take(
            times: (arguments.time(rows.lowerBound), arguments.time(last)),
            first: prices[rows.lowerBound],
            last: prices[last],
            low: range.low,
            high: range.high,
            count: rows.count
        )
    }

    /// Takes rows of decimals of which the smallest and the largest are known.
    @inline(__always)
    mutating func take(
        _ prices: UnsafePointer<Int64>,
        _ scale: DecimalScale,
        _ range: (low: Int64, high: Int64),
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>
    ) {
        let last = rows.upperBound &- 1
        take(
            times: (arguments.time(rows.lowerBound), arguments.time(last)),
            first: scale.double(prices[rows.lowerBound]),
            last: scale.double(prices[last]),
            low: scale.double(range.low),
            high: scale.double(range.high),
            count: rows.count
        )
    }

    /// Smallest and largest of at least one integer.
    private static func range(_ values: UnsafeBufferPointer<Int64>) -> (low: Int64, high: Int64) {
        var low = values[0]
        var high = low
        for value in values {
            low = min(low, value)
            high = max(high, value)
        }
        return (low, high)
    }

    /// Smallest and largest double; NaN if all are.
    private static func range(_ values: UnsafeBufferPointer<Double>) -> (low: Double, high: Double) {
        var index = 0
        while index < values.count, values[index].isNaN { index &+= 1 }
        if index == values.count { return (.nan, .nan) }
        var low = values[index]
        var high = low
        while index < values.count {
            let value = values[index]
            low = value < low ? value : low
            high = value > high ? value : high
            index &+= 1
        }
        return (low, high)
    }

    /// Takes a slice of prices from its statistics; false, and no change, if they do not suffice or a price is null.
    mutating func take(_ statistics: SliceStatistics) -> Bool {
        guard let prices = statistics.first, prices.nullCount == 0,
            let first = prices.first?.double, let last = prices.last?.double
        else { return false }
        // Without a smallest value all are NaN.
        take(
            times: (statistics.firstTime, statistics.lastTime),
            first: first,
            last: last,
            low: prices.min?.double ?? .nan,
            high: prices.max?.double ?? .nan,
            count: statistics.rowCount
        )
        return true
    }
}
