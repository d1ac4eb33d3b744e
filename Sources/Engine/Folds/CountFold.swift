public import Columnar
public import QueryLang

/// `count()` counts rows, `count(x)` the rows where x is not null.
public struct CountFold: MergeableFold, Hashable {
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
        guard let argument = arguments.first else {
            count &+= Int64(rows.count)
            return
        }
        if case .nulls = argument.values { return }
        guard let validity = argument.validity else {
            count &+= Int64(rows.count)
            return
        }
        for row in rows where validity[row] { count &+= 1 }
    }

    /// Counts rows of a slice whose nulls are known. Without an argument `statistics` is not looked at.
    public mutating func update(statistics: ColumnStatistics?, rowCount: Int) -> Bool {
        guard let statistics else { return false }
        count &+= Int64(rowCount - statistics.nullCount)
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
