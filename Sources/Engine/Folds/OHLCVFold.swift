public import Columnar
public import Market
public import QueryLang

/// `ohlcv(price, size)`: open, high, low and close of the prices and the sum of the sizes.
///
/// Open and close go by time, then by the order of calls, so rows may come late. High and low pass over NaN. A row with a
/// null price or size is skipped.
public struct OHLCVFold: MergeableFold, Hashable {
    /// Version 1: count, times of open and close, open, close, high, low, volume.
    public static let stateVersion: UInt8 = 1
    /// Open, high, low, close, volume.
    public static let outputCount = 5

    /// Rows taken.
    public private(set) var count: Int64 = 0
    private var openTime = Int64.max
    private var closeTime = Int64.min
    private var open = 0.0
    private var close = 0.0
    private var high = MaxFold()
    private var low = MinFold()
    private var volume = DecimalSum()

    /// No trade yet.
    public init() {}

    /// Takes a trade of decimals.
    @inline(__always)
    public mutating func update(time: Int64, price: Decimal, size: Decimal) {
        take(time: time, price: ScaledInteger.double(price.mantissa, scale: price.scale))
        volume.add(size)
    }

    /// Takes a trade of doubles.
    @inline(__always)
    public mutating func update(time: Int64, price: Double, size: Double) {
        take(time: time, price: price)
        volume.add(size)
    }

    @inline(__always)
    private mutating func take(time: Int64, price: Double) {
        takeOpen(time, price)
        takeClose(time, price)
        high.update(price)
        low.update(price)
        count &+= 1
    }

    @inline(__always)
    private mutating func takeOpen(_ time: Int64, _ price: Double) {
        if time < openTime || count == 0 {
            openTime = time
            open = price
        }
    }

    @inline(__always)
    private mutating func takeClose(_ time: Int64, _ price: Double) {
        if time >= closeTime {
            closeTime = time
            close = price
        }
    }

    /// The bar; nil if no trade was taken.
    public var bar: Bar? {
        if count == 0 { return nil }
        return Bar(open: open, high: high.value ?? .nan, low: low.value ?? .nan, close: close, volume: volume.double)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, let size = arguments.second else { return }
        if price.isNull || size.isNull { return }
        if case .decimal(let prices, let priceScale) = price.values,
            case .decimal(let sizes, let sizeScale) = size.values,
            price.validity == nil, size.validity == nil, !rows.isEmpty
        {
            updateDecimals(arguments, prices, priceScale, rows)
            volume.add(UnsafeBufferPointer(start: sizes + rows.lowerBound, count: rows.count), scale: sizeScale)
            return
        }
        for row in rows where price.isValid(row) && size.isValid(row) {
            take(time: arguments.time(row), price: price.double(row))
            if case .decimal(let sizes, let scale) = size.values {
                volume.add(sizes[row], scale: scale)
            } else {
                volume.add(size.double(row))
            }
        }
    }

    private mutating func updateDecimals(
        _ arguments: borrowing FoldArguments,
        _ prices: UnsafePointer<Int64>,
        _ scale: Int,
        _ rows: Range<Int>
    ) {
        let last = rows.upperBound - 1
        takeOpen(arguments.time(rows.lowerBound), ScaledInteger.double(prices[rows.lowerBound], scale: scale))
        takeClose(arguments.time(last), ScaledInteger.double(prices[last], scale: scale))
        var lowest = prices[rows.lowerBound]
        var highest = lowest
        for row in rows {
            let value = prices[row]
            lowest = min(lowest, value)
            highest = max(highest, value)
        }
        high.update(ScaledInteger.double(highest, scale: scale))
        low.update(ScaledInteger.double(lowest, scale: scale))
        count &+= Int64(rows.count)
    }

    /// Takes over the other's trades.
    public mutating func merge(_ other: OHLCVFold) {
        if other.count == 0 { return }
        takeOpen(other.openTime, other.open)
        takeClose(other.closeTime, other.close)
        high.merge(other.high)
        low.merge(other.low)
        volume.merge(other.volume)
        count &+= other.count
    }

    /// Open, high, low, close or volume; null if no trade was taken, or if all prices of high and low are NaN.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if count == 0 { return .null }
        switch output {
        case 0: return .float64(open)
        case 1: return high.value.map { .float64($0) } ?? .null
        case 2: return low.value.map { .float64($0) } ?? .null
        case 3: return .float64(close)
        default: return .float64(volume.double)
        }
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(openTime)
        writer.write(closeTime)
        writer.write(open)
        writer.write(close)
        high.encode(into: &writer)
        low.encode(into: &writer)
        volume.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        openTime = try reader.readInt64()
        closeTime = try reader.readInt64()
        open = try reader.readDouble()
        close = try reader.readDouble()
        high = try MaxFold(from: &reader)
        low = try MinFold(from: &reader)
        volume = try DecimalSum(from: &reader)
    }
}

/// One bar of prices.
public struct Bar: Sendable, Hashable {
    /// The first price.
    public var open: Double
    /// The largest price.
    public var high: Double
    /// The smallest price.
    public var low: Double
    /// The last price.
    public var close: Double
    /// The sum of the sizes.
    public var volume: Double

    /// Creates a bar.
    public init(open: Double, high: Double, low: Double, close: Double, volume: Double) {
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }
}
