public import Columnar
public import QueryLang

/// `max_drawdown(price)`: the largest share of a peak that was lost after it, max over t of 1 - pₜ / max(p₁ … pₜ), from 0 up.
///
/// Null without a price. NaN if a price is 0, negative, NaN or infinite.
public struct MaximumDrawdownFold: MergeableFold, Hashable {
    /// Version 1: count, flag, peak, trough, rest.
    public static let stateVersion: UInt8 = 1
    private var count: Int64 = 0
    private var isBroken = false
    private var peak = 0.0
    private var trough = Double.infinity
    /// The smallest quotient of a price and the peak before it.
    private var rest = 1.0

    /// No price yet.
    public init() {}

    /// Takes a price.
    @inline(__always)
    public mutating func update(_ price: Double) {
        count &+= 1
        guard price > 0, price < .infinity else {
            isBroken = true
            return
        }
        if price > peak {
            peak = price
        } else {
            rest = min(rest, price / peak)
        }
        trough = min(trough, price)
    }

    /// The drawdown; nil without a price.
    public var value: Double? { count == 0 ? nil : isBroken ? .nan : 1 - rest }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        var fold = self
        DoubleChunks.forEach(arguments, rows) { chunk in
            for index in 0..<chunk.count { fold.update(chunk.a[index]) }
        }
        self = fold
    }

    /// Goes on with the other's prices: the deepest fall is in one of them, or from this one's peak to its trough.
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        rest = min(rest, other.rest)
        if peak > 0, other.trough < peak { rest = min(rest, other.trough / peak) }
        peak = max(peak, other.peak)
        trough = min(trough, other.trough)
        count &+= other.count
        isBroken = isBroken || other.isBroken
    }

    /// The drawdown; null without a price.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(isBroken)
        for value in [peak, trough, rest] { writer.write(value) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        isBroken = try reader.readBool()
        peak = try reader.readDouble()
        trough = try reader.readDouble()
        rest = try reader.readDouble()
    }
}
