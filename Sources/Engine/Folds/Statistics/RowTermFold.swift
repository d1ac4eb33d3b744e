public import Columnar
internal import Glibc
public import QueryLang

/// A value made of the mean of a number that each row gives by itself.
public protocol RowTerm: Sendable {
    /// How many arguments a row has, from 1 to 4.
    static var argumentCount: Int { get }
    /// The number of a row; arguments that there are not are 0.
    static func term(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double
    /// The value for the mean of the terms.
    static func value(mean: Double) -> Double
}

/// `geometric_mean(x)`: exp(Σ ln x / n).
public enum GeometricMean: RowTerm {
    /// x.
    public static var argumentCount: Int { 1 }
    /// ln x: NaN below 0.
    @inline(__always)
    public static func term(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double { log(a) }
    /// Its exponential.
    public static func value(mean: Double) -> Double { exp(mean) }
}

/// `harmonic_mean(x)`: n / Σ 1/x.
public enum HarmonicMean: RowTerm {
    /// x.
    public static var argumentCount: Int { 1 }
    /// 1/x; 0 has no sign here.
    @inline(__always)
    public static func term(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> Double { 1 / (a + 0) }
    /// Its reciprocal.
    public static func value(mean: Double) -> Double { 1 / mean }
}

/// A mean of numbers of rows in which all arguments have a value: compensated sums, so it merges and takes rows back.
public struct RowTermFold<Term: RowTerm>: MergeableFold, WindowFold, Hashable {
    /// Version 1: count, sum.
    public static var stateVersion: UInt8 { 1 }
    private var count: Int64 = 0
    private var sum = DoubleSum()

    /// No row yet.
    public init() {}

    /// The value; nil without rows.
    public var value: Double? { count > 0 ? Term.value(mean: sum.value / Double(count)) : nil }

    /// Calls `body` with the term of each row in which all arguments have a value.
    @inline(__always)
    private static func forEachTerm(
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>,
        _ body: (Double) -> Void
    ) {
        guard let a = arguments.first, !a.isNull else { return }
        if Term.argumentCount == 1 {
            for row in rows where a.isValid(row) { body(Term.term(a.double(row), 0, 0, 0)) }
            return
        }
        guard let b = arguments.second, !b.isNull else { return }
        if Term.argumentCount == 2 {
            for row in rows where a.isValid(row) && b.isValid(row) {
                body(Term.term(a.double(row), b.double(row), 0, 0))
            }
            return
        }
        guard let c = arguments.third, let d = arguments.fourth, !c.isNull, !d.isNull else { return }
        for row in rows where a.isValid(row) && b.isValid(row) && c.isValid(row) && d.isValid(row) {
            body(Term.term(a.double(row), b.double(row), c.double(row), d.double(row)))
        }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        var (count, sum) = (count, sum)
        Self.forEachTerm(arguments, rows) { term in
            count &+= 1
            sum.add(term)
        }
        (self.count, self.sum) = (count, sum)
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        var (count, sum) = (count, sum)
        Self.forEachTerm(arguments, rows) { term in
            count &-= 1
            sum.subtract(term)
        }
        (self.count, self.sum) = (count, sum)
        if count == 0 { self = Self() }
    }

    /// After so many rows that were evicted.
    public var isResummationDue: Bool { sum.isResummationDue }

    /// Takes over the other's rows.
    public mutating func merge(_ other: Self) {
        count &+= other.count
        sum.merge(other.sum)
    }

    /// The value; null without rows.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes count and sum.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        sum.encode(into: &writer)
    }

    /// Reads count and sum.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        sum = try DoubleSum(from: &reader)
    }
}
