import Columnar
import QueryLang

/// The last row of each series for which the conditions hold: reads each series backwards until it has one.
final class Latest: PhysicalOperator {
    private let scan: Scan
    private let filter: FilterConditions?
    private let projection: Projection
    private let context: ExecutionContext
    private let types: [ColumnType]
    private var result: Values?

    init(
        _ scan: Scan,
        _ filter: FilterConditions?,
        _ projection: Projection,
        types: [ColumnType],
        _ context: ExecutionContext
    ) {
        self.scan = scan
        self.filter = filter
        self.projection = projection
        self.types = types
        self.context = context
    }

    /// Rows in which to look for the first match of a condition; then ever more, as it seems to be rare.
    private static let firstWindowRows = 64

    func next() throws(QueryError) -> RecordBatch? {
        if result == nil { result = Values(try read()) }
        return try result?.next()
    }

    private func read() throws(QueryError) -> RecordBatch {
        // One row a series, then by (time, series): the order in which rows come without ORDER BY.
        let buffer = RowBuffer([.timestamp] + types, context)
        let timeColumn = scan.plan.table.timeColumn
        for index in scan.series.indices {
            guard let row = try lastRow(index) else { continue }
            let time = try row.vector(timeColumn)
            let columns = try projection.apply(row).columns
            try buffer.append(RecordBatch(columns: [time] + columns, rowCount: 1))
        }
        let count = buffer.count
        let vectors = buffer.take()
        let order = buffer.order(of: vectors, count: count, by: [SortTerm(column: 0, isDescending: false)])
        return order.withUnsafeBufferPointer { rows in
            RecordBatch(columns: vectors.dropFirst().map { $0.gather(rows) }, rowCount: count)
        }
    }

    private func lastRow(_ series: Int) throws(QueryError) -> RowBatch? {
        var windowRows = filter == nil ? 1 : Self.firstWindowRows
        let reader = scan.open(series, windowRows: nil)
        while let slice = try reader.next() {
            var rest = 0..<slice.rowCount
            while !rest.isEmpty {
                try context.checkpoint()
                let window = max(rest.lowerBound, rest.upperBound - windowRows)..<rest.upperBound
                rest = rest.lowerBound..<window.lowerBound
                let batch = slice.narrowed(to: .range(window))
                let selected = try filter?.apply(batch) ?? batch
                if selected.rowCount > 0 { return selected.row(selected.rowCount - 1) }
                windowRows = min(windowRows * 4, ExecutionLimits.batchRowsMax)
            }
        }
        return nil
    }
}

extension RowBatch {
    /// One of the rows.
    func row(_ index: Int) -> RowBatch {
        switch selection {
        case .range(let range):
            let row = range.lowerBound + index
            return narrowed(to: .range(row..<row + 1))
        case .rows(let rows):
            let row = Int(rows[index])
            return narrowed(to: .range(row..<row + 1))
        }
    }
}
