public import Columnar
public import Market
public import QueryLang

/// `vwap(price, size)`: Σ price × size / Σ size, both exact for decimals and rounded once after the division.
///
/// A row with a null price or size is skipped. Null if the sizes sum to 0.
public struct VWAPFold: MergeableFold, WindowFold, Hashable {
    /// Version 2: count, Σ price × size, Σ size. Version 1 had no count and another sum of doubles.
    public static let stateVersion: UInt8 = 2
    private var count: Int64 = 0
    private var notional = DecimalSum()
    private var volume = DecimalSum()

    /// No trade yet.
    public init() {}

    /// Takes a trade of decimals.
    @inline(__always)
    public mutating func update(price: Decimal, size: Decimal) {
        take((price.mantissa, price.scale), (size.mantissa, size.scale))
    }

    /// Takes a trade of doubles.
    @inline(__always)
    public mutating func update(price: Double, size: Double) {
        count &+= 1
        notional.add(price * size)
        volume.add(size)
    }

    @inline(__always)
    private mutating func take(_ price: (value: Int64, scale: Int), _ size: (value: Int64, scale: Int)) {
        count &+= 1
        // The product of two Int64 always fits in Int128.
        notional.add(Int128(price.value) &* Int128(size.value), scale: price.scale &+ size.scale)
        volume.add(size.value, scale: size.scale)
    }

    /// The average price; nil if the sizes sum to 0.
    public var value: Double? {
        let total = volume.double
        return total == 0 ? nil : notional.divided(by: volume)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, let size = arguments.second, !price.isNull, !size.isNull else { return }
        if let (prices, priceScale) = price.plainMantissas, let (sizes, sizeScale) = size.plainMantissas {
            let part = UnsafeBufferPointer(start: sizes + rows.lowerBound, count: rows.count)
            notional.addProducts(
                UnsafeBufferPointer(start: prices + rows.lowerBound, count: rows.count),
                part,
                scale: priceScale &+ sizeScale
            )
            volume.add(part, scale: sizeScale)
            count &+= Int64(rows.count)
            return
        }
        if let prices = price.plainDoubles, let sizes = size.plainDoubles {
            notional.addProducts(prices, sizes, rows)
            volume.add(UnsafeBufferPointer(start: sizes + rows.lowerBound, count: rows.count))
            count &+= Int64(rows.count)
            return
        }
        for row in rows where price.isValid(row) && size.isValid(row) {
            if let price = price.mantissa(row), let size = size.mantissa(row) {
                take(price, size)
            } else {
                update(price: price.double(row), size: size.double(row))
            }
        }
    }

    /// Takes runs of rows: those of decimals all in one go.
    public static func update(
        _ states: UnsafeMutablePointer<VWAPFold>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        if let price = arguments.first?.plainMantissas, let size = arguments.second?.plainMantissas {
            let kernels = RunKernels(runs)
            let rowCount = arguments.rowCount
            var isDone = false
            _ = kernels.withSums(size.base, rowCount: rowCount) { sizes, sizeBits in
                isDone = kernels.withProducts(price.base, size.base, rowCount: rowCount) { products, productBits in
                    let scale = price.scale &+ size.scale
                    for (index, run) in runs.enumerated() {
                        let state = states + run.group
                        if state.pointee.notional.holds(bits: productBits, scale: scale),
                            state.pointee.volume.holds(bits: sizeBits, scale: size.scale)
                        {
                            state.pointee.notional.add(sum: products[index], scale: scale)
                            state.pointee.volume.add(sum: Int128(sizes[index]), scale: size.scale)
                            state.pointee.count &+= Int64(run.rows.count)
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

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, let size = arguments.second, !price.isNull, !size.isNull else { return }
        for row in rows where price.isValid(row) && size.isValid(row) {
            count &-= 1
            if let price = price.mantissa(row), let size = size.mantissa(row) {
                let product = Int128(price.value) &* Int128(size.value)
                notional.subtract(product, scale: price.scale &+ size.scale)
                volume.subtract(Int128(size.value), scale: size.scale)
            } else {
                let value = size.double(row)
                notional.subtract(price.double(row) * value)
                volume.subtract(value)
            }
        }
        if count == 0 { self = VWAPFold() }
    }

    /// After so many doubles that were taken out.
    public var isResummationDue: Bool { notional.isResummationDue || volume.isResummationDue }

    /// Takes over the other's trades.
    public mutating func merge(_ other: VWAPFold) {
        count &+= other.count
        notional.merge(other.notional)
        volume.merge(other.volume)
    }

    /// The average price; null if the sizes sum to 0.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes count and sums.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        notional.encode(into: &writer)
        volume.encode(into: &writer)
    }

    /// Reads count and sums.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        notional = try DecimalSum(from: &reader)
        volume = try DecimalSum(from: &reader)
    }
}
