public import Columnar
public import Market
public import QueryLang

/// `ohlc(price)`: open, high, low and close of the prices that are not null; as in ``OHLCVFold``.
public struct OHLCFold: MergeableFold, Hashable {
    /// Version 1: the prices.
    public static let stateVersion: UInt8 = 1
    /// Open, high, low, close.
    public static let outputCount = 4

    private var prices = BarPrices()

    /// No price yet.
    public init() {}

    /// Takes a decimal.
    @inline(__always)
    public mutating func update(time: Int64, price: Decimal) {
        prices.take(time: time, price: ScaledInteger.double(price.mantissa, scale: price.scale))
    }

    /// Takes a double.
    @inline(__always)
    public mutating func update(time: Int64, price: Double) { prices.take(time: time, price: price) }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, !price.isNull else { return }
        if price.validity == nil { return prices.take(price, arguments, rows) }
        for row in rows where price.isValid(row) {
            prices.take(time: arguments.time(row), price: price.double(row))
        }
    }

    /// Takes runs of rows: decimals all in one go, doubles without a look at their form at each.
    public static func update(
        _ states: UnsafeMutablePointer<OHLCFold>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        if let base = arguments.first?.plainDoubles {
            for run in runs { states[run.group].prices.take(base, arguments, run.rows) }
            return
        }
        guard let price = arguments.first?.plainMantissas else {
            for run in runs { states[run.group].update(arguments, rows: run.rows) }
            return
        }
        let scale = DecimalScale(price.scale)
        RunKernels(runs).withBounds(price.base) { minima, maxima in
            for (index, run) in runs.enumerated() {
                let range = (low: minima[index], high: maxima[index])
                states[run.group].prices.take(price.base, scale, range, arguments, run.rows)
            }
        }
    }

    /// Takes a slice without nulls from its statistics.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        prices.take(statistics) || statistics.hasNullArgument
    }

    /// Takes over the other's prices.
    public mutating func merge(_ other: OHLCFold) { prices.merge(other.prices) }

    /// Open, high, low or close; null if no price was taken, or if all prices of high and low are NaN.
    public func finalize(output: Int) throws(QueryError) -> Scalar { prices.value(output) }

    /// Writes the prices.
    public func encode(into writer: inout FoldStateWriter) { prices.encode(into: &writer) }

    /// Reads the prices.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { prices = try BarPrices(from: &reader) }
}
