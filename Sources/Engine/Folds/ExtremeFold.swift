public import Columnar
public import Market
public import QueryLang

/// Which of two values a ``ExtremeFold`` keeps.
public protocol ExtremeDirection: Sendable {
    /// Loses against every integer.
    static var worstInteger: Int64 { get }
    /// Whether the candidate displaces the value so far; false if either is NaN.
    static func prefers<Value: Comparable>(_ candidate: Value, to value: Value) -> Bool
    /// The end of the range of a column's values.
    static func bound(of statistics: ColumnStatistics) -> Scalar?
}

/// Keeps the smaller.
public enum Smallest: ExtremeDirection {
    /// The largest integer.
    public static var worstInteger: Int64 { .max }
    /// Whether the candidate is smaller.
    @inline(__always)
    public static func prefers<Value: Comparable>(_ candidate: Value, to value: Value) -> Bool { candidate < value }
    /// The minimum.
    public static func bound(of statistics: ColumnStatistics) -> Scalar? { statistics.min }
}

/// Keeps the larger.
public enum Largest: ExtremeDirection {
    /// The smallest integer.
    public static var worstInteger: Int64 { .min }
    /// Whether the candidate is larger.
    @inline(__always)
    public static func prefers<Value: Comparable>(_ candidate: Value, to value: Value) -> Bool { candidate > value }
    /// The maximum.
    public static func bound(of statistics: ColumnStatistics) -> Scalar? { statistics.max }
}

/// The smallest or largest double or decimal. NaN is passed over; nothing but NaN gives null.
public struct ExtremeFold<Direction: ExtremeDirection>: MergeableFold, Hashable {
    /// Version 1: whether there is a value, the value.
    public static var stateVersion: UInt8 { 1 }
    private var best = 0.0
    private var hasValue = false

    /// No value yet.
    public init() {}

    /// Takes a double.
    @inline(__always)
    public mutating func update(_ value: Double) {
        if hasValue ? Direction.prefers(value, to: best) : !value.isNaN {
            best = value
            hasValue = true
        }
    }

    /// Takes a decimal.
    @inline(__always)
    public mutating func update(_ value: Decimal) {
        update(ScaledInteger.double(value.mantissa, scale: value.scale))
    }

    /// The extreme; nil if there is none.
    public var value: Double? { hasValue ? best : nil }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull, !rows.isEmpty else { return }
        if argument.validity != nil {
            for row in rows where argument.isValid(row) { update(argument.double(row)) }
            return
        }
        switch argument.values {
        case .decimal(let base, let scale):
            // Conversion to double never changes the order, so the mantissas decide.
            var extreme = base[rows.lowerBound]
            for row in rows {
                let value = base[row]
                extreme = Direction.prefers(value, to: extreme) ? value : extreme
            }
            update(ScaledInteger.double(extreme, scale: scale))
        case .float64(let base):
            updateDoubles(base, rows)
        case .int64, .sequence, .other, .nulls:
            for row in rows { update(argument.double(row)) }
        }
    }

    private mutating func updateDoubles(_ base: UnsafePointer<Double>, _ rows: Range<Int>) {
        var row = rows.lowerBound
        while !hasValue, row < rows.upperBound {
            update(base[row])
            row &+= 1
        }
        var extreme = best
        while row < rows.upperBound {
            let value = base[row]
            extreme = Direction.prefers(value, to: extreme) ? value : extreme
            row &+= 1
        }
        best = extreme
    }

    /// Takes the bound of a slice.
    public mutating func update(statistics: ColumnStatistics?, rowCount: Int) -> Bool {
        guard let statistics else { return false }
        switch Direction.bound(of: statistics) {
        case .float64(let bound): update(bound)
        case nil where statistics.nullCount == rowCount: break
        default: return false
        }
        return true
    }

    /// Takes over the other's extreme.
    public mutating func merge(_ other: Self) {
        if other.hasValue { update(other.best) }
    }

    /// The extreme; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(hasValue)
        writer.write(best)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        hasValue = try reader.readBool()
        best = try reader.readDouble()
    }
}
