public import Columnar
public import QueryLang

/// `sum(x)` over int64: exact; an error if the sum does not fit.
public struct IntegerSumFold: MergeableFold, Hashable {
    /// Version 1: the sum of type ``SumFold``.
    public static let stateVersion: UInt8 = 1
    private var sum = SumFold()

    /// Nothing summed.
    public init() {}

    /// Adds an integer.
    @inline(__always)
    public mutating func update(_ value: Int64) { sum.update(mantissa: value) }

    /// Adds rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        sum.update(arguments, rows: rows)
    }

    /// Adds the other sum.
    public mutating func merge(_ other: IntegerSumFold) { sum.merge(other.sum) }

    /// The sum; null if nothing was summed.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if sum.count == 0 { return .null }
        guard sum.total.isExact, let value = Int64(exactly: sum.total.mantissa) else {
            throw QueryError(
                .limit,
                "sum() of int64 does not fit in 64 bits",
                hint: "sum doubles instead, for example sum(x * 1.0)"
            )
        }
        return .int64(value)
    }

    /// Writes the sum.
    public func encode(into writer: inout FoldStateWriter) { sum.encode(into: &writer) }

    /// Reads the sum.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        sum = try SumFold(from: &reader)
    }
}
