public import Columnar
internal import Glibc
public import QueryLang

/// `half_life(x)`: in how many rows half of a distance to the mean is gone, -ln 2 / β with the slope β of x - x₋₁ over x₋₁ (least
/// squares, as of a process of Ornstein and Uhlenbeck).
///
/// Null with fewer than two pairs, if all x₋₁ are equal, and if β is not below 0: then nothing draws the numbers back. NaN if a
/// value is not finite.
public struct HalfLifeFold: MergeableFold, Hashable {
    /// Version 1: count, ends, moments.
    public static let stateVersion: UInt8 = 1
    private var count: Int64 = 0
    private var first = 0.0
    private var last = 0.0
    /// Of (x₋₁, x - x₋₁).
    private var moments = DoubleComoments()

    /// No value yet.
    public init() {}

    /// The rows; nil if there is no answer.
    public var value: Double? {
        guard count > 2 else { return nil }
        if moments.nonFiniteCount != 0 { return .nan }
        let sums = moments.sums
        let squares = sums.x.centered
        guard squares > 0 else { return nil }
        let slope = sums.centered / squares
        return slope < 0 ? M_LN2 / -slope : nil
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, scratch: 1) { chunk in
            let changes = chunk.scratch(0)
            push(chunk.a[0])
            let rest = chunk.count &- 1
            for index in 0..<rest { changes[index] = chunk.a[index &+ 1] - chunk.a[index] }
            moments.add(chunk.a, changes, rest)
            count &+= Int64(rest)
            last = chunk.a[rest]
        }
    }

    private mutating func push(_ value: Double) {
        if count == 0 { first = value } else { moments.add(last, value - last) }
        count &+= 1
        last = value
    }

    /// Goes on with the other's values.
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        push(other.first)
        moments.merge(other.moments)
        count &+= other.count &- 1
        last = other.last
    }

    /// The rows; null if there is no answer.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(first)
        writer.write(last)
        moments.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        guard count >= 0, count < .max / 2 else { throw .malformed }
        first = try reader.readDouble()
        last = try reader.readDouble()
        moments = try DoubleComoments(from: &reader)
    }
}
