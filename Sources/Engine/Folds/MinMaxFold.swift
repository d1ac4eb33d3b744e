public import Columnar
public import Market
public import QueryLang

/// A fold that is another one under a name of its own.
///
/// Folds that are generic over a direction have generic code behind their conformance; a plain type around each gives the
/// compiler a place for the specialised one. Measured: a maximum over 10 million rows takes a quarter of the time.
public protocol WrappingFold: MergeableFold, Hashable {
    /// The fold that does the work.
    associatedtype Wrapped: MergeableFold
    /// The fold that does the work.
    var wrapped: Wrapped { get set }
    /// Wraps a state.
    init(wrapped: Wrapped)
}

extension WrappingFold {
    /// The version of the wrapped state.
    public static var stateVersion: UInt8 { Wrapped.stateVersion }
    /// No row yet.
    public init() { self.init(wrapped: Wrapped()) }
    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        wrapped.update(arguments, rows: rows)
    }
    /// Takes a slice from its statistics.
    public mutating func update(statistics: ColumnStatistics?, rowCount: Int) -> Bool {
        wrapped.update(statistics: statistics, rowCount: rowCount)
    }
    /// Takes over the other's rows.
    public mutating func merge(_ other: Self) { wrapped.merge(other.wrapped) }
    /// The value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { try wrapped.finalize(output: output) }
    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) { wrapped.encode(into: &writer) }
    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        self.init(wrapped: try Wrapped(from: &reader))
    }
}

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
