public import Columnar
public import QueryLang

/// `first(x)`: the value with the smallest time; of several, the one that arrived first.
///
/// Values may come in any order of time; among equal times the order of calls counts.
public struct FirstFold: MergeableFold, Hashable {
    /// Version 1: time, value.
    public static let stateVersion: UInt8 = 1
    /// The value; null if there is none.
    public private(set) var value = Scalar.null
    private var time = Int64.max

    /// No value yet.
    public init() {}

    /// Takes a value that is not null.
    @inline(__always)
    public mutating func update(time: Int64, value: Scalar) {
        if time < self.time || self.value.isNull {
            self.time = time
            self.value = value
        }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        guard let row = rows.first(where: { argument.isValid($0) }) else { return }
        let time = arguments.time(row)
        if time < self.time || value.isNull { update(time: time, value: arguments.firstScalar(at: row)) }
    }

    /// Takes the first value of a slice.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let first = known.first, !first.isNull else {
            return statistics.hasNullArgument
        }
        update(time: statistics.firstTime, value: first)
        return true
    }

    /// Takes over the other's value if it is earlier.
    public mutating func merge(_ other: FirstFold) {
        if !other.value.isNull { update(time: other.time, value: other.value) }
    }

    /// The value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value }

    /// Writes time and value.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(time)
        writer.write(value)
    }

    /// Reads time and value.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        time = try reader.readInt64()
        value = try reader.readScalar()
    }
}

/// `last(x)`: the value with the largest time; of several, the one that arrived last.
///
/// Values may come in any order of time; among equal times the order of calls counts.
public struct LastFold: MergeableFold, Hashable {
    /// Version 1: time, value.
    public static let stateVersion: UInt8 = 1
    /// The value; null if there is none.
    public private(set) var value = Scalar.null
    private var time = Int64.min

    /// No value yet.
    public init() {}

    /// Takes a value that is not null.
    @inline(__always)
    public mutating func update(time: Int64, value: Scalar) {
        if time >= self.time {
            self.time = time
            self.value = value
        }
    }

    /// Takes rows.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let argument = arguments.first, !argument.isNull else { return }
        guard let row = rows.last(where: { argument.isValid($0) }) else { return }
        let time = arguments.time(row)
        if time >= self.time { update(time: time, value: arguments.firstScalar(at: row)) }
    }

    /// Takes the last value of a slice.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        guard let known = statistics.first, let last = known.last, !last.isNull else {
            return statistics.hasNullArgument
        }
        update(time: statistics.lastTime, value: last)
        return true
    }

    /// Takes over the other's value unless it is earlier.
    public mutating func merge(_ other: LastFold) {
        if !other.value.isNull { update(time: other.time, value: other.value) }
    }

    /// The value.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value }

    /// Writes time and value.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(time)
        writer.write(value)
    }

    /// Reads time and value.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        time = try reader.readInt64()
        value = try reader.readScalar()
    }
}

extension FoldStateWriter {
    /// Writes one value with its type.
    mutating func write(_ value: Scalar) {
        switch value {
        case .null: write(UInt8(0))
        case .boolean(let value):
            write(ColumnType.boolean.rawValue)
            write(value)
        case .int64(let value):
            write(ColumnType.int64.rawValue)
            write(value)
        case .float64(let value):
            write(ColumnType.float64.rawValue)
            write(value)
        case .timestamp(let value):
            write(ColumnType.timestamp.rawValue)
            write(value)
        case .text(let value):
            write(ColumnType.string.rawValue)
            write(value)
        }
    }
}

extension FoldStateReader {
    /// Reads one value with its type.
    mutating func readScalar() throws(FoldStateError) -> Scalar {
        let tag = try readUInt8()
        if tag == 0 { return .null }
        switch ColumnType(rawValue: tag) {
        case .boolean: return .boolean(try readBool())
        case .int64: return .int64(try readInt64())
        case .float64: return .float64(try readDouble())
        case .timestamp: return .timestamp(try readInt64())
        case .symbol, .string: return .text(try readString())
        case nil: throw .malformed
        }
    }
}
