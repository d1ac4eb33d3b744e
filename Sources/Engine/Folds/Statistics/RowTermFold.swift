public import Columnar
internal import Glibc
public import QueryLang

/// A value made of the mean of a number that each row gives by itself.
public protocol RowTerm: Sendable {
    /// How many arguments a row has, from 1 to 4.
    static var argumentCount: Int { get }
    /// Writes the number of each row.
    static func terms(_ rows: RowTermInput, into terms: UnsafeMutablePointer<Double>)
    /// The value for the mean of the terms.
    static func value(mean: Double) -> Double
}

/// Some rows, each argument an array.
public struct RowTermInput {
    fileprivate let chunk: DoubleChunk

    /// How many rows.
    public var count: Int { chunk.count }
    /// The first argument.
    public var a: UnsafePointer<Double> { chunk.a }
    /// The second.
    public var b: UnsafePointer<Double> { chunk.b }
    /// The third.
    public var c: UnsafePointer<Double> { chunk.c }
    /// The fourth.
    public var d: UnsafePointer<Double> { chunk.d }

    /// One of two buffers with room for the rows.
    func scratch(_ index: Int) -> UnsafeMutablePointer<Double> { chunk.scratch(1 + index) }
}

/// `geometric_mean(x)`: exp(Σ ln x / n).
public enum GeometricMean: RowTerm {
    /// x.
    public static var argumentCount: Int { 1 }
    /// ln x: NaN below 0.
    public static func terms(_ rows: RowTermInput, into terms: UnsafeMutablePointer<Double>) {
        let values = rows.a
        for row in 0..<rows.count { terms[row] = log(values[row]) }
    }
    /// Its exponential.
    public static func value(mean: Double) -> Double { exp(mean) }
}

/// `harmonic_mean(x)`: n / Σ 1/x.
public enum HarmonicMean: RowTerm {
    /// x.
    public static var argumentCount: Int { 1 }
    /// 1/x; 0 has no sign here.
    public static func terms(_ rows: RowTermInput, into terms: UnsafeMutablePointer<Double>) {
        let values = rows.a
        for row in 0..<rows.count { terms[row] = 1 / (values[row] + 0) }
    }
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

    /// Calls `body` with the terms of the rows in which all arguments have a value, some at a time.
    private static func forEachChunk(
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>,
        _ body: (UnsafeBufferPointer<Double>) -> Void
    ) {
        DoubleChunks.forEach(arguments, rows, count: Term.argumentCount, scratch: 3) { chunk in
            let terms = chunk.scratch(0)
            Term.terms(RowTermInput(chunk: chunk), into: terms)
            body(UnsafeBufferPointer(start: terms, count: chunk.count))
        }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        Self.forEachChunk(arguments, rows) { terms in
            count &+= Int64(terms.count)
            sum.add(terms)
        }
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        Self.forEachChunk(arguments, rows) { terms in
            count &-= Int64(terms.count)
            for term in terms { sum.subtract(term) }
        }
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
