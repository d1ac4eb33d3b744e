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

    init(_ batch: CommittedBatch) { self.batch = batch }

    /// The rows of a group, which is of the table.
    func rows(of group: Int, _ table: TableSchema) throws(QueryError) -> Rows {
        if let (columns, rows) = known[group], columns == table.columns.count { return rows }
        let batch = LiveBatch.rows(self.batch.groups[group], table)
        var receiveTime: Int64 = 0
        let column = table.columns.firstIndex { $0.name == "receive_time" && $0.type == .timestamp }
        if let column {
            let received = try batch.column(column)
            for row in 0..<received.count { receiveTime = max(receiveTime, received.scalar(at: row).int64 ?? 0) }
        }
        let rows = Rows(batch: batch, receiveTime: receiveTime)
        known[group] = (table.columns.count, rows)
        return rows
    }
}
