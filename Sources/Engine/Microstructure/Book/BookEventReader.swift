import Columnar
import Market
import QueryLang

/// Reads the stored rows of one book and gives its events in the order of `seq`, in which the live runtime took them.
///
/// Rows lie by time. An event waits until one is read that is later by more than ``BookAnchor/disorderMax``; of those that
/// wait the one with the least `seq` comes first.
struct BookEventReader {
    private let table: TableSchema
    private let columns: BookTable
    private let context: ExecutionContext
    private var cursor: any SliceCursor
    private var isAtEnd = false
    /// The event whose rows are being read: its last ones may be in the next slice.
    private var open: BookEvent?
    /// Events by `seq`, those before `firstWaiting` given away.
    private var waiting: [BookEvent] = []
    private var firstWaiting = 0
    /// Events in the order in which they are given.
    private var ready: [BookEvent] = []
    private var firstReady = 0
    private var heldBytes = 0

    init(
        _ scan: any TableScan,
        _ series: Int,
        _ table: TableSchema,
        _ columns: BookTable,
        _ context: ExecutionContext
    ) throws(QueryError) {
        self.table = table
        self.columns = columns
        self.context = context
        self.cursor = try BookAnchor.reading { () throws(TableError) in try scan.open(series: series) }
    }

    /// The next event; nil after the last.
    mutating func next() throws(QueryError) -> BookEvent? {
        while firstReady == ready.count {
            ready.removeAll(keepingCapacity: true)
            firstReady = 0
            guard !isAtEnd else {
                try context.hold(bytes: -heldBytes)
                heldBytes = 0
                return nil
            }
            guard try readSlice() else { return nil }
        }
        let event = ready[firstReady]
        // The levels are freed with the event that was given away, not with the batch.
        ready[firstReady].levels = []
        ready[firstReady].keyframe = nil
        firstReady += 1
        return event
    }

    /// Gives back what is accounted for, when no more events will be asked for.
    mutating func close() throws(QueryError) {
        try context.hold(bytes: -heldBytes)
        heldBytes = 0
        isAtEnd = true
        ready = []
        firstReady = 0
    }

    /// Reads rows, or notes that they have ended; false if there are none for now.
    private mutating func readSlice() throws(QueryError) -> Bool {
        try context.checkpoint()
        guard let slice = try readNext() else {
            // What is followed comes in whole batches, so that all of an event is there.
            isAtEnd = !context.options.isFollowing
            try finishOpen()
            release(before: .max, all: true)
            return isAtEnd || !ready.isEmpty
        }
        context.counters.addSlice(rows: slice.count)
        let rows = try BookSlice(slice, table, columns)
        var row = 0
        while row < rows.count {
            let end = rows.end(of: row)
            try take(rows, row..<end)
            row = end
        }
        let bytes = waiting[firstWaiting...].reduce(0) { $0 + $1.byteCount } + ready.reduce(0) { $0 + $1.byteCount }
        try context.hold(bytes: bytes - heldBytes)
        heldBytes = bytes
        return true
    }

    private mutating func readNext() throws(QueryError) -> (any SeriesSlice)? {
        do throws(TableError) { return try cursor.next() } catch { throw QueryError(error) }
    }

    /// Takes rows of one event and one kind.
    private mutating func take(_ rows: BookSlice, _ range: Range<Int>) throws(QueryError) {
        let row = range.lowerBound
        guard let kind = rows.kind(row), kind != .clock else { return }
        if open.map({ $0.seq != rows.seqs[row] || $0.time != rows.times[row] }) ?? true {
            try finishOpen()
            let eventKind: BookEvent.Kind = kind == .change ? .change : kind == .keyframe ? .snapshot : .state
            open = rows.event(row, eventKind)
        }
        guard var event = open else { return }
        open = nil
        let price = max(event.priceScale, rows.priceScale)
        let size = max(event.sizeScale, rows.sizeScale)
        var part = rows.event(row, event.kind)
        rows.appendLevels(range, to: &part.levels)
        guard event.raise(priceScale: price, sizeScale: size), part.raise(priceScale: price, sizeScale: size) else {
            throw Self.tooLarge(table)
        }
        if event.kind == .change, kind == .keyframe {
            event.keyframe = (event.keyframe ?? []) + part.levels
        } else if event.levels.isEmpty {
            event.levels = part.levels
        } else {
            event.levels += part.levels
        }
        open = event
    }

    /// What is wrong when digits do not fit.
    static func tooLarge(_ table: TableSchema) -> QueryError {
        QueryError(
            .storage,
            "prices or sizes in '\(table.name)' have too many digits to be replayed together",
            hint: "narrow the time range to rows of one scale"
        )
    }

    /// Puts the event whose rows are all read among those that wait.
    private mutating func finishOpen() throws(QueryError) {
        guard let event = open else { return }
        open = nil
        let (limit, isBeforeTime) = event.time.subtractingReportingOverflow(BookAnchor.disorderMax)
        if !isBeforeTime { release(before: limit, all: false) }
        var place = waiting.count
        while place > firstWaiting, waiting[place - 1].seq > event.seq { place -= 1 }
        waiting.insert(event, at: place)
    }

    /// Gives away the first of those that wait while they are older than a time.
    private mutating func release(before time: Int64, all: Bool) {
        while firstWaiting < waiting.count, all || waiting[firstWaiting].time < time {
            ready.append(waiting[firstWaiting])
            waiting[firstWaiting].levels = []
            waiting[firstWaiting].keyframe = nil
            firstWaiting += 1
        }
        if firstWaiting >= 256, firstWaiting * 2 >= waiting.count {
            waiting.removeFirst(firstWaiting)
            firstWaiting = 0
        }
    }
}
