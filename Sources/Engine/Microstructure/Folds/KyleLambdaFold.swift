public import Columnar
public import QueryLang

/// `kyle_lambda(price_change, signed_volume)`: the slope of the least-squares line of price changes over signed volumes, one
/// of each an interval (Kyle 1985).
public struct KyleLambdaFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: the moments of both, then those of the volume alone.
    public static let stateVersion: UInt8 = 1
    private var both = Comoments()
    private var volume = Comoments()

    /// No interval yet.
    public init() {}

    /// Takes rows in which both have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let change = arguments.first, let volume = arguments.second, !change.isNull, !volume.isNull else {
            return
        }
        both.add(change, volume, rows)
        for row in rows where change.isValid(row) && volume.isValid(row) {
            self.volume.add(volume, volume, row..<row + 1)
        }
    }

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let change = arguments.first, let volume = arguments.second, !change.isNull, !volume.isNull else {
            return
        }
        both.subtract(change, volume, rows)
        for row in rows where change.isValid(row) && volume.isValid(row) {
            self.volume.subtract(volume, volume, row..<row + 1)
        }
    }

    /// After so many doubles that were evicted.
    public var isResummationDue: Bool { both.isResummationDue || volume.isResummationDue }

    /// Takes over the other's intervals.
    public mutating func merge(_ other: Self) {
        both.merge(other.both)
        volume.merge(other.volume)
    }

    /// The slope; null if all volumes are equal.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard both.count > 1 else { return .null }
        let spread = volume.covariance(divisor: both.count)
        return spread == 0 ? .null : .float64(both.covariance(divisor: both.count) / spread)
    }

    /// Writes the moments.
    public func encode(into writer: inout FoldStateWriter) {
        both.encode(into: &writer)
        volume.encode(into: &writer)
    }

    /// Reads the moments.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        both = try Comoments(from: &reader)
        volume = try Comoments(from: &reader)
    }
}
