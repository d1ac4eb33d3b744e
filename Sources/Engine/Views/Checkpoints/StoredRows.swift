import Columnar
import QueryLang

/// Counts the stored rows of a series, without reading them.
enum StoredRows {
    /// The rows of a series up to a time; all if it is nil.
    static func count(
        _ table: TableSchema,
        _ name: String,
        through time: Int64? = nil,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> Int {
        let (end, overflow) = (time ?? .max).addingReportingOverflow(1)
        let request = ScanRequest(
            table: table.name,
            series: .named([name]),
            time: TimeRange(start: .min, end: overflow ? .max : end),
            columns: [table.timeColumn]
        )
        var count = 0
        try BookAnchor.reading { () throws(TableError) in
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return }
            var cursor = try scan.open(series: 0)
            while true {
                if let summary = try cursor.peekSummary() {
                    count += summary.count
                    cursor.skipSummary()
                } else if let slice = try cursor.next() {
                    count += slice.count
                } else {
                    break
                }
            }
        }
        return count
    }

    /// The rows up to a position: by their times, but for events of greater numbers.
    static func count(
        _ table: TableSchema,
        _ name: String,
        through position: InputPosition,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> Int {
        let all = try count(table, name, through: position.time, snapshot)
        guard case .event = table.kind, let seqColumn = table.index(of: "seq") else { return all }
        let (start, isFirst) = position.time.subtractingReportingOverflow(BookAnchor.disorderMax)
        let (end, isLast) = position.time.addingReportingOverflow(1)
        let request = ScanRequest(
            table: table.name,
            series: .named([name]),
            time: TimeRange(start: isFirst ? .min : start, end: isLast ? .max : end),
            columns: [table.timeColumn, seqColumn]
        )
        var later = 0
        try BookAnchor.reading { () throws(TableError) in
            let scan = try snapshot.scan(request)
            guard !scan.series.isEmpty else { return }
            var cursor = try scan.open(series: 0)
            while let slice = try cursor.next() {
                let seqs = try slice.vector(column: seqColumn).int64Values
                for row in 0..<seqs.count where seqs[row] > position.seq { later += 1 }
            }
        }
        return all - later
    }
}
