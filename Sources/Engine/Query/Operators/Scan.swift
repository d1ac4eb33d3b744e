import Columnar
import QueryLang

/// What to read of a table.
struct ScanPlan: Sendable {
    var table: TableSchema
    var times: [TimeRange] = [.all]
    var series = Pushdown.ScanSeries.all
    /// Indices of the columns that anything asks for, ascending.
    var columns: [Int]
    /// False reads from the last slice to the first.
    var isForward = true
    /// Conditions that may rule out a slice by its statistics.
    var slicePredicates: [SlicePredicate] = []
    /// Functions of the book for which its events are replayed; each is a column behind those of the stored table.
    var book: [BookCall] = []
    /// The times over which functions of the book are estimated: those of the SELECT's own WHERE, whatever is asked for of its
    /// answer.
    var estimated: [TimeRange] = [.all]
    /// Of a replayed book: events up to this one were taken before; what follows them is given, whatever its time.
    var takenSeq: Int64?
}

/// The rows of a table: finds the series and opens them one by one.
final class Scan: Relation {
    /// Where the rows of a series are: a scan per time range, in the order of reading.
    struct Place: Sendable {
        let scan: any TableScan
        let index: Int
    }

    let plan: ScanPlan
    let series: [String]
    fileprivate let places: [[Place]]
    fileprivate let context: ExecutionContext

    init(_ plan: ScanPlan, _ snapshot: any TableSnapshot, _ context: ExecutionContext) throws(QueryError) {
        self.plan = plan
        self.context = context
        let times = plan.isForward ? plan.times : plan.times.reversed()
        if times.count == 1 {
            let scan = try Self.scan(plan, times[0], snapshot)
            self.series = scan.series
            self.places = scan.series.indices.map { [Place(scan: scan, index: $0)] }
            return
        }
        var found: [TextBytes: [Place]] = [:]
        for time in times {
            try context.checkpoint()
            let scan = try Self.scan(plan, time, snapshot)
            for (index, name) in scan.series.enumerated() {
                found[TextBytes(name), default: []].append(Place(scan: scan, index: index))
            }
        }
        let sorted = found.sorted { OrderedText($0.key.text) < OrderedText($1.key.text) }
        self.series = sorted.map(\.key.text)
        self.places = sorted.map(\.value)
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

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        SeriesReader(SliceReader(self, index), self, rowsMax: rowsMax)
    }

    func parts(of index: Int, count: Int) throws(QueryError) -> [RelationPart] {
        guard count > 1 else {
            return [
                RelationPart { [self] worker, rowsMax throws(QueryError) in
                    try open(index, worker, rowsMax: rowsMax)
                }
            ]
        }
        var reader = SliceReader(self, index)
        var slices: [any SeriesSlice] = []
        while let slice = try reader.next() { slices.append(slice) }
        let length = max(1, (slices.count + count - 1) / count)
        return stride(from: 0, to: slices.count, by: length).map { start in
            let part = Array(slices[start..<min(start + length, slices.count)])
            return RelationPart { [self] _, rowsMax throws(QueryError) in
                SeriesReader(SliceReader(self, index, part), self, rowsMax: rowsMax)
            }
        }
    }
}

/// Gives the slices of one series that statistics do not rule out.
struct SliceReader {
    private let scan: Scan
    private let index: Int
    private var place = 0
    private var cursor: (any SliceCursor)?
    /// Slices that were found before; then nothing else is read.
    private let known: [any SeriesSlice]?
    private var position = 0

    init(_ scan: Scan, _ index: Int) {
        self.scan = scan
        self.index = index
        self.known = nil
    }

    init(_ scan: Scan, _ index: Int, _ slices: [any SeriesSlice]) {
        self.scan = scan
        self.index = index
        self.known = slices
    }

    mutating func next() throws(QueryError) -> (any SeriesSlice)? {
        let context = scan.context
        if let known {
            try context.checkpoint()
            guard position < known.count else { return nil }
            position += 1
            return known[position - 1]
        }
        while true {
            try context.checkpoint()
            guard let slice = try nextAny() else { return nil }
            if context.options.usesStatistics, scan.plan.slicePredicates.contains(where: { $0.excludes(slice) }) {
                context.counters.addSkippedSlice()
                continue
            }
            context.counters.addSlice(rows: slice.count)
            return slice
        }
    }

    /// Many slices as one, of which statistics are known.
    mutating func peekSummary() throws(QueryError) -> (any SeriesSlice)? {
        guard known == nil, scan.context.options.answersFromStatistics else { return nil }
        try scan.context.checkpoint()
        do throws(TableError) {
            let places = scan.places[index]
            guard place < places.count else { return nil }
            if cursor == nil { cursor = try places[place].scan.open(series: places[place].index) }
            return try cursor?.peekSummary()
        } catch {
            throw QueryError(error)
        }
    }

    mutating func skipSummary() { cursor?.skipSummary() }

    private mutating func nextAny() throws(QueryError) -> (any SeriesSlice)? {
        let places = scan.places[index]
        do throws(TableError) {
            while place < places.count {
                if cursor == nil { cursor = try places[place].scan.open(series: places[place].index) }
                if let slice = try cursor?.next() { return slice }
                if scan.context.options.isFollowing { return nil }
                cursor = nil
                place += 1
            }
            return nil
        } catch {
            throw QueryError(error)
        }
    }
}

/// Reads the slices of one series, in windows.
final class SeriesReader: RowSource {
    private var slices: SliceReader
    private let plan: ScanPlan
    private let hasStatistics: Bool
    private let hasPlainDoubles: Bool
    private let rowsMax: Int?
    /// The slice that is being handed out, and its rows that were not yet.
    private var current: LazySlice?
    private var rest = 0..<0

    init(_ slices: SliceReader, _ scan: Scan, rowsMax: Int?) {
        self.slices = slices
        self.plan = scan.plan
        self.hasStatistics = scan.context.options.answersFromStatistics
        self.hasPlainDoubles = scan.context.options.isOrdered && scan.plan.table.mayChangeForms
        self.rowsMax = rowsMax
    }

    func next() throws(QueryError) -> RowBatch? {
        guard let current = try load() else { return nil }
        let count = min(rest.count, rowsMax ?? rest.count)
        let window: Range<Int>
        if plan.isForward {
            window = rest.lowerBound..<rest.lowerBound + count
            rest = window.upperBound..<rest.upperBound
        } else {
            window = rest.upperBound - count..<rest.upperBound
            rest = rest.lowerBound..<window.lowerBound
        }
        return RowBatch(current, .range(window))
    }

    func peekTime() throws(QueryError) -> Int64? { try load()?.slice.firstTime }

    func peekSummary() throws(QueryError) -> RowBatch? {
        guard rest.isEmpty, let summary = try slices.peekSummary() else { return nil }
        return RowBatch(LazySlice(summary, plan, hasStatistics: hasStatistics, hasPlainDoubles: hasPlainDoubles))
    }

    func skipSummary() { slices.skipSummary() }

    /// The slice with rows that were not handed out.
    private func load() throws(QueryError) -> LazySlice? {
        if rest.isEmpty {
            guard let slice = try slices.next() else { return nil }
            current = LazySlice(slice, plan, hasStatistics: hasStatistics, hasPlainDoubles: hasPlainDoubles)
            rest = 0..<slice.count
        }
        return current
    }
}
