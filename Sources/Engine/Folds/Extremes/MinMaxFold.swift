public import Market

/// `min(x)` over decimals and doubles.
public struct MinFold: WrappingFold {
    /// The state.
    public var wrapped: ExtremeFold<Smallest>
    /// Wraps a state.
    public init(wrapped: ExtremeFold<Smallest>) { self.wrapped = wrapped }
    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) { wrapped.update(value) }
    /// Takes a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) { wrapped.update(value) }
    /// The smallest value; nil if there is none.
    public var value: Double? { wrapped.value }
}

/// `max(x)` over decimals and doubles.
public struct MaxFold: WrappingFold {
    /// The state.
    public var wrapped: ExtremeFold<Largest>
    /// Wraps a state.
    public init(wrapped: ExtremeFold<Largest>) { self.wrapped = wrapped }
    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) { wrapped.update(value) }
    /// Takes a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) { wrapped.update(value) }
    /// The largest value; nil if there is none.
    public var value: Double? { wrapped.value }
}

/// `min(x)` over integers and timestamps.
public struct IntegerMinFold: WrappingFold {
    /// The state.
    public var wrapped: IntegerExtremeFold<Smallest>
    /// Wraps a state.
    public init(wrapped: IntegerExtremeFold<Smallest>) { self.wrapped = wrapped }
}

/// `max(x)` over integers and timestamps.
public struct IntegerMaxFold: WrappingFold {
    /// The state.
    public var wrapped: IntegerExtremeFold<Largest>
    /// Wraps a state.
    public init(wrapped: IntegerExtremeFold<Largest>) { self.wrapped = wrapped }
}
