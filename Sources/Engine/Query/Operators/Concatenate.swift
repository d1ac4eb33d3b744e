import Columnar
import QueryLang

/// Rows of all series, one series after the other: enough for a sort, and cheaper than a merge.
final class Concatenate: PhysicalOperator {
    private let scan: Scan
    private let filter: FilterConditions?
    private let projection: Projection
    private var series = 0
    private var current: Project?

    init(_ scan: Scan, _ filter: FilterConditions?, _ projection: Projection) {
        self.scan = scan
        self.filter = filter
        self.projection = projection
    }

    func next() throws(QueryError) -> RecordBatch? {
        while true {
            if let batch = try current?.next() { return batch }
            guard series < scan.series.count else { return nil }
            let reader = scan.open(series, windowRows: ExecutionLimits.batchRowsMax)
            current = Project(filter.map { Filter(reader, $0) } ?? reader, projection)
            series += 1
        }
    }
}
