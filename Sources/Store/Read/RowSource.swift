import Columnar
import Synchronization

/// Rows of one series that lie together: a row group of a segment, or the visible part of a memtable chunk.
protocol RowSource: AnyObject, Sendable {
    var rowCount: Int { get }
    /// All rows' values of a column, decoded on the first call.
    func vector(column: Int) throws(TableError) -> Vector
    /// A column's values in some of the rows, which are not empty.
    func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector
    /// What is known of a column over all rows.
    func statistics(column: Int) -> ColumnStatistics?
}

extension RowSource {
    func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector { try vector(column: column).slice(rows) }
}

/// A table as a reader sees it, and the series that is read.
struct SeriesContext: Sendable {
    let entry: TableEntry
    let id: SeriesID
    let name: String

    var schema: TableSchema { entry.schema }
    var isRegular: Bool { entry.schema.kind != .event }
}

/// A row group of a segment, or the rows of one series in a packed one.
final class RowGroupSource: RowSource {
    var rowCount: Int { rows.count }
    private let reader: SegmentReader
    private let group: Int
    private let rows: Range<Int>
    /// Where the decoded columns of a packed group are kept; nil for a group of one series.
    private let packed: PackedGroups?
    private let context: SeriesContext
    private let decoded = Mutex<[Int: Vector]>([:])

    init(reader: SegmentReader, group: Int, rows: Range<Int>, packed: PackedGroups?, context: SeriesContext) {
        self.reader = reader
        self.group = group
        self.rows = rows
        self.packed = packed
        self.context = context
    }

    func vector(column: Int) throws(TableError) -> Vector {
        if let known = decoded.withLock({ $0[column] }) { return known }
        let type = context.schema.columns[column].type
        func decode() throws(TableError) -> Vector {
            try reader.vector(group: group, column: column, type: type, series: context.name)
        }
        // The series key of a packed group is that of this series, not of the one before.
        if let packed, column != context.schema.seriesColumn {
            return try packed.vector(reader, group: group, column: column, decode: decode).slice(rows)
        }
        let whole = try decode()
        let vector = packed == nil ? whole : whole.slice(rows)
        decoded.withLock { $0[column] = vector }
        return vector
    }

    func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector {
        // The columns of a packed group are decoded once for all its series.
        guard packed == nil else { return try vector(column: column).slice(rows) }
        if let known = decoded.withLock({ $0[column] }) { return known.slice(rows) }
        let type = context.schema.columns[column].type
        return try reader.vector(group: group, column: column, type: type, series: context.name, rows: rows)
    }

    func statistics(column: Int) -> ColumnStatistics? {
        let type = context.schema.columns[column].type
        return reader.statistics(group: group, column: column, type: type, series: context.name)
    }
}

/// The rows of a memtable chunk that a snapshot sees.
final class ChunkSource: RowSource {
    let rowCount: Int
    let chunk: MemtableChunk
    private let table: MemtableTable
    private let context: SeriesContext

    init(chunk: MemtableChunk, rowCount: Int, table: MemtableTable, context: SeriesContext) {
        self.chunk = chunk
        self.rowCount = rowCount
        self.table = table
        self.context = context
    }

    var times: Buffer<Int64> { chunk.times(column: context.schema.timeColumn, rows: rowCount) }

    func vector(column: Int) throws(TableError) -> Vector {
        let type = context.schema.columns[column].type
        if column == context.schema.seriesColumn {
            return Vector(type: type, form: .constant(.text(context.name), count: rowCount))
        }
        return chunk.vector(column: column, type: type, rows: rowCount, symbols: table.symbols(ofColumn: column))
    }

    func vector(column: Int, rows: Range<Int>) throws(TableError) -> Vector {
        let type = context.schema.columns[column].type
        if rows.count == 1, column != context.schema.seriesColumn,
            let value = chunk.number(column: column, type: type, row: rows.lowerBound)
        {
            return Vector(type: type, form: .constant(value, count: 1))
        }
        return try vector(column: column).slice(rows)
    }

    func statistics(column: Int) -> ColumnStatistics? { nil }
}
