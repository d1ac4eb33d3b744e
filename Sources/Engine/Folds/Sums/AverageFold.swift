public import Columnar
public import Market
public import QueryLang

/// `avg(x)`: the exact sum of decimals over their count, rounded once; NaN and doubles as in ``SumFold``.
public struct AverageFold: WrappingFold, WindowFold {
    /// The sum.
    public var wrapped: SumFold
    /// Wraps a sum.
    public init(wrapped: SumFold) { self.wrapped = wrapped }

    /// Takes a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) { wrapped.update(value) }

    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) { wrapped.update(value) }

    /// The mean; nil if there is no value.
    public var value: Double? {
        if wrapped.count == 0 { return nil }
        var divisor = DecimalSum()
        divisor.add(wrapped.count, scale: 0)
        return wrapped.total.divided(by: divisor)
    }

    /// The mean; null if there is no value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }
}
