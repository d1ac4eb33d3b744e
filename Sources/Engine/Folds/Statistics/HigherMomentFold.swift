public import Columnar
public import QueryLang

/// What is made of the central sums of powers.
public protocol HigherMomentKind: Sendable {
    /// The fewest rows with a value.
    static var countMin: Int64 { get }
    /// Whether fourth powers are needed.
    static var hasFourth: Bool { get }
    /// The value from the number of rows, Σ(x - mean)², Σ(x - mean)³ and Σ(x - mean)⁴.
    static func value(_ n: Double, _ m2: Double, _ m3: Double, _ m4: Double) -> Double
}

/// `skew_pop(x)`: g₁ = (M₃ / n) / (M₂ / n)^1.5.
public enum PopulationSkewness: HigherMomentKind {
    /// One row; it has no spread, so that two are needed.
    public static var countMin: Int64 { 1 }
    /// No.
    public static var hasFourth: Bool { false }
    /// g₁.
    public static func value(_ n: Double, _ m2: Double, _ m3: Double, _ m4: Double) -> Double {
        let variance = m2 / n
        return m3 / n / (variance * variance.squareRoot())
    }
}

/// `skewness(x)`: G₁ = g₁ √(n (n - 1)) / (n - 2), the adjusted coefficient of Fisher and Pearson.
public enum SampleSkewness: HigherMomentKind {
    /// Three.
    public static var countMin: Int64 { 3 }
    /// No.
    public static var hasFourth: Bool { false }
    /// G₁.
    public static func value(_ n: Double, _ m2: Double, _ m3: Double, _ m4: Double) -> Double {
        PopulationSkewness.value(n, m2, m3, m4) * (n * (n - 1)).squareRoot() / (n - 2)
    }
}

/// `kurt_pop(x)`: the excess g₂ = n M₄ / M₂² - 3.
public enum PopulationKurtosis: HigherMomentKind {
    /// One row; it has no spread, so that two are needed.
    public static var countMin: Int64 { 1 }
    /// Yes.
    public static var hasFourth: Bool { true }
    /// g₂.
    public static func value(_ n: Double, _ m2: Double, _ m3: Double, _ m4: Double) -> Double {
        let variance = m2 / n
        return m4 / n / variance / variance - 3
    }
}

/// `kurtosis(x)`: the excess G₂ = ((n + 1) g₂ + 6) (n - 1) / ((n - 2)(n - 3)).
public enum SampleKurtosis: HigherMomentKind {
    /// Four.
    public static var countMin: Int64 { 4 }
    /// Yes.
    public static var hasFourth: Bool { true }
    /// G₂.
    public static func value(_ n: Double, _ m2: Double, _ m3: Double, _ m4: Double) -> Double {
        ((n + 1) * PopulationKurtosis.value(n, m2, m3, m4) + 6) * (n - 1) / ((n - 2) * (n - 3))
    }
}

/// Skewness and kurtosis. Decimals count as the nearest doubles.
///
/// Null of too few rows, and if all values are equal; NaN if a value is not finite, or 2^238 or more.
public struct HigherMomentFold<Kind: HigherMomentKind>: MergeableFold, WindowFold, Hashable {
    /// Version 2: sums in lanes, evictions, peak.
    public static var stateVersion: UInt8 { 2 }
    private var sums = PowerSums()
    private var evictions: Int64 = 0
    /// The largest Σ(x - origin)² that rows were evicted from.
    private var peak = 0.0

    /// No value yet.
    public init() {}

    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) { sums.add(value, hasFourth: Kind.hasFourth) }

    /// The value; nil of too few rows or equal ones.
    public var value: Double? {
        guard sums.count &+ sums.nonFiniteCount >= Kind.countMin else { return nil }
        guard sums.nonFiniteCount == 0 else { return .nan }
        guard let (second, third, fourth) = sums.central else { return nil }
        return Kind.value(Double(sums.count), second, third, fourth)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        let hasFourth = Kind.hasFourth
        DoubleChunks.forEach(arguments, rows) { sums.add($0.a, $0.count, hasFourth: hasFourth) }
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        let hasFourth = Kind.hasFourth
        peak = max(peak, sums.squares)
        DoubleChunks.forEach(arguments, rows) { chunk in
            for index in 0..<chunk.count { sums.add(chunk.a[index], sign: -1, hasFourth: hasFourth) }
            evictions &+= Int64(chunk.count)
        }
        if sums.count == 0, sums.nonFiniteCount == 0 { self = Self() }
    }

    /// After so many doubles that were evicted, and when the squares that left were so much larger than those that stayed that their
    /// fourth powers may have left rounding errors behind.
    public var isResummationDue: Bool {
        evictions >= WindowFoldLimits.resummationEvictions || sums.approximateSpread < 0x1p-20 * peak
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: Self) {
        sums.merge(other.sums)
        evictions &+= other.evictions
        peak = max(peak, other.peak)
    }

    /// The value; null of too few rows or equal ones.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        sums.encode(into: &writer)
        writer.write(evictions)
        writer.write(peak)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        sums = try PowerSums(from: &reader)
        evictions = try reader.readInt64()
        peak = try reader.readDouble()
    }
}
