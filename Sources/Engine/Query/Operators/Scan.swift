import Columnar
import QueryLang

/// What to read of a table.
struct ScanPlan: Sendable {
    var table: TableSchema
    var times: [TimeRange]
    var series: BoundSelect.ScanSeries
    /// Indices of the columns that anything asks for, ascending.
    var columns: [Int]
    /// False reads from the last slice to the first.
    var isForward = true
    /// Conditions that may rule out a slice by its statistics.
    var slicePredicates: [SlicePredicate] = []
}

/// Finds the series and opens them one by one.
final class Scan {
    /// One series and where its rows are: a scan per time range, in the order of reading.
    struct Series {
        let name: String
        fileprivate(set) var places: [(scan: any TableScan, index: Int)]
    }

    let plan: ScanPlan
    /// In order of their names' bytes.
    let series: [Series]
    private let context: ExecutionContext

    init(_ plan: ScanPlan, _ snapshot: any TableSnapshot, _ context: ExecutionContext) throws(QueryError) {
        self.plan = plan
        self.context = context
        var found: [TextBytes: Series] = [:]
        for time in plan.isForward ? plan.times : plan.times.reversed() {
            try context.checkpoint()
            let scan = try Self.scan(plan, time, snapshot)
            for (index, name) in scan.series.enumerated() {
                found[TextBytes(name), default: Series(name: name, places: [])].places.append((scan, index))
            }
        }
        self.series = found.values.sorted { OrderedText($0.name) < OrderedText($1.name) }
    }

    private static func scan(
        _ plan: ScanPlan,
        _ time: TimeRange,
        _ snapshot: any TableSnapshot
    ) throws(QueryError) -> any TableScan {
        let series: ScanRequest.Series =
            switch plan.series {
            case .all: .all
            case .named(let names): .named(names)
            }
        do throws(TableError) {
            return try snapshot.scan(
                ScanRequest(
                    table: plan.table.name,
                    series: series,
                    time: time,
                    columns: plan.columns,
                    isForward: plan.isForward
                )
            )
        } catch {
            throw QueryError(error)
        }
    }

    /// Reads one of ``series``.
    ///
    /// - Parameters:
    ///   - index: which one.
    ///   - windowRows: rows of a batch at most; nil hands on whole slices.
    func open(_ index: Int, windowRows: Int?) -> SeriesReader {
        SeriesReader(self, index, context, windowRows: windowRows)
    }
}

/// Reads the slices of one series, in windows.
final class SeriesReader: RowSource {
    private let scan: Scan
    private let index: Int
    private let context: ExecutionContext
    private let windowRows: Int?
    private var place = 0
    private var cursor: (any SliceCursor)?
    /// The slice that is being handed out, and its rows that were not yet.
    private var current: LazySlice?
    private var rest = 0..<0

    init(_ scan: Scan, _ index: Int, _ context: ExecutionContext, windowRows: Int?) {
        self.scan = scan
        self.index = index
        self.context = context
        self.windowRows = windowRows
    }

    func next() throws(QueryError) -> RowBatch? {
        if rest.isEmpty {
            guard let slice = try nextSlice() else { return nil }
            current = LazySlice(slice, columnCount: scan.plan.table.columns.count)
            rest = 0..<slice.count
        }
        guard let current else { return nil }
        let count = min(rest.count, windowRows ?? rest.count)
        let window: Range<Int>
        if scan.plan.isForward {
            window = rest.lowerBound..<rest.lowerBound + count
            rest = window.upperBound..<rest.upperBound
        } else {
            window = rest.upperBound - count..<rest.upperBound
            rest = rest.lowerBound..<window.lowerBound
        }
        return RowBatch(current, .range(window), series: index, columnCount: scan.plan.table.columns.count)
    }

    /// A time that no row still to come is before; nil after the last row. Reads no column. Forward only.
    func peekTime() throws(QueryError) -> Int64? {
        if rest.isEmpty {
            guard let slice = try nextSlice() else { return nil }
            current = LazySlice(slice, columnCount: scan.plan.table.columns.count)
            rest = 0..<slice.count
        }
        return current?.slice.firstTime
    }

    /// The next slice that its statistics do not rule out.
    func nextSlice() throws(QueryError) -> (any SeriesSlice)? {
        while true {
            try context.checkpoint()
            guard let slice = try nextAnySlice() else { return nil }
            if scan.plan.slicePredicates.contains(where: { $0.excludes(slice) }) {
                context.statistics.slicesSkipped += 1
                continue
            }
            context.statistics.slicesScanned += 1
            context.statistics.rowsScanned += slice.count
            return slice
        }
    }

    private func nextAnySlice() throws(QueryError) -> (any SeriesSlice)? {
        let places = scan.series[index].places
        do throws(TableError) {
            while place < places.count {
                if cursor == nil { cursor = try places[place].scan.open(series: places[place].index) }
                if let slice = try cursor?.next() { return slice }
                cursor = nil
                place += 1
            }
            return nil
        } catch {
            throw QueryError(error)
        }
    }
}
