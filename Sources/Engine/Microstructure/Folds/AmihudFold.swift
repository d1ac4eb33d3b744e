public import Columnar
public import QueryLang

/// `amihud(return, notional)`: the mean of |return| / notional over the rows whose notional is above 0 (Amihud 2002).
public struct AmihudFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: count, sum.
    public static let stateVersion: UInt8 = 1
    private var count: Int64 = 0
    private var sum = DoubleSum()

    /// No row yet.
    public init() {}

    private static func values(
        _ arguments: borrowing FoldArguments,
        _ rows: Range<Int>,
        _ body: (Double) -> Void
    ) {
        guard let change = arguments.first, let notional = arguments.second, !change.isNull, !notional.isNull else {
            return
        }
        for row in rows where change.isValid(row) && notional.isValid(row) {
            let traded = notional.double(row)
            if traded > 0 { body(change.double(row).magnitude / traded) }
        }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        var (count, sum) = (count, sum)
        Self.values(arguments, rows) {
            count &+= 1
            sum.add($0)
        }
        (self.count, self.sum) = (count, sum)
    }

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        var (count, sum) = (count, sum)
        Self.values(arguments, rows) {
            count &-= 1
            sum.subtract($0)
        }
        (self.count, self.sum) = (count, sum)
        if count == 0 { self = AmihudFold() }
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { sum.isResummationDue }

    /// Takes over the other's rows.
    public mutating func merge(_ other: Self) {
        count &+= other.count
        sum.merge(other.sum)
    }

    /// The mean; null if no row has a notional above 0.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        count == 0 ? .null : .float64(sum.value / Double(count))
    }

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
