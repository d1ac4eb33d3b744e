public import Columnar
public import QueryLang

/// `autocorr(x, lag)`: Pearson's coefficient of each value and the one `lag` rows before it, in the order of rows: pandas'
/// `Series.autocorr`. Rows without a value are passed over, so they do not count as steps.
///
/// Null with fewer than two pairs, and if all values of a side are equal; NaN if a value is not finite. Holds twice `lag`
/// values: the first and the last, so that parts can be joined.
public struct AutocorrelationFold: MergeableFold, Hashable {
    /// Version 2: values, moments.
    public static let stateVersion: UInt8 = 2

    private var values = LaggedValues()
    private var moments = DoubleComoments()

    /// No value yet.
    public init() {}

    /// The coefficient; nil if there is none.
    public var value: Double? {
        guard moments.count &+ moments.nonFiniteCount > 1 else { return nil }
        if moments.nonFiniteCount != 0 { return .nan }
        let sums = moments.sums
        let (x, y) = (sums.x.centered, sums.y.centered)
        if x == 0 || y == 0 { return nil }
        return max(-1, min(1, Comoments.correlation(sums.centered, x, y)))
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 2, scratch: 1) { chunk in
            values.use(lag: Int64(exactly: chunk.b[0].rounded(.towardZero)) ?? -1)
            if values.isUsable { push(chunk.a, chunk.count, chunk.scratch(0)) }
        }
    }

    private mutating func push(_ x: UnsafePointer<Double>, _ count: Int, _ scratch: UnsafeMutablePointer<Double>) {
        let alone = values.take(x, count, earlier: scratch)
        moments.add(x + alone, scratch + alone, count &- alone)
    }

    /// Goes on with the other's values: those at its beginning meet those at this one's end.
    public mutating func merge(_ other: Self) {
        guard let lag = values.lag else {
            self = other
            return
        }
        if !values.isUsable || other.values.lag != lag { return }
        var earlier = [Double](repeating: 0, count: other.values.head.count)
        earlier.withUnsafeMutableBufferPointer { earlier in
            other.values.head.withUnsafeBufferPointer { head in
                if let x = head.baseAddress, let scratch = earlier.baseAddress { push(x, head.count, scratch) }
            }
        }
        moments.merge(other.moments)
        values.append(afterHead: other.values)
    }

    /// The coefficient; null if there is none, an error if the lag is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let lag = values.lag, !values.isUsable {
            throw QueryError(
                .semantic,
                "autocorr() takes a lag from 0 to \(LaggedValues.lagMax) rows, not \(lag)",
                hint: "it is autocorr(x, lag)"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Bytes of the ends.
    public var heldBytes: Int { values.heldBytes }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        values.encode(into: &writer)
        moments.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        values = try LaggedValues(from: &reader)
        moments = try DoubleComoments(from: &reader)
    }
}
