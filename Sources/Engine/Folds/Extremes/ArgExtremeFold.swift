public import Columnar
public import QueryLang

/// `arg_min(value, by)` and `arg_max(value, by)`: the value in the row where `by` is smallest or largest.
///
/// Of several such rows the one with the smallest time counts, then the first by the order of calls. Rows in which either
/// is null, or `by` is NaN, are passed over.
public struct ArgExtremeFold<Direction: ExtremeDirection>: MergeableFold, Hashable {
    /// Version 1: time, key, value.
    public static var stateVersion: UInt8 { 1 }
    /// The value; null if there is none.
    public private(set) var value = Scalar.null
    /// Where the value was found: the smallest or largest so far.
    private var key = Scalar.null
    private var time = Int64.max

    /// No value yet.
    public init() {}

    /// Takes one row.
    public mutating func update(time: Int64, value: Scalar, by key: Scalar) {
        if !value.isNull, displaces(key, time) { (self.value, self.key, self.time) = (value, key, time) }
    }

    /// Whether a row with this key would be kept.
    private func displaces(_ candidate: Scalar, _ time: Int64) -> Bool {
        if candidate.isNull || candidate.isNaN { return false }
        if key.isNull || Direction.prefers(candidate, to: key, ScalarOrder.isLess) { return true }
        return time < self.time && !Direction.prefers(key, to: candidate, ScalarOrder.isLess)
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let value = arguments.first, let key = arguments.second, !value.isNull, !key.isNull else { return }
        let best: Int?
        if let plain = Self.plain(value, key, rows) { return take(plain, arguments) }
        switch key.values {
        case .int64(let base): best = Self.best(value, key, rows) { base[$0] }
        case .sequence(let start, let step): best = Self.best(value, key, rows) { start &+ Int64($0) &* step }
        case .float64(let base): best = Self.best(value, key, rows) { base[$0] }
        case .decimal(let base, let scale):
            // As doubles: different mantissas that are the same double are the same key.
            best = Self.best(value, key, rows) { ScaledInteger.double(base[$0], scale: scale) }
        case .other:
            for row in rows where value.isValid(row) && key.isValid(row) { take(row, arguments) }
            return
        case .nulls: return
        }
        if let best { take(best, arguments) }
    }

    private mutating func take(_ row: Int, _ arguments: borrowing FoldArguments) {
        let key = arguments.secondScalar(at: row)
        let time = arguments.time(row)
        if displaces(key, time) { update(time: time, value: arguments.firstScalar(at: row), by: key) }
    }

    /// The same where mantissas can be compared as they are: doubles of 53 bits are as different as they. Nil where they cannot.
    private static func plain(
        _ value: FoldArguments.Argument,
        _ key: FoldArguments.Argument,
        _ rows: Range<Int>
    ) -> Int? {
        guard rows.count >= 16, value.validity == nil, let (base, _) = key.plainMantissas else { return nil }
        let bounds = RunKernels.bounds(base, rows)
        guard bounds.lowerBound >= -(1 << 53), bounds.upperBound <= 1 << 53 else { return nil }
        let isLargest = Direction.prefers(1, to: 0)
        let best = isLargest ? bounds.upperBound : bounds.lowerBound
        return rows.first { base[$0] == best }
    }

    /// The first row with the best key; rows ascend by time. Nil if no row counts.
    @inline(__always)
    private static func best<Key: Comparable>(
        _ value: FoldArguments.Argument,
        _ key: FoldArguments.Argument,
        _ rows: Range<Int>,
        _ keyOf: (Int) -> Key
    ) -> Int? {
        var best: (row: Int, key: Key)?
        for row in rows where value.isValid(row) && key.isValid(row) {
            let candidate = keyOf(row)
            // NaN does not equal itself.
            if best.map({ Direction.prefers(candidate, to: $0.key) }) ?? (candidate == candidate) {
                best = (row, candidate)
            }
        }
        return best?.row
    }

    /// Takes over the other's row if it displaces this.
    public mutating func merge(_ other: Self) { update(time: other.time, value: other.value, by: other.key) }

    /// The value; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(time)
        writer.write(key)
        writer.write(value)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        time = try reader.readInt64()
        key = try reader.readScalar()
        value = try reader.readScalar()
    }
}

/// `arg_min(value, by)`.
public struct ArgMinFold: WrappingFold {
    /// The state.
    public var wrapped: ArgExtremeFold<Smallest>
    /// Wraps a state.
    public init(wrapped: ArgExtremeFold<Smallest>) { self.wrapped = wrapped }
}

/// `arg_max(value, by)`.
public struct ArgMaxFold: WrappingFold {
    /// The state.
    public var wrapped: ArgExtremeFold<Largest>
    /// Wraps a state.
    public init(wrapped: ArgExtremeFold<Largest>) { self.wrapped = wrapped }
}
