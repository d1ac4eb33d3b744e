import Columnar
import QueryLang

/// Which stored rows a plan that goes on from a checkpoint takes: those that came after it, but for those that came too late.
///
/// Rows lie by time. Had the plan been there when they came, by their numbers, it would have left out each that is older
/// than one before it; so they are left out here.
final class RowsToReplay {
    /// Rows, counted from the first of the range, that are taken; nil once all are.
    private let kept: [Bool]
    private var place = 0
    private let timeColumn: Int
    /// Rows that came too late.
    let lateCount: Int

    /// Rows that are looked at, at most: to read more again than some millions is hardly faster than to begin anew.
    static let rowsMax = 1 << 23

    /// The rows of a series from the time of a position on.
    init(
        _ table: TableSchema,
        _ name: String,
        after position: InputPosition,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) {
        timeColumn = table.timeColumn
        guard let seqColumn = table.index(of: "seq") else {
            throw QueryError(.bug, "BUG: events without numbers are replayed")
        }
        let request = ScanRequest(
            table: table.name,
            series: .named([name]),
            time: TimeRange(start: position.time, end: .max),
            columns: [table.timeColumn, seqColumn]
        )
        var times: [Int64] = []
        var seqs: [Int64] = []
        try BookAnchor.reading { () throws(TableError) in
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return }
            var cursor = try scan.open(series: 0)
            while let slice = try cursor.next(), times.count <= Self.rowsMax {
                times += try slice.vector(column: table.timeColumn).int64Values.array
                seqs += try slice.vector(column: seqColumn).int64Values.array
            }
        }
        guard times.count <= Self.rowsMax else {
            throw QueryError(.limit, "more than \(Self.rowsMax) rows came since")
        }
        var kept = [Bool](repeating: false, count: times.count)
        var late = 0
        // The least number among rows of later times, and among those of the time at hand.
        var (leastLater, least) = (Int64.max, Int64.max)
        for row in stride(from: times.count - 1, through: 0, by: -1) {
            if row + 1 < times.count, times[row] != times[row + 1] { leastLater = min(leastLater, least) }
            least = min(least, seqs[row])
            let isNew = seqs[row] > position.seq
            kept[row] = isNew && seqs[row] < leastLater
            if isNew, !kept[row] { late += 1 }
        }
        self.kept = kept
        lateCount = late
    }

    /// The rows of the next slice that are taken; nil if none is.
    func take(_ slice: any SeriesSlice) throws(TableError) -> (any SeriesSlice)? {
        let end = place + slice.count
        guard end <= kept.count else { throw TableError(.io, "a series has other rows than were found in it before") }
        defer { place = end }
        let rows = (place..<end).filter { kept[$0] }.map { UInt32($0 - place) }
        if rows.count == slice.count { return slice }
        guard let first = rows.first, let last = rows.last else { return nil }
        let times = try slice.vector(column: timeColumn).int64Values
        return PickedSlice(slice: slice, rows: rows, firstTime: times[Int(first)], lastTime: times[Int(last)])
    }
}

/// Some rows of a slice.
private struct PickedSlice: SeriesSlice {
    let slice: any SeriesSlice
    let rows: [UInt32]
    let firstTime: Int64
    let lastTime: Int64

    var count: Int { rows.count }

    func vector(column: Int) throws(TableError) -> Vector {
        let vector = try slice.vector(column: column)
        return rows.withUnsafeBufferPointer { vector.gather($0) }
    }

    func statistics(column: Int) -> ColumnStatistics? { nil }
}
