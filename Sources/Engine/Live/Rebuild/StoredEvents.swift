import Columnar
import Market
import QueryLang

/// The events of one instrument as they were stored: what the live runtime took, in its order.
///
/// Quotes and clock events are read for their times alone, which move the watermark.
struct StoredEvents {
    /// An event with its levels.
    struct Step {
        var event: MarketEvent
        var levels: [LevelChange] = []
    }

    /// What came of reading.
    enum Outcome {
        case whole(StoredEvents)
        /// The last ones are not there yet: a feed's rows are visible a moment after its updates.
        case short
        /// Some are missing, or there are more than may be read.
        case broken
    }

    /// The whole book after the event of the checkpoint, and its update id.
    var book: [LevelChange] = []
    var bookUpdateID: Int64 = 0
    /// The events after it.
    var steps: [Step] = []

    /// Reads the events after a checkpoint, up to that of `last`.
    static func read(
        _ snapshot: any TableSnapshot,
        _ id: InstrumentID,
        _ instrument: Instrument,
        from checkpoint: InstrumentCheckpoint,
        through last: Int64,
        eventsMax: Int,
        _ context: ExecutionContext
    ) throws(QueryError) -> Outcome {
        var reading = Reading(snapshot, id, instrument, checkpoint, last, context)
        try reading.readBook()
        guard reading.hasBook, reading.events.steps.count <= eventsMax else { return .broken }
        try reading.readTrades()
        try reading.readTimes(of: MarketTables.quotes, kind: nil)
        try reading.readTimes(of: MarketTables.book, kind: .clock)
        var events = reading.events
        guard events.steps.count <= eventsMax else { return .broken }
        events.steps.sort { $0.event.seq < $1.event.seq }
        var seq = checkpoint.seq
        for step in events.steps {
            seq += 1
            guard step.event.seq == seq else { return .broken }
        }
        return seq == last ? .whole(events) : .short
    }
}

/// Reading the tables of one instrument.
private struct Reading {
    var events = StoredEvents()
    var hasBook = false

    private let snapshot: any TableSnapshot
    private let id: InstrumentID
    private let instrument: Instrument
    private let checkpoint: InstrumentCheckpoint
    private let last: Int64
    private let context: ExecutionContext

    init(
        _ snapshot: any TableSnapshot,
        _ id: InstrumentID,
        _ instrument: Instrument,
        _ checkpoint: InstrumentCheckpoint,
        _ last: Int64,
        _ context: ExecutionContext
    ) {
        self.snapshot = snapshot
        self.id = id
        self.instrument = instrument
        self.checkpoint = checkpoint
        self.last = last
        self.context = context
    }

    /// Rows of later events may have earlier times.
    private var range: TimeRange {
        let (start, isFirst) = checkpoint.time.subtractingReportingOverflow(BookAnchor.disorderMax)
        return TimeRange(start: isFirst ? .min : start, end: .max)
    }

    private func isWanted(_ seq: Int64) -> Bool { seq > checkpoint.seq && seq <= last }

    private func event(_ kind: MarketEvent.Kind, _ seq: Int64, _ time: Int64, _ receiveTime: Int64) -> MarketEvent {
        var event = MarketEvent(kind: kind, instrument: id, time: time, receiveTime: receiveTime)
        event.seq = seq
        return event
    }

    // MARK: - Books

    mutating func readBook() throws(QueryError) {
        guard let schema = snapshot.catalog.schema(named: MarketTables.book), let columns = BookTable(schema) else {
            return
        }
        let read = [
            schema.timeColumn, columns.seq, columns.receiveTime, columns.kind, columns.side, columns.price,
            columns.size, columns.updateID, columns.state, columns.reason,
        ]
        guard let scan = try scan(schema, read) else { return }
        var reader = try BookEventReader(scan, 0, schema, columns, context)
        while var stored = try reader.next() {
            guard stored.seq >= checkpoint.seq else { continue }
            guard stored.seq <= last else { break }
            guard stored.raise(priceScale: instrument.priceScale, sizeScale: instrument.sizeScale) else { return }
            if stored.seq == checkpoint.seq { begin(with: stored) } else { append(stored) }
        }
        try reader.close()
    }

    private mutating func begin(with stored: BookEvent) {
        guard let book = stored.kind == .snapshot ? stored.levels : stored.keyframe else { return }
        events.book = book
        events.bookUpdateID = stored.updateID
        hasBook = true
    }

    private mutating func append(_ stored: BookEvent) {
        let kind: MarketEvent.Kind =
            switch stored.kind {
            case .change: .depth
            case .snapshot: .snapshot
            case .state: .state
            }
        var event = self.event(kind, stored.seq, stored.time, stored.receiveTime)
        event.id = stored.updateID
        event.state = stored.state
        event.reason = stored.reason ?? .start
        events.steps.append(StoredEvents.Step(event: event, levels: stored.levels))
    }

    // MARK: - Trades, quotes and clocks

    mutating func readTrades() throws(QueryError) {
        try read(MarketTables.trades, ["side", "price", "size"]) { slice, rows, reading throws(QueryError) in
            let vectors = slice.vectors
            let sides = CodedWords(vectors[0], ["buy", "sell"])
            guard let prices = DecimalMantissas(vectors[1]), let sizes = DecimalMantissas(vectors[2]),
                let price = ExactDecimal.power(reading.instrument.priceScale - prices.scale),
                let size = ExactDecimal.power(reading.instrument.sizeScale - sizes.scale)
            else { throw QueryError(.storage, "a trade's price or size is no decimal of its instrument") }
            for row in rows {
                guard let side = sides[row].flatMap(Side.init) else { continue }
                var event = reading.event(.trade, slice.seqs[row], slice.times[row], slice.receiveTimes[row])
                event.side = side
                event.price = prices.values[row] &* price
                event.size = sizes.values[row] &* size
                reading.events.steps.append(StoredEvents.Step(event: event))
            }
        }
    }

    /// Reads events that do nothing but advance time: all rows, or those of a kind of the book's.
    mutating func readTimes(of table: String, kind: BookSlice.Kind?) throws(QueryError) {
        try read(table, kind == nil ? [] : ["kind"]) { slice, rows, reading throws(QueryError) in
            let kinds = kind == nil ? nil : CodedWords(slice.vectors[0], CodedWords.kinds)
            for row in rows {
                if let kind, kinds?[row] != kind.rawValue { continue }
                let event = reading.event(.clock, slice.seqs[row], slice.times[row], slice.receiveTimes[row])
                reading.events.steps.append(StoredEvents.Step(event: event))
            }
        }
    }

    /// Columns of a slice that every table of events has, and those that were asked for.
    private struct Slice {
        var times: Buffer<Int64>
        var seqs: Buffer<Int64>
        var receiveTimes: Buffer<Int64>
        var vectors: [Vector]
    }

    private mutating func read(
        _ table: String,
        _ names: [String],
        _ take: (Slice, [Int], inout Reading) throws(QueryError) -> Void
    ) throws(QueryError) {
        guard let schema = snapshot.catalog.schema(named: table) else { return }
        let columns = (["seq", "receive_time"] + names).compactMap { name in
            schema.columns.firstIndex { $0.name == name }
        }
        guard columns.count == names.count + 2, let scan = try scan(schema, [schema.timeColumn] + columns) else {
            return
        }
        var cursor = try BookAnchor.reading { () throws(TableError) in try scan.open(series: 0) }
        while let slice = try BookAnchor.reading({ () throws(TableError) in try cursor.next() }) {
            try context.checkpoint()
            let part = try BookAnchor.reading { () throws(TableError) -> Slice in
                var vectors: [Vector] = []
                for column in columns { vectors.append(try slice.vector(column: column)) }
                return Slice(
                    times: try slice.vector(column: schema.timeColumn).int64Values,
                    seqs: vectors[0].int64Values,
                    receiveTimes: vectors[1].int64Values,
                    vectors: Array(vectors.dropFirst(2))
                )
            }
            let rows = (0..<slice.count).filter { isWanted(part.seqs[$0]) }
            try context.hold(bytes: rows.count * MemoryLayout<StoredEvents.Step>.stride)
            if !rows.isEmpty { try take(part, rows, &self) }
        }
    }

    private func scan(_ schema: TableSchema, _ columns: [Int]) throws(QueryError) -> (any TableScan)? {
        let request = ScanRequest(
            table: schema.name,
            series: .named([instrument.name]),
            time: range,
            columns: columns.sorted()
        )
        let scan = try BookAnchor.reading { () throws(TableError) in try snapshot.scan(request) }
        return scan.series.isEmpty ? nil : scan
    }
}
