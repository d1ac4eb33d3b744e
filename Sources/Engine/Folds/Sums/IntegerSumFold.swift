public import Columnar
import Market
public import QueryLang

/// `sum(x)` over int64: exact; an error if the sum does not fit.
public struct IntegerSumFold: WrappingFold, WindowFold {
    /// The sum.
    public var wrapped: SumFold
    /// Wraps a sum.
    public init(wrapped: SumFold) { self.wrapped = wrapped }

    /// Adds an integer.
    @inline(__always)
    public mutating func update(_ value: Int64) { wrapped.update(Decimal(mantissa: value, scale: 0)) }

    /// The sum; null if nothing was summed.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if wrapped.count == 0 { return .null }
        guard wrapped.total.isExact, let value = Int64(exactly: wrapped.total.mantissa) else {
            throw Self.doesNotFit
        }
        return .int64(value)
    }

    /// Why there is no sum.
    static var doesNotFit: QueryError {
        QueryError(
            .limit,
            "sum() of int64 does not fit in 64 bits",
            hint: "sum doubles instead, for example sum(x * 1.0)"
        )
    }
}
