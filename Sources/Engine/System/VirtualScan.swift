import Columnar

/// The rows of a virtual table, made when they are asked for: one series, one slice.
struct VirtualScan: TableScan {
    private let slice: VirtualSlice?
    let series: [String]

    init(_ table: any VirtualTable, _ request: ScanRequest, _ snapshot: any TableSnapshot) throws(TableError) {
        let schema = table.schema
        let isAsked = request.time.contains(TableSchema.arrivalTime)
        let rows = isAsked ? try table.rows(snapshot) : []
        guard !rows.isEmpty else {
            slice = nil
            series = []
            return
        }
        let builders = schema.columns.map { VectorBuilder($0.type) }
        let visible = schema.visibleColumns
        builders[schema.timeColumn].append(.timestamp(TableSchema.arrivalTime), count: rows.count)
        for row in rows {
            guard row.count == visible.count else {
                throw TableError(.invalid, "BUG: a row of '\(schema.name)' has \(row.count) values")
            }
            for (column, value) in zip(visible, row) { builders[column].append(value) }
        }
        slice = VirtualSlice(count: rows.count, vectors: builders.map { $0.take() })
        series = [""]
    }

    func open(series index: Int) throws(TableError) -> any SliceCursor { VirtualCursor(slice: slice) }
}

private struct VirtualCursor: SliceCursor {
    var slice: VirtualSlice?

    mutating func next() throws(TableError) -> (any SeriesSlice)? {
        defer { slice = nil }
        return slice
    }
}

private struct VirtualSlice: SeriesSlice {
    let count: Int
    let vectors: [Vector]

    var firstTime: Int64 { TableSchema.arrivalTime }
    var lastTime: Int64 { TableSchema.arrivalTime }

    func vector(column: Int) throws(TableError) -> Vector { vectors[column] }
    func statistics(column: Int) -> ColumnStatistics? { nil }
}
