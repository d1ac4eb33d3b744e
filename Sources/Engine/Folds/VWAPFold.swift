public import Columnar
public import Market
public import QueryLang

/// `vwap(price, size)`: Σ price × size / Σ size, both exact for decimals and rounded once after the division.
///
/// A row with a null price or size is skipped. Null if the sizes sum to 0.
public struct VWAPFold: MergeableFold, Hashable {
    /// Version 1: Σ price × size, Σ size.
    public static let stateVersion: UInt8 = 1
    private var notional = DecimalSum()
    private var volume = DecimalSum()

    /// No trade yet.
    public init() {}

    /// Takes a trade of decimals.
    @inline(__always)
    public mutating func update(price: Decimal, size: Decimal) {
        // The product of two Int64 always fits in Int128.
        notional.add(Int128(price.mantissa) &* Int128(size.mantissa), scale: price.scale &+ size.scale)
        volume.add(size)
    }

    /// Takes a trade of doubles.
    @inline(__always)
    public mutating func update(price: Double, size: Double) {
        notional.add(price * size)
        volume.add(size)
    }

    /// The average price; nil if the sizes sum to 0.
    public var value: Double? {
        let total = volume.double
        return total == 0 ? nil : notional.divided(by: volume)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, let size = arguments.second else { return }
        if case .decimal(let prices, let priceScale) = price.values,
            case .decimal(let sizes, let sizeScale) = size.values
        {
            if price.validity == nil, size.validity == nil {
                let size = UnsafeBufferPointer(start: sizes + rows.lowerBound, count: rows.count)
                notional.addProducts(
                    UnsafeBufferPointer(start: prices + rows.lowerBound, count: rows.count),
                    size,
                    scale: priceScale &+ sizeScale
                )
                volume.add(size, scale: sizeScale)
                return
            }
            for row in rows where price.isValid(row) && size.isValid(row) {
                notional.add(Int128(prices[row]) &* Int128(sizes[row]), scale: priceScale &+ sizeScale)
                volume.add(sizes[row], scale: sizeScale)
            }
            return
        }
        if price.isNull || size.isNull { return }
        for row in rows where price.isValid(row) && size.isValid(row) {
            update(price: price.double(row), size: size.double(row))
        }
    }

    /// Takes over the other's trades.
    public mutating func merge(_ other: VWAPFold) {
        notional.merge(other.notional)
        volume.merge(other.volume)
    }

    /// The average price; null if the sizes sum to 0.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes both sums.
    public func encode(into writer: inout FoldStateWriter) {
        notional.encode(into: &writer)
        volume.encode(into: &writer)
    }

    /// Reads both sums.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        notional = try DecimalSum(from: &reader)
        volume = try DecimalSum(from: &reader)
    }
}
