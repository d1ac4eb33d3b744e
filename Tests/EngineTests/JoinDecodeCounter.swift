import Columnar
import Synchronization

/// Tables that tell which of their slices were decoded.
final class JoinDecodeCounter: TableSource {
    private let source: any TableSource
    private let decoded = Mutex<[String: Set<Int64>]>([:])

    init(_ source: any TableSource) { self.source = source }

    func snapshot() -> any TableSnapshot { Snapshot(snapshot: source.snapshot(), counter: self) }

    /// First times of the slices of a table of which a column was asked for, ascending.
    func slices(of table: String) -> [Int64] { decoded.withLock { ($0[table] ?? []).sorted() } }

    fileprivate func add(_ table: String, _ time: Int64) {
        decoded.withLock { _ = $0[table, default: []].insert(time) }
    }

    private struct Snapshot: TableSnapshot {
        let snapshot: any TableSnapshot
        let counter: JoinDecodeCounter
        var catalog: any CatalogReader { snapshot.catalog }
        var committed: LSN { snapshot.committed }

        func scan(_ request: ScanRequest) throws(TableError) -> any TableScan {
            Scan(scan: try snapshot.scan(request), table: request.table, counter: counter)
        }
    }

    private struct Scan: TableScan {
        let scan: any TableScan
        let table: String
        let counter: JoinDecodeCounter
        var series: [String] { scan.series }

        func open(series index: Int) throws(TableError) -> any SliceCursor {
            Cursor(cursor: try scan.open(series: index), table: table, counter: counter)
        }
    }

    private struct Cursor: SliceCursor {
        var cursor: any SliceCursor
        let table: String
        let counter: JoinDecodeCounter

        mutating func next() throws(TableError) -> (any SeriesSlice)? {
            try cursor.next().map { Slice(slice: $0, table: table, counter: counter) }
        }
    }

    private struct Slice: SeriesSlice {
        let slice: any SeriesSlice
        let table: String
        let counter: JoinDecodeCounter
        var count: Int { slice.count }
        var firstTime: Int64 { slice.firstTime }
        var lastTime: Int64 { slice.lastTime }
        func statistics(column: Int) -> ColumnStatistics? { slice.statistics(column: column) }

        func vector(column: Int) throws(TableError) -> Vector {
            counter.add(table, slice.firstTime)
            return try slice.vector(column: column)
        }
    }
}
