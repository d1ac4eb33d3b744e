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
        moments.add(Self.ranks(x), Self.ranks(y))
        return moments.correlation
    }

    /// From 1, halves among them.
    private static func ranks(_ values: [Double]) -> [Double] {
        // Values lie beside their places: an order of places alone would look them up all over the memory.
        let order = values.enumerated().map { (value: $0.element, place: $0.offset) }.sorted { $0.value < $1.value }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, order[end].value == order[start].value { end += 1 }
            for index in start..<end { ranks[order[index].place] = Double(start + end + 1) / 2 }
            start = end
        }
        return ranks
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 2) { chunk in
            x.append(contentsOf: UnsafeBufferPointer(start: chunk.a, count: chunk.count))
            y.append(contentsOf: UnsafeBufferPointer(start: chunk.b, count: chunk.count))
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
