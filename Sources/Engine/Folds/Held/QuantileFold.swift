public import Columnar
public import QueryLang

/// `median(x)`: the number in the middle, or the mean of both. Exact, so it holds all values.
public struct MedianFold: MergeableFold, Hashable {
    /// Version 1: the values.
    public static let stateVersion: UInt8 = 1
    private var values = OrderStatistics()

    /// No value yet.
    public init() {}

    /// Takes a double.
    public mutating func update(_ value: Double) { values.append(value) }

    /// The median; nil if there is no value.
    public var value: Double? { values.quantile(0.5) }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        if let argument = arguments.first, !argument.isNull { values.append(argument, rows) }
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: MedianFold) { values.merge(other.values) }

    /// The median; null if there is no value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Bytes of the values.
    public var heldBytes: Int { values.byteCount }

    /// Writes the values.
    public func encode(into writer: inout FoldStateWriter) { values.encode(into: &writer) }

    /// Reads the values.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        values = try OrderStatistics(from: &reader)
    }
}

/// All numbers, of which `quantile(x, q)` gives the one below which the fraction q of them lies, between two if need be.
public struct InterpolatedQuantile: FractionStore {
    /// The function.
    public static var name: String { "quantile" }
    private var order = OrderStatistics()

    /// Nothing held.
    public init() {}
    /// Takes numbers.
    public mutating func append(_ values: UnsafeBufferPointer<Double>) { order.append(values) }
    /// Takes over the other's numbers.
    public mutating func merge(_ other: Self) { order.merge(other.order) }
    /// The number for a fraction.
    public func value(_ fraction: Double) -> Double? { order.quantile(fraction) }
    /// Bytes of the numbers.
    public var byteCount: Int { order.byteCount }
    /// Writes the numbers.
    public func encode(into writer: inout FoldStateWriter) { order.encode(into: &writer) }
    /// Reads the numbers.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        order = try OrderStatistics(from: &reader)
    }
}

/// `quantile(x, q)`, exact.
public typealias QuantileFold = FractionFold<InterpolatedQuantile>
