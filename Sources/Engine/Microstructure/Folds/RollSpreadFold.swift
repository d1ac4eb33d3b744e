public import Columnar
public import QueryLang

/// `roll_spread(price)`: 2 √(−cov(Δpₜ, Δpₜ₋₁)), the spread that bounces between bid and ask would explain (Roll 1984); null
/// where the covariance is not below 0. Prices count in order of time, then arrival.
public struct RollSpreadFold: MergeableFold, Hashable {
    /// Version 1: count, the first two prices, the last two, the moments.
    public static let stateVersion: UInt8 = 1
    private var count: Int64 = 0
    /// The first two prices.
    private var head = SIMD2<Double>(0, 0)
    /// The last but one price and the last.
    private var tail = SIMD2<Double>(0, 0)
    /// Pairs of a change and the one before it.
    private var changes = Comoments()

    /// No price yet.
    public init() {}

    /// Takes a price.
    @inline(__always)
    public mutating func update(_ price: Double) {
        if count >= 2 { changes.add(price - tail.y, tail.y - tail.x) }
        if count < 2 { head[Int(count)] = price }
        tail = SIMD2(tail.y, price)
        count &+= 1
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let price = arguments.first, !price.isNull else { return }
        for row in rows where price.isValid(row) { update(price.double(row)) }
    }

    /// Takes over the other's prices, which come after.
    public mutating func merge(_ other: Self) {
        if other.count > 0 { update(other.head.x) }
        guard other.count > 1 else { return }
        update(other.head.y)
        changes.merge(other.changes)
        tail = other.tail
        count &+= other.count - 2
    }

    /// The spread; null where the covariance is not below 0, and of fewer than three prices.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard changes.count > 0 else { return .null }
        let covariance = changes.covariance(divisor: changes.count)
        if covariance.isNaN { return .float64(.nan) }
        return covariance < 0 ? .float64(2 * (-covariance).squareRoot()) : .null
    }

    /// Writes prices and moments.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        for price in [head.x, head.y, tail.x, tail.y] { writer.write(price) }
        changes.encode(into: &writer)
    }

    /// Reads prices and moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        head = SIMD2(try reader.readDouble(), try reader.readDouble())
        tail = SIMD2(try reader.readDouble(), try reader.readDouble())
        changes = try Comoments(from: &reader)
    }
}
