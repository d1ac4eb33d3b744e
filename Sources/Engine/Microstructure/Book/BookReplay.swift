import Columnar
import Market
import QueryLang

/// The events of stored books replayed: a row an event, with the functions of the book's state after it.
///
/// Each range of time is read from the last whole book before it. `time` never goes back: an event that is older than one
/// before it has that one's.
final class BookReplay: Relation {
    private let plan: ScanPlan
    private let columns: BookTable
    private let snapshot: any TableSnapshot
    private let context: ExecutionContext
    let series: [String]

    init(_ plan: ScanPlan, _ snapshot: any TableSnapshot, _ context: ExecutionContext) throws(QueryError) {
        guard let columns = BookTable(plan.table) else {
            throw QueryError(.bug, "BUG: a replay of a table without books")
        }
        self.plan = plan
        self.columns = columns
        self.snapshot = snapshot
        self.context = context
        let start = plan.times.map(\.start).min() ?? 0
        let end = plan.times.map(\.end).max() ?? 0
        // Rows that count for the range may have their own, earlier times.
        let hull = Self.widened(TimeRange(start: start, end: end))
        series = try Self.scan(plan, columns, snapshot, names: nil, hull).series
    }

    func open(_ index: Int, _ worker: Worker, rowsMax: Int?) throws(QueryError) -> any RowSource {
        BookReplayRows(self, series[index], rowsMax: rowsMax ?? context.batchRows, context)
    }

    /// A machine for the events of a range of time.
    func machine(
        _ name: String,
        _ range: TimeRange,
        _ fits: [BookFit] = []
    ) throws(QueryError) -> BookReplayMachine {
        let fromEpoch = plan.book.contains { $0.function.countsFromEpoch }
        var reading = Self.widened(range)
        var anchor: BookAnchor?
        if range.start > .min {
            let before = TimeRange(start: .min, end: reading.start)
            let scan = try Self.scan(plan, columns, snapshot, names: [name], before, isForward: false)
            if !scan.series.isEmpty {
                anchor = try BookAnchor.find(
                    scan,
                    0,
                    columns,
                    timeColumn: plan.table.timeColumn,
                    fromEpoch: fromEpoch,
                    context
                )
            }
            reading.start = anchor.map { Self.widened(TimeRange(start: $0.time, end: .max)).start } ?? .min
        }
        let scan = try Self.scan(plan, columns, snapshot, names: [name], reading)
        let reader =
            scan.series.isEmpty ? nil : try BookEventReader(scan, 0, plan.table, columns, context)
        return BookReplayMachine(reader, anchor, range, plan.table, plan.book, fits, takenSeq: plan.takenSeq)
    }

    /// Events between two looks at whether the query goes on, and at what an estimate holds.
    private static let observedEvents = 4096

    /// What calls are estimated to be over the events of a book, all of which are replayed for it; empty if no call needs it.
    fileprivate func fits(_ name: String) throws(QueryError) -> [BookFit] {
        guard plan.book.contains(where: \.function.isEstimated) else { return [] }
        var estimate = BookEstimate(plan.book)
        var held = 0
        for range in plan.estimated {
            let machine = try machine(name, range, [])
            estimate.interrupt()
            while try machine.observe(&estimate, eventsMax: Self.observedEvents) {
                try context.checkpoint()
                try context.hold(bytes: estimate.byteCount - held)
                held = estimate.byteCount
            }
        }
        let fits = estimate.fits()
        try context.hold(bytes: -held)
        return fits
    }

    fileprivate var times: [TimeRange] { plan.times }

    fileprivate func builder(_ name: String) -> BookColumns {
        BookColumns(plan.table, columns, plan.book, series: name)
    }

    private static func widened(_ range: TimeRange) -> TimeRange {
        let (start, isFirst) = range.start.subtractingReportingOverflow(BookAnchor.disorderMax)
        let (end, isLast) = range.end.addingReportingOverflow(BookAnchor.disorderMax)
        return TimeRange(start: isFirst ? .min : start, end: isLast ? .max : end)
    }

    private static func scan(
        _ plan: ScanPlan,
        _ columns: BookTable,
        _ snapshot: any TableSnapshot,
        names: [String]?,
        _ time: TimeRange,
        isForward: Bool = true
    ) throws(QueryError) -> any TableScan {
        let series: ScanRequest.Series =
            switch (names, plan.series) {
            case (let names?, _): .named(names)
            case (nil, .named(let names)): .named(names)
            case (nil, .all): .all
            }
        let read = [
            plan.table.timeColumn, columns.seq, columns.receiveTime, columns.kind, columns.side, columns.price,
            columns.size, columns.updateID, columns.state, columns.reason,
        ]
        let request = ScanRequest(
            table: plan.table.name,
            series: series,
            time: time,
            columns: read.sorted(),
            isForward: isForward
        )
        return try BookAnchor.reading { () throws(TableError) in try snapshot.scan(request) }
    }
}

/// The rows of one book.
private final class BookReplayRows: RowSource {
    private let replay: BookReplay
    private let name: String
    private let rowsMax: Int
    private let context: ExecutionContext
    private var range = 0
    private var machine: BookReplayMachine?
    /// What calls were estimated to be; nil before the first row was asked for.
    private var fits: [BookFit]?
    private var columns: BookColumns
    private var pending: RowBatch?

    init(_ replay: BookReplay, _ name: String, rowsMax: Int, _ context: ExecutionContext) {
        self.replay = replay
        self.name = name
        self.rowsMax = max(1, rowsMax)
        self.context = context
        self.columns = replay.builder(name)
    }

    func next() throws(QueryError) -> RowBatch? {
        if let batch = pending {
            pending = nil
            return batch
        }
        while true {
            try context.checkpoint()
            if machine == nil {
                guard range < replay.times.count else { return nil }
                if fits == nil { fits = try replay.fits(name) }
                machine = try replay.machine(name, replay.times[range], fits ?? [])
                range += 1
            }
            guard let machine else { return nil }
            let isMore = try machine.fill(&columns, rowsMax: rowsMax)
            if !isMore, !context.options.isFollowing { self.machine = nil }
            if columns.count > 0 { return RowBatch(columns.take(sizeScale: machine.sizeScale)) }
            if !isMore, context.options.isFollowing { return nil }
        }
    }

    func peekTime() throws(QueryError) -> Int64? {
        if pending == nil { pending = try next() }
        return try pending?.times().int64Values[0]
    }
}
