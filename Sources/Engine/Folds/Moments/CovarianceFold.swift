public import Columnar
public import QueryLang

/// What is made of Σ(x - mean)(y - mean).
public protocol CovarianceKind: Sendable {
    /// What is taken from the count before it divides: 1 for a sample, 0 for a population.
    static var lostDegrees: Int64 { get }
}

/// `covar_samp(x, y)`: Σ(x - mean)(y - mean) / (n - 1).
public enum SampleCovariance: CovarianceKind {
    /// One.
    public static var lostDegrees: Int64 { 1 }
}

/// `covar_pop(x, y)`: Σ(x - mean)(y - mean) / n.
public enum PopulationCovariance: CovarianceKind {
    /// None.
    public static var lostDegrees: Int64 { 0 }
}

/// Covariance of the rows in which both arguments have a value.
public struct CovarianceFold<Kind: CovarianceKind>: MergeableFold, WindowFold, Hashable {
    /// Version 2: the moments.
    public static var stateVersion: UInt8 { 2 }
    private var moments = Comoments()

    /// No pair yet.
    public init() {}

    /// Takes a pair of doubles.
    @inline(__always)
    public mutating func update(_ x: Double, _ y: Double) { moments.add(x, y) }

    /// The covariance; nil of too few pairs.
    public var value: Double? {
        let divisor = moments.count &- Kind.lostDegrees
        return divisor > 0 ? moments.covariance(divisor: divisor) : nil
    }

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
    public mutating func merge(_ other: Self) { moments.merge(other.moments) }

    /// The covariance; null of too few pairs.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the moments.
    public func encode(into writer: inout FoldStateWriter) { moments.encode(into: &writer) }

    /// Reads the moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { moments = try Comoments(from: &reader) }
}
