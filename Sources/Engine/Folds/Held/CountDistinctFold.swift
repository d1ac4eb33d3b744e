public import Columnar
public import QueryLang

/// `count_distinct(x)` over numbers, timestamps and truth values: how many different ones there are, exactly.
///
/// All NaN are one value, and -0 is 0. Null does not count.
public struct CountDistinctFold: MergeableFold, Hashable {
    /// Version 1: the values as integers.
    public static let stateVersion: UInt8 = 1
    private var keys = DistinctKeys()

    /// No value yet.
    public init() {}

    /// How many different values.
    public var count: Int64 { Int64(keys.keyCount) }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        switch argument.values {
        case .int64(let base): insert(argument, rows) { UInt64(bitPattern: base[$0]) }
        case .sequence(_, step: 0):
            if let row = rows.first(where: { argument.isValid($0) }) { keys.insert(Self.key(arguments, row) ?? 0) }
        case .sequence(let start, let step):
            insert(argument, rows) { UInt64(bitPattern: start &+ Int64($0) &* step) }
        case .float64(let base): insert(argument, rows) { Self.key(base[$0]) }
        case .decimal(let base, let scale):
            // As doubles: a column may hold the same number in both forms.
            insert(argument, rows) { Self.key(ScaledInteger.double(base[$0], scale: scale)) }
        case .other:
            for row in rows { if let key = Self.key(arguments, row) { keys.insert(key) } }
        case .nulls: return
        }
    }

    @inline(__always)
    private mutating func insert(
        _ argument: FoldArguments.Argument,
        _ rows: Range<Int>,
        _ key: (Int) -> UInt64
    ) {
        if argument.validity == nil {
            keys.insert(rows) { key($0) }
        } else {
            keys.insert(rows) { argument.isValid($0) ? key($0) : nil }
        }
    }

    private static func key(_ arguments: borrowing FoldArguments, _ row: Int) -> UInt64? {
        key(arguments.firstScalar(at: row))
    }

    private static func key(_ value: Scalar) -> UInt64? {
        switch value {
        case .int64(let value), .timestamp(let value): UInt64(bitPattern: value)
        case .float64(let value): key(value)
        case .boolean(let value): value ? 1 : 0
        case .null, .text: nil
        }
    }

    /// Equal for equal numbers, and for all NaN.
    @inline(__always)
    private static func key(_ value: Double) -> UInt64 { value.isNaN ? Double.nan.bitPattern : (value + 0).bitPattern }

    /// Takes a slice that holds one value only; false if nobody can tell.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let least = known.min, let greatest = known.max else {
            // Without a smallest value all may be NaN.
            return statistics.hasNullArgument
        }
        switch (least, greatest) {
        case (.boolean, .boolean): break
        // Only a sum says that no value is NaN.
        case (.float64(let least), .float64(let greatest)):
            guard least == greatest, known.sum != nil else { return false }
        default: guard least == greatest else { return false }
        }
        for value in [least, greatest] { if let key = Self.key(value) { keys.insert(key) } }
        return true
    }

    /// Takes over the other's values.
    public mutating func merge(_ other: CountDistinctFold) { keys.formUnion(other.keys) }

    /// How many different values.
    public func finalize(output: Int) throws(QueryError) -> Scalar { .int64(count) }

    /// Bytes of the values.
    public var heldBytes: Int { keys.byteCount }

    /// Writes the values.
    public func encode(into writer: inout FoldStateWriter) { keys.encode(into: &writer) }

    /// Reads the values.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) { keys = try DistinctKeys(from: &reader) }
}
