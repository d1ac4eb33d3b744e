public import Columnar
public import Market
public import QueryLang

/// `avg(x)`: the exact sum of decimals over their count, rounded once; NaN and doubles as in ``SumFold``.
public struct AverageFold: MergeableFold, Hashable {
    /// Version 1: the sum of type ``SumFold``.
    public static let stateVersion: UInt8 = 1
    private var sum = SumFold()

    /// Nothing averaged.
    public init() {}

    /// Takes a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) { sum.update(value) }

    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) { sum.update(value) }

    /// The mean; nil if there is no value.
    public var value: Double? {
        if sum.count == 0 { return nil }
        var divisor = DecimalSum()
        divisor.add(sum.count, scale: 0)
        return sum.total.divided(by: divisor)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        sum.update(arguments, rows: rows)
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: AverageFold) { sum.merge(other.sum) }

    /// The mean; null if there is no value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the sum.
    public func encode(into writer: inout FoldStateWriter) { sum.encode(into: &writer) }

    /// Reads the sum.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        sum = try SumFold(from: &reader)
    }
}
