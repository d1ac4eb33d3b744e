public import Columnar
public import QueryLang

/// What is made of pairs (y, x): the least squares line y = slope × x + intercept, and what it is made of.
public protocol RegressionKind: Sendable {
    /// The value; nil if it is not defined.
    static func value(_ sums: RegressionSums) -> Scalar?
}

/// Count, means and central sums of pairs (y, x).
public struct RegressionSums: Sendable, Hashable {
    /// Pairs, at least one.
    public var count: Int64
    /// Mean of x.
    public var meanX: Double
    /// Mean of y.
    public var meanY: Double
    /// Σ(x - mean)².
    public var sxx: Double
    /// Σ(y - mean)².
    public var syy: Double
    /// Σ(x - mean)(y - mean).
    public var sxy: Double

    /// The slope; nil if all x are equal.
    var slope: Double? { sxx == 0 ? nil : sxy / sxx }
}

/// `regr_slope(y, x)`, `beta(y, x)`: Sxy / Sxx.
public enum RegressionSlope: RegressionKind {
    /// The slope; nil if all x are equal.
    public static func value(_ sums: RegressionSums) -> Scalar? { sums.slope.map { .float64($0) } }
}

/// `regr_intercept(y, x)`: mean of y - slope × mean of x.
public enum RegressionIntercept: RegressionKind {
    /// The intercept; nil if all x are equal.
    public static func value(_ sums: RegressionSums) -> Scalar? {
        sums.slope.map { .float64(sums.meanY - $0 * sums.meanX) }
    }
}

/// `regr_r2(y, x)`: the square of the correlation; 1 if all y are equal, as SQL:2003 has it.
public enum RegressionDetermination: RegressionKind {
    /// The coefficient; nil if all x are equal.
    public static func value(_ sums: RegressionSums) -> Scalar? {
        if sums.sxx == 0 { return nil }
        if sums.syy == 0 { return .float64(1) }
        let correlation = Comoments.correlation(sums.sxy, sums.sxx, sums.syy)
        return .float64(min(correlation * correlation, 1))
    }
}

/// `regr_avgx(y, x)`: the mean of x where both have a value.
public enum RegressionMeanX: RegressionKind {
    /// The mean.
    public static func value(_ sums: RegressionSums) -> Scalar? { .float64(sums.meanX) }
}

/// `regr_avgy(y, x)`: the mean of y where both have a value.
public enum RegressionMeanY: RegressionKind {
    /// The mean.
    public static func value(_ sums: RegressionSums) -> Scalar? { .float64(sums.meanY) }
}

/// `regr_sxx(y, x)`: Σ(x - mean)².
public enum RegressionSquaresX: RegressionKind {
    /// The sum.
    public static func value(_ sums: RegressionSums) -> Scalar? { .float64(sums.sxx) }
}

/// `regr_syy(y, x)`: Σ(y - mean)².
public enum RegressionSquaresY: RegressionKind {
    /// The sum.
    public static func value(_ sums: RegressionSums) -> Scalar? { .float64(sums.syy) }
}

/// `regr_sxy(y, x)`: Σ(x - mean)(y - mean).
public enum RegressionProducts: RegressionKind {
    /// The sum.
    public static func value(_ sums: RegressionSums) -> Scalar? { .float64(sums.sxy) }
}

/// `regr_count(y, x)`: how many rows have both. Needs no sums, so it is a fold of its own.
public struct RegressionCountFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: the count.
    public static let stateVersion: UInt8 = 1
    /// Rows with both.
    public private(set) var count: Int64 = 0

    /// No row yet.
    public init() {}

    private static func pairs(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) -> Int64 {
        guard let y = arguments.first, let x = arguments.second, !x.isNull, !y.isNull else { return 0 }
        if x.validity == nil, y.validity == nil { return Int64(rows.count) }
        var count: Int64 = 0
        for row in rows where x.isValid(row) && y.isValid(row) { count &+= 1 }
        return count
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        count &+= Self.pairs(arguments, rows)
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        count &-= Self.pairs(arguments, rows)
    }

    /// Never.
    public var isResummationDue: Bool { false }

    /// Takes over the other's rows.
    public mutating func merge(_ other: Self) { count &+= other.count }

    /// The count.
    public func finalize(output: Int) throws(QueryError) -> Scalar { .int64(count) }

    /// Writes the count.
    public func encode(into writer: inout FoldStateWriter) { writer.write(count) }

    /// Reads the count.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { count = try reader.readInt64() }
}

/// The functions `regr_…(y, x)` over rows in which both arguments have a value; exact sums of decimals.
public struct RegressionFold<Kind: RegressionKind>: MergeableFold, WindowFold, Hashable {
    /// Version 2: the moments.
    public static var stateVersion: UInt8 { 2 }
    private var moments = Comoments()

    /// No pair yet.
    public init() {}

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let y = arguments.first, let x = arguments.second, !x.isNull, !y.isNull else { return }
        moments.add(x, y, rows)
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let y = arguments.first, let x = arguments.second, !x.isNull, !y.isNull else { return }
        moments.subtract(x, y, rows)
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { moments.isResummationDue }

    /// Takes over the other's pairs.
    public mutating func merge(_ other: Self) { moments.merge(other.moments) }

    /// The value; null if there is none, NaN if a value is not finite.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard moments.count > 0 else { return .null }
        guard moments.approximate.nonFiniteCount == 0 else { return .float64(.nan) }
        return Kind.value(moments.regression) ?? .null
    }

    /// Writes the moments.
    public func encode(into writer: inout FoldStateWriter) { moments.encode(into: &writer) }

    /// Reads the moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { moments = try Comoments(from: &reader) }
}

extension Comoments {
    /// What a line is made of. There is at least one pair, and all are finite.
    var regression: RegressionSums {
        let sums = sums
        let number = DoubleDouble(Int128(sums.x.count))
        var result = RegressionSums(
            count: sums.x.count,
            meanX: (sums.x.sum / number + DoubleDouble(sums.x.origin)).double,
            meanY: (sums.y.sum / number + DoubleDouble(sums.y.origin)).double,
            sxx: sums.x.centered,
            syy: sums.y.centered,
            sxy: sums.centered
        )
        if approximate.isEmpty {
            (result.sxx, result.syy, result.sxy) = exact.centered
        } else if !exact.isEmpty {
            result.sxx = Moments.withoutRounding(result.sxx, sums.x.uncentered)
            result.syy = Moments.withoutRounding(result.syy, sums.y.uncentered)
        }
        return result
    }
}
