public import Columnar
public import QueryLang

/// `corr(x, y)`: Pearson's coefficient of the rows in which both arguments have a value, from -1 to 1.
///
/// Null if all x or all y are equal: a point, or a line along an axis, has no correlation.
public struct CorrelationFold: MergeableFold, WindowFold, Hashable {
    /// Version 2: the moments.
    public static let stateVersion: UInt8 = 2
    private var moments = Comoments()

    /// No pair yet.
    public init() {}

    /// Takes a pair of doubles.
    @inline(__always)
    public mutating func update(_ x: Double, _ y: Double) { moments.add(x, y) }

    /// The coefficient; nil if there is none.
    public var value: Double? { moments.count > 1 ? moments.correlation : nil }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let x = arguments.first, let y = arguments.second, !x.isNull, !y.isNull else { return }
        moments.add(x, y, rows)
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let x = arguments.first, let y = arguments.second, !x.isNull, !y.isNull else { return }
        moments.subtract(x, y, rows)
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { moments.isResummationDue }

    /// Takes over the other's pairs.
    public mutating func merge(_ other: CorrelationFold) { moments.merge(other.moments) }

    /// The coefficient; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the moments.
    public func encode(into writer: inout FoldStateWriter) { moments.encode(into: &writer) }

    /// Reads the moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { moments = try Comoments(from: &reader) }
}
