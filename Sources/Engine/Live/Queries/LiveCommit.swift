import Columnar
import QueryLang

/// A committed batch on its way through the plans: what they all would make of its rows is made once. Belongs to the live
/// thread.
final class LiveCommit {
    /// Rows of a group as operators take them, and when the last of them was received.
    struct Rows {
        let batch: RowBatch
        /// 0 if the table does not tell.
        let receiveTime: Int64
    }

    let batch: CommittedBatch
    /// By the place of the group. Tables only grow, so that of one name and as many columns are one.
    private var known: [Int: (columns: Int, rows: Rows)] = [:]
    /// The greatest times of groups of the market's tables, by place.
    private var lastTimes: [Int: Int64?] = [:]

    init(_ batch: CommittedBatch) { self.batch = batch }

    /// The greatest time of a group of a table of the market; nil if it has none.
    func lastTime(of group: Int) -> Int64? {
        if let known = lastTimes[group] { return known }
        let time = Self.lastTime(batch.groups[group])
        lastTimes[group] = .some(time)
        return time
    }

    private static func lastTime(_ group: AppendGroup) -> Int64? {
        guard let schema = MarketTables.schemas.first(where: { $0.name == group.table }),
            schema.timeColumn < group.columns.count, let times = group.columns[schema.timeColumn]?.int64Values
        else { return nil }
        var greatest = Int64.min
        for row in 0..<times.count { greatest = max(greatest, times[row]) }
        return greatest
    }

    /// The greatest of some times that are after the Unix epoch; 0 if there is none.
    private static func greatest(_ times: Vector) -> Int64 {
        var greatest: Int64 = 0
        if times.isNull { return greatest }
        times.int64Values.withUnsafeBufferPointer { values in
            for row in values.indices where times.validity?[row] ?? true { greatest = max(greatest, values[row]) }
        }
        return greatest
    }

    /// The rows of a group, which is of the table.
    func rows(of group: Int, _ table: TableSchema) throws(QueryError) -> Rows {
        if let (columns, rows) = known[group], columns == table.columns.count { return rows }
        let batch = LiveBatch.rows(self.batch.groups[group], table)
        let column = table.columns.firstIndex { $0.name == "receive_time" && $0.type == .timestamp }
        let received = try column.map { column throws(QueryError) in try batch.column(column) }
        let rows = Rows(batch: batch, receiveTime: received.map(Self.greatest) ?? 0)
        known[group] = (table.columns.count, rows)
        return rows
    }
}
