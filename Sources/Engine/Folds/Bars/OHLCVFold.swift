public import Columnar
public import Market
public import QueryLang

/// `ohlcv(price, size)`: open, high, low and close of the prices and the sum of the sizes.
///
/// Open and close go by time, then by the order of calls, so rows may come late. High and low pass over NaN. A row with a
/// null price or size is skipped.
public struct OHLCVFold: MergeableFold, Hashable {
    /// Version 2: prices, volume. Version 1 had another form of high and low.
    public static let stateVersion: UInt8 = 2
    /// Open, high, low, close, volume.
    public static let outputCount = 5

    private var prices = BarPrices()
    private var volume = DecimalSum()

    /// No trade yet.
    public init() {}

    /// Rows taken.
    public var count: Int64 { prices.count }

    /// Takes a trade of decimals.
    @inline(__always)
    public mutating func update(time: Int64, price: Decimal, size: Decimal) {
        prices.take(time: time, price: ScaledInteger.double(price.mantissa, scale: price.scale))
        volume.add(size)
    }

    /// Takes a trade of doubles.
    @inline(__always)
    public mutating func update(time: Int64, price: Double, size: Double) {
        prices.take(time: time, price: price)
        volume.add(size)
    }

    /// The bar; nil if no trade was taken.
    public var bar: Bar? {
        if prices.count == 0 { return nil }
        return Bar(
            open: prices.open,
            high: prices.high,
            low: prices.low,
            close: prices.close,
            volume: volume.double
        )
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, let size = arguments.second, !price.isNull, !size.isNull else { return }
        if price.validity == nil, size.validity == nil {
            prices.take(price, arguments, rows)
            if let (sizes, scale) = size.plainMantissas {
                volume.add(UnsafeBufferPointer(start: sizes + rows.lowerBound, count: rows.count), scale: scale)
                return
            }
            if let sizes = size.plainDoubles {
                volume.add(UnsafeBufferPointer(start: sizes + rows.lowerBound, count: rows.count))
                return
            }
            for row in rows { addVolume(size, row) }
            return
        }
        for row in rows where price.isValid(row) && size.isValid(row) {
            prices.take(time: arguments.time(row), price: price.double(row))
            addVolume(size, row)
        }
    }

    @inline(__always)
    private mutating func addVolume(_ size: FoldArguments.Argument, _ row: Int) {
        if let (mantissa, scale) = size.mantissa(row) {
            volume.add(mantissa, scale: scale)
        } else {
            volume.add(size.double(row))
        }
    }

    /// Takes runs of rows: those of decimals all in one go.
    public static func update(
        _ states: UnsafeMutablePointer<OHLCVFold>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        if let price = arguments.first?.plainMantissas, let size = arguments.second?.plainMantissas {
            let kernels = RunKernels(runs)
            let priceScale = DecimalScale(price.scale)
            let isDone = kernels.withSums(size.base, rowCount: arguments.rowCount) { volumes, bits in
                kernels.withBounds(price.base) { minima, maxima in
                    for (index, run) in runs.enumerated() {
                        let state = states + run.group
                        if state.pointee.volume.holds(bits: bits, scale: size.scale) {
                            let range = (low: minima[index], high: maxima[index])
                            state.pointee.prices.take(price.base, priceScale, range, arguments, run.rows)
                            state.pointee.volume.add(sum: Int128(volumes[index]), scale: size.scale)
                        } else {
                            state.pointee.update(arguments, rows: run.rows)
                        }
                    }
                }
            }
            if isDone { return }
        }
        for run in runs { states[run.group].update(arguments, rows: run.rows) }
    }

    /// Takes a slice without nulls from its statistics.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let sizes = statistics.second, sizes.nullCount == 0, let sum = sizes.sum, prices.take(statistics) else {
            return statistics.hasNullArgument
        }
        volume.add(sum)
        return true
    }

    /// Takes over the other's trades.
    public mutating func merge(_ other: OHLCVFold) {
        prices.merge(other.prices)
        volume.merge(other.volume)
    }

    /// Open, high, low, close or volume; null if no trade was taken, or if all prices of high and low are NaN.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if prices.count == 0 { return .null }
        return output < OHLCFold.outputCount ? prices.value(output) : .float64(volume.double)
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        prices.encode(into: &writer)
        volume.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        prices = try BarPrices(from: &reader)
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
