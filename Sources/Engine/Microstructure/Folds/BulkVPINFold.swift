public import Columnar
internal import Glibc
import Market
public import QueryLang

/// `vpin_bulk(price, size, bucket_volume, [buckets])`: VPIN where nobody says who took. Of a bucket the share Φ(ΔP / σ) counts
/// as bought, ΔP the change of the price since the bucket before, σ the standard deviation (of a sample) of these changes
/// (Easley, López de Prado, O'Hara 2012, with a bar a bucket); its imbalance is |2 Φ − 1|.
///
/// The price of a bucket is that of the trade that filled it; the first bucket has no change. Null with fewer than two changes.
public struct BulkVPINFold: MergeableFold, Hashable {
    /// Version 1: bucket volume, buckets, flag, scale, mantissas, prices.
    public static let stateVersion: UInt8 = 1
    private var constants = BucketArguments()
    private var trades = VolumeBuckets()
    /// Of each trade that is held.
    private var prices: [Double] = []

    /// No trade yet.
    public init() {}

    /// Takes rows in which price and size have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, let size = arguments.second, let volume = arguments.third, !price.isNull,
            !size.isNull
        else { return }
        for row in rows where price.isValid(row) && size.isValid(row) {
            constants.take(volume, arguments.fourth, row)
            if trades.take(ExactDecimal.decimal(size, row), isSold: false) { prices.append(price.double(row)) }
        }
    }

    /// Takes over the other's trades, which come after.
    public mutating func merge(_ other: Self) {
        constants.merge(other.constants)
        trades.merge(other.trades)
        prices += other.prices
    }

    /// The mean over whole buckets that have one before them; null with fewer than two, an error if the volume is not above 0.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard let (volume, count) = try constants.checked("vpin_bulk", "price, size") else { return .null }
        guard !trades.isInexact else { return .float64(.nan) }
        var changes: [Double] = []
        var before: Double?
        try trades.forEachFull(volume, "vpin_bulk") { _, _, trade in
            let price = prices.indices.contains(trade) ? prices[trade] : .nan
            if let before { changes.append(price - before) }
            before = price
        }
        guard changes.count > 1 else { return .null }
        let mean = changes.reduce(0, +) / Double(changes.count)
        let squares = changes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(changes.count - 1)).squareRoot()
        let kept = changes.suffix(count)
        // |2 Φ(z) − 1| is the error function of |z| / √2; where the price never moved nothing was bought rather than sold.
        let sum = kept.reduce(0) { $0 + ($1 == 0 ? 0 : erf(abs($1) / deviation / 2.0.squareRoot())) }
        return .float64(sum / Double(kept.count))
    }

    /// Bytes of the trades.
    public var heldBytes: Int { trades.heldBytes + prices.capacity * MemoryLayout<Double>.stride }

    /// Writes constants, trades and prices.
    public func encode(into writer: inout FoldStateWriter) {
        constants.encode(into: &writer)
        trades.encode(into: &writer)
        writer.write(Int64(prices.count))
        for price in prices { writer.write(price) }
    }

    /// Reads constants, trades and prices.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        constants = try BucketArguments(from: &reader)
        trades = try VolumeBuckets(from: &reader)
        var left = try reader.readInt64()
        while left > 0 {
            prices.append(try reader.readDouble())
            left -= 1
        }
    }
}
