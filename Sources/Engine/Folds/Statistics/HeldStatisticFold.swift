public import Columnar
public import QueryLang

/// A value of all numbers of a group, which are held.
public protocol HeldStatistic: Sendable {
    /// The value of finite and infinite numbers, at least one of them.
    static func value(of numbers: HeldNumbers) -> Double
}

/// The numbers that a ``HeldStatistic`` is made of.
public struct HeldNumbers: Sendable {
    let order: OrderStatistics

    /// The quantile of a fraction, interpolated.
    func quantile(_ fraction: Double) -> Double { order.quantile(fraction) ?? .nan }
}

/// `mad(x)`: the median of |x - median|, not scaled.
public enum MedianDeviation: HeldStatistic {
    /// The median of the distances.
    public static func value(of numbers: HeldNumbers) -> Double {
        let median = numbers.quantile(0.5)
        var distances = OrderStatistics()
        for number in numbers.order.numbers { distances.append((number - median).magnitude) }
        return distances.quantile(0.5) ?? .nan
    }
}

/// `mean_abs_dev(x)`: Σ |x - mean| / n.
public enum MeanDeviation: HeldStatistic {
    /// The mean of the distances.
    public static func value(of numbers: HeldNumbers) -> Double {
        let values = numbers.order.numbers
        var sum = DoubleSum()
        for value in values { sum.add(value) }
        let mean = sum.value / Double(values.count)
        guard mean.isFinite else { return .nan }
        var distances = DoubleSum()
        for value in values { distances.add((value - mean).magnitude) }
        return distances.value / Double(values.count)
    }
}

/// `iqr(x)`: `quantile(x, 0.75) - quantile(x, 0.25)`.
public enum InterquartileRange: HeldStatistic {
    /// The difference of the quartiles.
    public static func value(of numbers: HeldNumbers) -> Double { numbers.quantile(0.75) - numbers.quantile(0.25) }
}

/// A fold that holds all numbers and makes a value of them at the end; NaN among them makes it NaN. Decimals count as the
/// nearest doubles.
public struct HeldStatisticFold<Statistic: HeldStatistic>: MergeableFold, Hashable {
    /// Version 1: the numbers.
    public static var stateVersion: UInt8 { 1 }
    private var order = OrderStatistics()

    /// No number yet.
    public init() {}

    /// The value; nil without numbers.
    public var value: Double? {
        if order.count == 0 { return nil }
        return order.hasNaN ? .nan : Statistic.value(of: HeldNumbers(order: order))
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        if let argument = arguments.first, !argument.isNull { order.append(argument, rows) }
    }

    /// Takes over the other's numbers.
    public mutating func merge(_ other: Self) { order.merge(other.order) }

    /// The value; null without numbers.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Bytes of the numbers.
    public var heldBytes: Int { order.byteCount }

    /// Writes the numbers.
    public func encode(into writer: inout FoldStateWriter) { order.encode(into: &writer) }

    /// Reads the numbers.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        order = try OrderStatistics(from: &reader)
    }
}
