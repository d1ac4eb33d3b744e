public import Columnar
public import QueryLang

/// `zscore(x)`: how many standard deviations of a sample the last value is from the mean of all, itself among them. Null of one value,
/// and if all are equal.
public struct ZScoreFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: mean, moments, last.
    public static let stateVersion: UInt8 = 1
    private var mean = AverageFold()
    private var deviation = VarianceFold<SampleDeviation>()
    private var last = 0.0

    /// No value yet.
    public init() {}

    /// The score; nil if there is none.
    public var value: Double? {
        guard let mean = mean.value, let deviation = deviation.value, deviation != 0 else { return nil }
        return (last - mean) / deviation
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        mean.update(arguments, rows: rows)
        deviation.update(arguments, rows: rows)
        if let row = rows.last(where: { argument.isValid($0) }) { last = argument.double(row) }
    }

    /// Takes rows back: the oldest, so that the last one stays while there is one.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        mean.evict(arguments, rows: rows)
        deviation.evict(arguments, rows: rows)
        if mean.value == nil { self = ZScoreFold() }
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { mean.isResummationDue || deviation.isResummationDue }

    /// Goes on with the other's values.
    public mutating func merge(_ other: Self) {
        if other.mean.value != nil { last = other.last }
        mean.merge(other.mean)
        deviation.merge(other.deviation)
    }

    /// The score; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        mean.encode(into: &writer)
        deviation.encode(into: &writer)
        writer.write(last)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        mean = try AverageFold(from: &reader)
        deviation = try VarianceFold(from: &reader)
        last = try reader.readDouble()
    }
}
