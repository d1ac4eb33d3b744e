public import Columnar
public import QueryLang

/// `count()` counts rows, `count(x)` the rows where x is not null.
public struct CountFold: MergeableFold, WindowFold, Hashable {
    /// Version 1: the count.
    public static let stateVersion: UInt8 = 1
    /// Rows counted.
    public private(set) var count: Int64 = 0

    /// Nothing counted.
    public init() {}

    /// Counts one row.
    @inline(__always)
    public mutating func update() { count &+= 1 }

    /// Counts rows.
    @inline(__always)
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        count &+= Self.count(arguments, rows)
    }

    /// Takes rows out.
    public mutating func evict(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        count &-= Self.count(arguments, rows)
    }

    /// Never.
    public var isResummationDue: Bool { false }

    @inline(__always)
    private static func count(_ arguments: borrowing FoldArguments, _ rows: Range<Int>) -> Int64 {
        guard let argument = arguments.first else { return Int64(rows.count) }
        if argument.isNull { return 0 }
        return Int64(argument.validity?.count(in: rows) ?? rows.count)
    }

    /// Counts the rows of a slice, if those without a value are known.
    public mutating func update(statistics: SliceStatistics) -> Bool {
        if statistics.arguments.isEmpty {
            count &+= Int64(statistics.rowCount)
            return true
        }
        guard let known = statistics.first else { return false }
        count &+= Int64(statistics.rowCount - known.nullCount)
        return true
    }

    /// Adds the other count.
    public mutating func merge(_ other: CountFold) { count &+= other.count }

    /// The count.
    public func finalize(output: Int) throws(QueryError) -> Scalar { .int64(count) }

    /// Writes the count.
    public func encode(into writer: inout FoldStateWriter) { writer.write(count) }

    /// Reads the count.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
    }
}
