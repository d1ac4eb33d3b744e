public import Columnar
public import QueryLang

/// `rank_corr(x, y)`: Spearman's ρ, Pearson's coefficient of the ranks, where equal values share the mean of their ranks.
///
/// Null with fewer than two pairs, and if all x or all y are equal; NaN if a value is NaN.
public struct RankCorrelationFold: MergeableFold, Hashable {
    /// Version 1: the pairs.
    public static let stateVersion: UInt8 = 1
    private var x: [Double] = []
    private var y: [Double] = []

    /// No pair yet.
    public init() {}

    /// The coefficient; nil if there is none.
    public var value: Double? {
        guard x.count > 1 else { return nil }
        if x.contains(where: \.isNaN) || y.contains(where: \.isNaN) { return .nan }
        var moments = Comoments()
        for (a, b) in zip(Self.ranks(x), Self.ranks(y)) { moments.add(a, b) }
        return moments.correlation
    }

    /// From 1, halves among them.
    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
            for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let x = arguments.first, let y = arguments.second, !x.isNull, !y.isNull else { return }
        for row in rows where x.isValid(row) && y.isValid(row) {
            self.x.append(x.double(row))
            self.y.append(y.double(row))
        }
    }

    /// Takes over the other's pairs.
    public mutating func merge(_ other: Self) {
        x.append(contentsOf: other.x)
        y.append(contentsOf: other.y)
    }

    /// The coefficient; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Bytes of the pairs.
    public var heldBytes: Int { (x.capacity + y.capacity) * MemoryLayout<Double>.stride }

    /// Writes the pairs.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(Int64(x.count))
        for (a, b) in zip(x, y) {
            writer.write(a)
            writer.write(b)
        }
    }

    /// Reads the pairs.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        for _ in 0..<count {
            x.append(try reader.readDouble())
            y.append(try reader.readDouble())
        }
    }
}
