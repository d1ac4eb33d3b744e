public import Columnar
public import Market
public import QueryLang

/// What is made of Σ(x - mean)².
public protocol VarianceKind: Sendable {
    /// What is taken from the count before it divides: 1 for a sample, 0 for a population.
    static var lostDegrees: Int64 { get }
    /// The value for a variance.
    static func value(variance: Double) -> Double
}

/// `var_samp(x)`: Σ(x - mean)² / (n - 1).
public enum SampleVariance: VarianceKind {
    /// One.
    public static var lostDegrees: Int64 { 1 }
    /// The variance.
    public static func value(variance: Double) -> Double { variance }
}

/// `var_pop(x)`: Σ(x - mean)² / n.
public enum PopulationVariance: VarianceKind {
    /// None.
    public static var lostDegrees: Int64 { 0 }
    /// The variance.
    public static func value(variance: Double) -> Double { variance }
}

/// `stddev_samp(x)`: the root of `var_samp(x)`.
public enum SampleDeviation: VarianceKind {
    /// One.
    public static var lostDegrees: Int64 { 1 }
    /// Its root.
    public static func value(variance: Double) -> Double { variance.squareRoot() }
}

/// `stddev_pop(x)`: the root of `var_pop(x)`.
public enum PopulationDeviation: VarianceKind {
    /// None.
    public static var lostDegrees: Int64 { 0 }
    /// Its root.
    public static func value(variance: Double) -> Double { variance.squareRoot() }
}

/// Variance and standard deviation: exact sums of decimals and integers, compensated sums of doubles about the first.
public struct VarianceFold<Kind: VarianceKind>: MergeableFold, WindowFold, Hashable {
    /// Version 2: the moments.
    public static var stateVersion: UInt8 { 2 }
    private var moments = Moments()

    /// No value yet.
    public init() {}

    /// Takes a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) { moments.add(value.mantissa, scale: value.scale) }

    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) { moments.add(value) }

    /// The value; nil of too few rows.
    public var value: Double? {
        let divisor = moments.count &- Kind.lostDegrees
        return divisor > 0 ? Kind.value(variance: moments.variance(divisor: divisor)) : nil
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        if let argument = arguments.first, !argument.isNull { moments.add(argument, rows) }
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        if let argument = arguments.first, !argument.isNull { moments.subtract(argument, rows) }
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { moments.isResummationDue }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) { moments.merge(other.moments) }

    /// The value; null of too few rows.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the moments.
    public func encode(into writer: inout FoldStateWriter) { moments.encode(into: &writer) }

    /// Reads the moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { moments = try Moments(from: &reader) }
}
