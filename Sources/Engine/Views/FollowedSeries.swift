import Columnar

/// The rows of one series of a table that are stored, and then those that come: what a live plan reads.
final class FollowedSeries {
    let table: TableSchema
    let name: String
    /// How far rows were handed on; nil if nobody wants to know.
    var progress: InputProgress?
    /// Which of the stored rows are handed on; nil for all.
    var stored: RowsToReplay?
    fileprivate var waiting: [any SeriesSlice] = []
    fileprivate var first = 0

    init(_ table: TableSchema, _ name: String) {
        self.table = table
        self.name = name
    }

    /// Appends rows that were committed, in the order of their times.
    func append(_ slice: any SeriesSlice) { waiting.append(slice) }

    fileprivate func next() -> (any SeriesSlice)? {
        guard first < waiting.count else {
            waiting.removeAll(keepingCapacity: true)
            first = 0
            return nil
        }
        first += 1
        return waiting[first - 1]
    }
}

/// A state of the store in which one series goes on with what is appended to it.
struct FollowingSnapshot: TableSnapshot, @unchecked Sendable {
    // Sendable: `series` is touched only by the thread that owns the plan, which is the one that made this.

    let stored: any TableSnapshot
    let series: FollowedSeries

    var catalog: any CatalogReader { stored.catalog }
    var committed: LSN { stored.committed }

    func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
        let scan = try stored.scan(request)
        guard request.isForward, request.table == series.table.name else { return scan }
        return FollowingScan(stored: scan, followed: series)
    }
}

private struct FollowingScan: TableScan, @unchecked Sendable {
    // Sendable: as the snapshot that it belongs to.

    let stored: any TableScan
    let followed: FollowedSeries

    var series: [String] { [followed.name] }

    func open(series index: Int) throws(TableError) -> any SliceCursor {
        let cursor = try stored.series.isEmpty ? nil : stored.open(series: 0)
        return FollowingCursor(stored: cursor, followed: followed)
    }
}

private struct FollowingCursor: SliceCursor {
    var stored: (any SliceCursor)?
    let followed: FollowedSeries

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        while let slice = try stored?.next() {
            try followed.progress?.noteStored(slice)
            guard let rows = followed.stored else { return slice }
            if let kept = try rows.take(slice) { return kept }
        }
        stored = nil
        return followed.next()
    }
}

/// Rows of a committed batch as a slice of their series.
struct CommittedSlice: SeriesSlice {
    private let table: TableSchema
    private let name: String
    private let columns: [Vector?]
    private let times: Buffer<Int64>
    let count: Int

    /// Nil if there is no row, or no time.
    init?(_ group: AppendGroup, _ table: TableSchema) {
        self.init(table, group.series, group.columns, count: group.rowCount)
    }

    private init?(_ table: TableSchema, _ name: String, _ columns: [Vector?], count: Int) {
        guard count > 0, table.timeColumn < columns.count, let times = columns[table.timeColumn], !times.isNull else {
            return nil
        }
        self.table = table
        self.name = name
        self.columns = columns
        self.times = times.int64Values
        self.count = count
    }

    var timeColumn: Int { table.timeColumn }
    var firstTime: Int64 { times[0] }
    var lastTime: Int64 { times[count - 1] }

    func vector(column: Int) throws(TableError) -> Vector {
        if column == table.seriesColumn { return Vector(type: .symbol, form: .constant(.text(name), count: count)) }
        guard column < columns.count, let vector = columns[column] else {
            return .nulls(table.columns[column].type, count: count)
        }
        return vector
    }

    func statistics(column: Int) -> ColumnStatistics? { nil }

    /// The values of an integer column; nil if it has none.
    func integers(_ column: Int?) -> Buffer<Int64>? {
        guard let column, column < columns.count, let vector = columns[column], !vector.isNull else { return nil }
        return vector.int64Values
    }

    /// The rows that are not before a time, or, if `isStrict`, that are after it, and after those among them; nil if there
    /// are none. `late` is how many were left out.
    func timely(after watermark: Int64, isStrict: Bool) -> (slice: CommittedSlice?, late: Int) {
        var latest = watermark
        var kept: [UInt32] = []
        for row in 0..<count where times[row] > latest || (!isStrict && times[row] == latest) {
            latest = times[row]
            kept.append(UInt32(row))
        }
        if kept.count == count { return (self, 0) }
        if kept.isEmpty { return (nil, count) }
        let gathered = kept.withUnsafeBufferPointer { rows in columns.map { $0?.gather(rows) } }
        return (CommittedSlice(table, name, gathered, count: kept.count), count - kept.count)
    }
}
