public import Columnar
public import QueryLang

/// Which end of the rows a ``RowEndFold`` takes.
public protocol RowEnd: Sendable {
    /// Whether it is the first row, and not the last.
    static var isFirst: Bool { get }
}

/// `first_row`.
public enum FirstRow: RowEnd {
    /// The first.
    public static let isFirst = true
}

/// `last_row`.
public enum LastRow: RowEnd {
    /// The last.
    public static let isFirst = false
}

/// `first_row(x)` and `last_row(x)`: the value of the row with the smallest or largest time, null or not; of several rows,
/// of the one that arrived first or last.
///
/// Rows may come in any order of time; among equal times the order of calls counts.
public struct RowEndFold<End: RowEnd>: MergeableFold, Hashable {
    /// Version 1: whether there is a row, its time, its value.
    public static var stateVersion: UInt8 { 1 }

    private var hasRow = false
    private var time: Int64 = 0
    private var value = Scalar.null

    /// No row yet.
    public init() {}

    /// Takes a row.
    @inline(__always)
    public mutating func update(time: Int64, value: Scalar) {
        guard isNearer(time) else { return }
        hasRow = true
        self.time = time
        self.value = value
    }

    /// Whether a row that comes now is nearer to the end than the one that is held.
    @inline(__always)
    private func isNearer(_ time: Int64) -> Bool {
        !hasRow || (End.isFirst ? time < self.time : time >= self.time)
    }

    /// Takes rows; those of a slice come by time.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let row = End.isFirst ? rows.first : rows.last else { return }
        let time = arguments.time(row)
        guard isNearer(time) else { return }
        let isValid = arguments.first.map { !$0.isNull && $0.isValid(row) } ?? false
        update(time: time, value: isValid ? arguments.firstScalar(at: row) : .null)
    }

    /// Takes the end of a slice in which every row has a value, or none has.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        let time = End.isFirst ? statistics.firstTime : statistics.lastTime
        if statistics.hasNullArgument {
            update(time: time, value: .null)
            return true
        }
        guard let known = statistics.first, known.nullCount == 0, let value = End.isFirst ? known.first : known.last
        else { return false }
        update(time: time, value: value)
        return true
    }

    /// Takes over the other's row if it is nearer to the end.
    public mutating func merge(_ other: Self) {
        if other.hasRow { update(time: other.time, value: other.value) }
    }

    /// The value; null without rows.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value }

    /// Writes the row.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(hasRow)
        writer.write(time)
        writer.write(value)
    }

    /// Reads the row.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        hasRow = try reader.readBool()
        time = try reader.readInt64()
        value = try reader.readScalar()
    }
}
