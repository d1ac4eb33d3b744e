public import Columnar
public import QueryLang

/// A value of all numbers of a group in their order, which are held.
public protocol SeriesStatistic: Sendable {
    /// The value of numbers, at least one and none of them NaN; nil if there is none.
    static func value(of numbers: [Double]) -> Double?
}

/// A fold that holds all numbers in the order of rows and makes a value of them at the end; NaN among them makes it NaN. Decimals
/// count as the nearest doubles.
public struct HeldSeriesFold<Statistic: SeriesStatistic>: MergeableFold, Hashable {
    /// Version 1: the numbers.
    public static var stateVersion: UInt8 { 1 }
    private var numbers: [Double] = []

    /// No number yet.
    public init() {}

    /// The value; nil if there is none.
    public var value: Double? {
        if numbers.isEmpty { return nil }
        // Every number is looked at, which takes less time than leaving early.
        var nans = 0
        numbers.withUnsafeBufferPointer { for number in $0 { nans &+= number.isNaN ? 1 : 0 } }
        return nans > 0 ? .nan : Statistic.value(of: numbers)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows) { chunk in
            numbers.append(contentsOf: UnsafeBufferPointer(start: chunk.a, count: chunk.count))
        }
    }

    /// Goes on with the other's numbers.
    public mutating func merge(_ other: Self) { numbers.append(contentsOf: other.numbers) }

    /// The value; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Bytes of the numbers.
    public var heldBytes: Int { numbers.capacity * MemoryLayout<Double>.stride }

    /// Writes the numbers.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(Int64(numbers.count))
        for number in numbers { writer.write(number) }
    }

    /// Reads the numbers.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        for _ in 0..<count { numbers.append(try reader.readDouble()) }
    }
}

/// `percentile_rank(x)`: the rank of the last number over how many there are, from above 0 to 1; equal ones share the mean of
/// their ranks: pandas' `rank(pct=True)`.
public enum PercentileRank: SeriesStatistic {
    /// The rank over the count.
    public static func value(of numbers: [Double]) -> Double? {
        guard let last = numbers.last else { return nil }
        var (less, equal) = (0, 0)
        numbers.withUnsafeBufferPointer { numbers in
            for number in numbers {
                less &+= number < last ? 1 : 0
                equal &+= number == last ? 1 : 0
            }
        }
        return (Double(less) + Double(equal + 1) / 2) / Double(numbers.count)
    }
}
