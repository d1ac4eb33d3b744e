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

/// `quantile(x, q)`: the number below which the fraction q of the values lies. Exact, so it holds all values.
///
/// The fraction is a constant; if it is not, that of the first row with a value counts.
public struct QuantileFold: MergeableFold, Hashable {
    /// Version 1: fraction, values.
    public static let stateVersion: UInt8 = 1
    private var values = OrderStatistics()
    private var fraction: Double?

    /// No value yet.
    public init() {}

    /// Takes a double.
    public mutating func update(_ value: Double, fraction: Double) {
        if self.fraction == nil { self.fraction = fraction }
        values.append(value)
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 2) { chunk in
            fraction = fraction ?? chunk.b[0]
            values.append(UnsafeBufferPointer(start: chunk.a, count: chunk.count))
        }
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: QuantileFold) {
        fraction = fraction ?? other.fraction
        values.merge(other.values)
    }

    /// The quantile; null if there is no value, an error if the fraction is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard let fraction else { return .null }
        guard fraction >= 0, fraction <= 1 else {
            throw QueryError(
                .semantic,
                "quantile() takes a fraction from 0 to 1, not \(fraction)",
                hint: "quantile(x, 0.5) is the median"
            )
        }
        return values.quantile(fraction).map { .float64($0) } ?? .null
    }

    /// Bytes of the values.
    public var heldBytes: Int { values.byteCount }

    /// Writes fraction and values.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(fraction != nil)
        writer.write(fraction ?? 0)
        values.encode(into: &writer)
    }

    /// Reads fraction and values.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasFraction = try reader.readBool()
        let fraction = try reader.readDouble()
        self.fraction = hasFraction ? fraction : nil
        values = try OrderStatistics(from: &reader)
    }
}
