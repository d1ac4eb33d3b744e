public import Columnar
public import QueryLang

/// `close_to_close(price)`: the variance of a sample of logarithmic returns, Σ(r - mean)² / (n - 1), per row.
///
/// Null with fewer than two returns. NaN if a price is 0, negative, NaN or infinite.
public struct CloseToCloseFold: MergeableFold, Hashable {
    /// Version 2: path, moments.
    public static let stateVersion: UInt8 = 2
    private var path = PricePath()
    private var moments = DoubleMoments()

    /// No price yet.
    public init() {}

    /// The variance; nil with fewer than two returns.
    public var value: Double? {
        guard path.returns > 1 else { return nil }
        return path.isBroken ? .nan : moments.sums.centered / Double(path.returns &- 1)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, scratch: 1) { chunk in
            let returns = chunk.scratch(0)
            moments.add(returns, path.next(chunk.a, chunk.count, into: returns))
        }
    }

    /// Goes on with the other's prices.
    public mutating func merge(_ other: Self) {
        if let seam = path.append(other.path) { moments.add(seam) }
        moments.merge(other.moments)
    }

    /// The variance; null with fewer than two returns.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        path.encode(into: &writer)
        moments.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        path = try PricePath(from: &reader)
        moments = try DoubleMoments(from: &reader)
    }
}
