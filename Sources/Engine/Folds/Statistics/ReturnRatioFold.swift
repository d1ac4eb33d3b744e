public import Columnar
public import QueryLang

/// `sem(x)`: the standard error of the mean, `stddev_samp(x) / √n`. Null of one value.
public struct StandardErrorFold: MergeableFold, WindowFold, Hashable {
    /// Version 2: the moments.
    public static let stateVersion: UInt8 = 2
    private var moments = Moments()

    /// No value yet.
    public init() {}

    /// The error; nil of one value.
    public var value: Double? {
        guard moments.count > 1 else { return nil }
        return (moments.variance(divisor: moments.count &- 1) / Double(moments.count)).squareRoot()
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

    /// The error; null of one value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the moments.
    public func encode(into writer: inout FoldStateWriter) { moments.encode(into: &writer) }

    /// Reads the moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { moments = try Moments(from: &reader) }
}

/// `sharpe(r)`: the mean of returns over the standard deviation of a sample of them (Sharpe 1994), per row: not annualised, and
/// r is what was earned beyond the riskless rate. Null of one return, and if all are equal.
public struct SharpeFold: MergeableFold, WindowFold, Hashable {
    /// Version 2: mean, moments.
    public static let stateVersion: UInt8 = 2
    private var mean = AverageFold()
    private var deviation = VarianceFold<SampleDeviation>()

    /// No return yet.
    public init() {}

    /// The ratio; nil if there is none.
    public var value: Double? {
        guard let mean = mean.value, let deviation = deviation.value, deviation != 0 else { return nil }
        return mean / deviation
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        mean.update(arguments, rows: rows)
        deviation.update(arguments, rows: rows)
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        mean.evict(arguments, rows: rows)
        deviation.evict(arguments, rows: rows)
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { mean.isResummationDue || deviation.isResummationDue }

    /// Takes over the other's returns.
    public mutating func merge(_ other: Self) {
        mean.merge(other.mean)
        deviation.merge(other.deviation)
    }

    /// The ratio; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        mean.encode(into: &writer)
        deviation.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        mean = try AverageFold(from: &reader)
        deviation = try VarianceFold(from: &reader)
    }
}

/// `sortino(r)`: the mean of returns over the root of Σ min(r, 0)² / n (Sortino and Price 1994, with the target 0), per row.
/// Null if no return is below 0.
public struct SortinoFold: MergeableFold, WindowFold, Hashable {
    /// Version 2: sum, squares, counts.
    public static let stateVersion: UInt8 = 2
    private var mean = AverageFold()
    private var losses = DoubleSum()
    private var count: Int64 = 0
    /// Returns below 0: where squares were taken back, rounding may leave a sum without one.
    private var lossCount: Int64 = 0

    /// No return yet.
    public init() {}

    /// The ratio; nil if there is none.
    public var value: Double? {
        guard count > 0, let mean = mean.value else { return nil }
        if mean.isNaN { return .nan }
        if lossCount == 0 { return nil }
        let risk = (losses.value / Double(count)).squareRoot()
        return risk == 0 ? nil : mean / risk
    }

    @inline(__always)
    private static func term(_ value: Double) -> Double { value < 0 ? value * value : 0 }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        mean.update(arguments, rows: rows)
        DoubleChunks.forEach(arguments, rows, scratch: 1) { chunk in
            let terms = chunk.scratch(0)
            for index in 0..<chunk.count {
                terms[index] = Self.term(chunk.a[index])
                lossCount &+= chunk.a[index] < 0 ? 1 : 0
            }
            losses.add(UnsafeBufferPointer(start: terms, count: chunk.count))
            count &+= Int64(chunk.count)
        }
    }

    /// Takes rows back.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        mean.evict(arguments, rows: rows)
        for row in rows where argument.isValid(row) {
            let value = argument.double(row)
            losses.subtract(Self.term(value))
            lossCount &-= value < 0 ? 1 : 0
            count &-= 1
        }
        if count == 0 { self = SortinoFold() }
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { mean.isResummationDue || losses.isResummationDue }

    /// Takes over the other's returns.
    public mutating func merge(_ other: Self) {
        mean.merge(other.mean)
        losses.merge(other.losses)
        count &+= other.count
        lossCount &+= other.lossCount
    }

    /// The ratio; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        mean.encode(into: &writer)
        losses.encode(into: &writer)
        writer.write(count)
        writer.write(lossCount)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        mean = try AverageFold(from: &reader)
        losses = try DoubleSum(from: &reader)
        count = try reader.readInt64()
        lossCount = try reader.readInt64()
    }
}
