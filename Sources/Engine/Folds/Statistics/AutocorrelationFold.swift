public import Columnar
public import QueryLang

/// `autocorr(x, lag)`: Pearson's coefficient of each value and the one `lag` rows before it, in the order of rows: pandas'
/// `Series.autocorr`. Rows without a value are passed over, so they do not count as steps.
///
/// Null with fewer than two pairs, and if all values of a side are equal; NaN if a value is not finite. Holds twice `lag`
/// values: the first and the last, so that parts can be joined.
public struct AutocorrelationFold: MergeableFold, Hashable {
    /// Version 1: lag, count, ends, moments.
    public static let stateVersion: UInt8 = 1
    /// The longest lag: 1.6 MB a state.
    public static let lagMax: Int64 = 100_000

    private var lag: Int64?
    private var count: Int64 = 0
    private var moments = DoubleComoments()
    /// The first `lag` values.
    private var head: [Double] = []
    /// The last `lag` values, a ring: value i lies at i mod lag.
    private var tail: [Double] = []
    /// Where the next value goes: the count mod lag, without a division a row.
    private var place = 0

    /// No value yet.
    public init() {}

    /// Whether the lag is one; a state with another takes no values.
    private var isUsable: Bool { lag.map { $0 >= 0 && $0 <= Self.lagMax } ?? false }

    /// Takes a value; the first lag counts.
    @inline(__always)
    public mutating func update(_ value: Double, lag: Int64) {
        if self.lag == nil { self.lag = lag }
        if isUsable { push(value, Int(self.lag ?? 0)) }
    }

    @inline(__always)
    private mutating func push(_ value: Double, _ lag: Int) {
        if lag == 0 {
            moments.add(value, value)
        } else if tail.count < lag {
            head.append(value)
            tail.append(value)
        } else {
            moments.add(value, tail[place])
            tail[place] = value
        }
        count &+= 1
        place += 1
        if place >= lag { place = 0 }
    }

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
        guard let value = arguments.first, let lag = arguments.second, !value.isNull, !lag.isNull else { return }
        for row in rows where value.isValid(row) && lag.isValid(row) {
            if self.lag == nil { self.lag = lag.mantissa(row)?.value ?? -1 }
            if isUsable { push(value.double(row), Int(self.lag ?? 0)) }
        }
    }

    /// Goes on with the other's values: those at its beginning meet those at this one's end.
    public mutating func merge(_ other: Self) {
        guard let lag else {
            self = other
            return
        }
        if !isUsable || other.lag != self.lag { return }
        for value in other.head { push(value, Int(lag)) }
        moments.merge(other.moments)
        let rest = other.count &- Int64(other.head.count)
        guard lag > 0, rest > 0 else {
            count &+= rest
            return
        }
        // The last values are all the other's now, at places that go by the joint count.
        count &+= rest
        place = Int(count % lag)
        for age in 1...lag {
            tail[Int((count &- age) % lag)] = other.tail[Int((other.count &- age) % lag)]
        }
    }

    /// The coefficient; null if there is none, an error if the lag is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let lag, !isUsable {
            throw QueryError(
                .semantic,
                "autocorr() takes a lag from 0 to \(Self.lagMax) rows, not \(lag)",
                hint: "it is autocorr(x, lag)"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Bytes of the ends.
    public var heldBytes: Int { (head.capacity + tail.capacity) * MemoryLayout<Double>.stride }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(lag != nil)
        writer.write(lag ?? 0)
        writer.write(count)
        moments.encode(into: &writer)
        writer.write(UInt32(head.count))
        for value in head + tail { writer.write(value) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasLag = try reader.readBool()
        let lag = try reader.readInt64()
        self.lag = hasLag ? lag : nil
        count = try reader.readInt64()
        moments = try DoubleComoments(from: &reader)
        let ends = Int64(try reader.read(UInt32.self))
        guard count >= 0, count < .max / 2, ends <= Self.lagMax else { throw .malformed }
        // As many ends as there are values, up to the lag.
        guard ends == (isUsable ? min(count, lag) : 0), isUsable || count == 0 else { throw .malformed }
        for _ in 0..<ends { head.append(try reader.readDouble()) }
        for _ in 0..<ends { tail.append(try reader.readDouble()) }
        place = lag > 0 && isUsable ? Int(count % lag) : 0
    }
}
