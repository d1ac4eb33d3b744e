public import Columnar
public import Market
public import QueryLang

/// Which of two values a ``ExtremeFold`` keeps.
public protocol ExtremeDirection: Sendable {
    /// Loses against every integer.
    static var worstInteger: Int64 { get }
    /// Whether the candidate displaces the value so far; false if either is NaN.
    static func prefers<Value: Comparable>(_ candidate: Value, to value: Value) -> Bool
    /// The end of a range.
    static func bound<Value>(_ minimum: Value, _ maximum: Value) -> Value
}

/// Keeps the smaller.
public enum Smallest: ExtremeDirection {
    /// The largest integer.
    public static var worstInteger: Int64 { .max }
    /// Whether the candidate is smaller.
    @inline(__always)
    public static func prefers<Value: Comparable>(_ candidate: Value, to value: Value) -> Bool { candidate < value }
    /// The minimum.
    @inline(__always)
    public static func bound<Value>(_ minimum: Value, _ maximum: Value) -> Value { minimum }
}

/// Keeps the larger.
public enum Largest: ExtremeDirection {
    /// The smallest integer.
    public static var worstInteger: Int64 { .min }
    /// Whether the candidate is larger.
    @inline(__always)
    public static func prefers<Value: Comparable>(_ candidate: Value, to value: Value) -> Bool { candidate > value }
    /// The maximum.
    @inline(__always)
    public static func bound<Value>(_ minimum: Value, _ maximum: Value) -> Value { maximum }
}

extension ExtremeDirection {
    /// Whether the candidate displaces the value so far, in an order of its own.
    static func prefers<Value>(_ candidate: Value, to value: Value, _ isLess: (Value, Value) -> Bool) -> Bool {
        let (smaller, larger) = bound((candidate, value), (value, candidate))
        return isLess(smaller, larger)
    }

    /// The end of the range of a column's values.
    static func bound(of statistics: ColumnStatistics) -> Scalar? { bound(statistics.min, statistics.max) }
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
        if let (base, scale) = argument.plainMantissas {
            // Conversion to double never changes the order, so the mantissas decide.
            var extreme = base[rows.lowerBound]
            for row in rows {
                let value = base[row]
                extreme = Direction.prefers(value, to: extreme) ? value : extreme
            }
            update(ScaledInteger.double(extreme, scale: scale))
        } else if let base = argument.plainDoubles {
            updateDoubles(base, rows)
        } else {
            for row in rows where argument.isValid(row) { update(argument.double(row)) }
        }
    }

    /// Takes runs of rows: those of decimals all in one go.
    public static func update(
        _ states: UnsafeMutablePointer<Self>,
        _ arguments: borrowing FoldArguments,
        runs: [FoldRun]
    ) {
        if let base = arguments.first?.plainDoubles {
            for run in runs { states[run.group].updateDoubles(base, run.rows) }
            return
        }
        guard let (base, digits) = arguments.first?.plainMantissas else {
            for run in runs { states[run.group].update(arguments, rows: run.rows) }
            return
        }
        let scale = DecimalScale(digits)
        RunKernels(runs).withBounds(base) { minima, maxima in
            for (index, run) in runs.enumerated() {
                states[run.group].update(scale.double(Direction.bound(minima[index], maxima[index])))
            }
        }
    }

    @inline(__always)
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
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let bound = Direction.bound(of: known)?.double else {
            return statistics.hasNullArgument
        }
        update(bound)
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
