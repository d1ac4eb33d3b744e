import Columnar
import Market
import QueryLang

/// Takes the events of one book in their order, and gives the rows of those that lie in a range of time.
final class BookReplayMachine {
    private var reader: BookEventReader?
    /// The event to begin with; nil once it was met, or if the first one will do.
    private var anchor: BookAnchor?
    private let range: TimeRange
    private let table: TableSchema
    private let calls: [BookCall]
    /// Events up to this one only bring the book to where it was; nil if the times alone say which ones count.
    private var takenSeq: Int64?

    private var followed = FollowedBook()
    private var measures: BookMeasures
    private var hasBegun = false
    private var priceScale = 0
    private(set) var sizeScale = 0
    /// The greatest time so far.
    private var time = Int64.min
    private var row: [BookValue] = []
    /// An event that was read and has to wait for a batch of its own scale.
    private var waiting: BookEvent?

    init(
        _ reader: BookEventReader?,
        _ anchor: BookAnchor?,
        _ range: TimeRange,
        _ table: TableSchema,
        _ calls: [BookCall],
        _ fits: [BookFit] = [],
        takenSeq: Int64? = nil
    ) {
        self.takenSeq = takenSeq
        self.reader = reader
        self.anchor = anchor
        self.range = range
        self.table = table
        self.calls = calls
        self.measures = BookMeasures(calls, fits, priceScale: 0, sizeScale: 0)
    }

    /// Appends rows until there are `rowsMax`; false after the last event.
    func fill(_ columns: inout BookColumns, rowsMax: Int) throws(QueryError) -> Bool {
        while columns.count < rowsMax {
            // The mantissas of a batch are of one scale.
            switch try step(mayRaise: columns.count == 0) {
            case .taken(let event):
                measures.values(followed.book, state: followed.shownState, into: &row)
                columns.append(event, time: time, state: followed.shownState, row)
            case .passed: continue
            case .waits: return true
            case .end: return false
            }
        }
        return true
    }

    /// Shows events of the range to an estimate, at most so many; false after the last event.
    func observe(_ estimate: inout BookEstimate, eventsMax: Int) throws(QueryError) -> Bool {
        for _ in 0..<eventsMax {
            switch try step(mayRaise: true) {
            case .taken: measures.observe(followed.book, state: followed.shownState, into: &estimate)
            case .passed: continue
            case .waits, .end: return false
            }
        }
        return true
    }

    /// What came of the next event.
    private enum Step {
        /// It was taken, and lies in the range.
        case taken(BookEvent)
        /// It comes before the range.
        case passed
        /// It has more digits than may be added now.
        case waits
        /// There is none in the range any more.
        case end
    }

    private func step(mayRaise: Bool) throws(QueryError) -> Step {
        guard var event = try nextEvent() else { return .end }
        if let start = anchor {
            guard event.seq == start.seq, event.time == start.time else { return .passed }
            anchor = nil
        }
        if event.priceScale > priceScale || event.sizeScale > sizeScale {
            guard mayRaise else {
                waiting = event
                return .waits
            }
            try raise(priceScale: max(priceScale, event.priceScale), sizeScale: max(sizeScale, event.sizeScale))
        }
        guard event.raise(priceScale: priceScale, sizeScale: sizeScale) else {
            throw BookEventReader.tooLarge(table)
        }
        time = max(time, event.time)
        guard time < range.end || range.end == .max else {
            try reader?.close()
            return .end
        }
        take(event)
        if let taken = takenSeq {
            guard event.seq > taken else { return .passed }
            // What comes from now on is new.
            takenSeq = .min
            return .taken(event)
        }
        return range.contains(time) ? .taken(event) : .passed
    }

    /// Goes on with the events of another reader: those that came after all so far.
    func resume(_ reader: BookEventReader) {
        self.reader = reader
        anchor = nil
    }

    private func nextEvent() throws(QueryError) -> BookEvent? {
        if let event = waiting {
            waiting = nil
            return event
        }
        return try reader?.next()
    }

    private func take(_ event: BookEvent) {
        measures.begin(time: time)
        if !hasBegun { begin(with: event) }
        switch event.kind {
        case .change: change(event)
        case .snapshot:
            if event.levels.withUnsafeBufferPointer({ followed.replace($0, updateID: event.updateID) }) == .replaced {
                measures.restart()
            }
        case .state: become(event)
        }
    }

    /// The first event tells what the book was when it came.
    private func begin(with event: BookEvent) {
        hasBegun = true
        guard event.kind != .state else { return }
        followed = FollowedBook(feedState: event.state == .crossed ? .live : event.state)
    }

    private func change(_ event: BookEvent) {
        if followed.feedState == .live { measures.willChange(followed.book, event.levels) }
        let effect = event.levels.withUnsafeBufferPointer { followed.change($0, updateID: event.updateID) }
        if let whole = event.keyframe {
            whole.withUnsafeBufferPointer { followed.restore($0, updateID: event.updateID) }
        }
        if effect == .changed { measures.didChange(followed.book) }
    }

    private func become(_ event: BookEvent) {
        // What was true of the live book stands until another is live.
        if event.state == .stale, followed.feedState == .live { measures.keep(followed.book) }
        if case .becameLive = followed.become(event.state) { measures.restart() }
    }

    /// Digits are added to prices and sizes: everything so far is brought to them.
    private func raise(priceScale: Int, sizeScale: Int) throws(QueryError) {
        guard let price = ExactDecimal.power(priceScale - self.priceScale),
            let size = ExactDecimal.power(sizeScale - self.sizeScale),
            let raised = measures.raised(price: price, size: size, priceScale: priceScale, sizeScale: sizeScale),
            followed.raise(price: price, size: size)
        else { throw BookEventReader.tooLarge(table) }
        measures = raised
        self.priceScale = priceScale
        self.sizeScale = sizeScale
    }
}
