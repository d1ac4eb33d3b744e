import Columnar
import QueryLang

/// What a committed batch holds for a live plan.
struct LiveInput {
    /// Rows of one series.
    struct Series {
        let name: String
        /// The rows of the table by time; of those that replace each other the last one.
        let raw: RowBatch
        /// What became of the rows.
        var rows: [RowBatch]
        /// The times of all rows, whatever became of them; ascending.
        let times: Buffer<Int64>
        /// The greatest time of the series before them; nil if there was none.
        let lastTime: Int64?
    }

    var series: [Series] = []
    /// How far time has come for series: rows of any table of the market tell it.
    var clocks: [(series: String, time: Int64)] = []
    /// The greatest time of the rows.
    var exchangeTime = Int64.min
    /// The greatest time at which one was received; 0 if that is not known.
    var receiveTime: Int64 = 0
    /// Whether rows came too late for what depends on their order: then the plan starts again.
    var needsRestart = false
}

/// Takes committed batches and gives the rows that a live plan's sink takes. Belongs to the live thread.
final class LiveFeed {
    private let branch: LiveShape.Branch
    private let chain: LiveChain
    private let asof: LiveAsof?
    private let book: LiveBook?
    private let context: ExecutionContext
    /// What every batch is looked at by.
    private let scan: ScanPlan
    private let series: Set<String>?
    private let replaces: Bool
    /// Whether a row that is older than one before it of its series makes the plan start again.
    private let restartsWhenLate: Bool
    /// The greatest time of each series so far.
    private var lastTimes = LiveTimes()

    init(_ branch: LiveShape.Branch, _ context: ExecutionContext) {
        self.branch = branch
        self.context = context
        self.scan = branch.scan
        self.series = branch.scan.series.names
        self.replaces = branch.replaces
        self.chain = LiveChain(branch.steps, context)
        switch branch.source {
        case .asof(let left, let right, let plan): (asof, book) = (LiveAsof(left, right, plan, context), nil)
        case .scan(let scan): (asof, book) = (nil, scan.book.isEmpty ? nil : LiveBook(scan, context))
        }
        self.restartsWhenLate = book == nil && branch.firstWindow < branch.steps.count
    }

    // MARK: History

    /// Learns how far each series is, and, with `body`, gives all rows of history: by series, or, `merged`, by time.
    func load(
        _ history: LiveHistory,
        _ rows: LiveShape.Branch,
        merged: Bool,
        _ body: ((RowBatch, String) throws(QueryError) -> Void)?
    ) throws(QueryError) {
        if let book { return try load(book, history, rows, merged: merged, body) }
        lastTimes = LiveTimes(try history.lastTimes(scan))
        try asof?.load(history)
        if restartsWhenLate {
            let first = branch.firstWindow
            try history.read(rows, merged: false) { batch, series throws(QueryError) in
                for known in try self.chain.apply(batch, series: series, from: first) { try body?(known, series) }
            }
        } else if let body {
            try history.read(rows, merged: merged, body)
        }
    }

    private func load(
        _ book: LiveBook,
        _ history: LiveHistory,
        _ rows: LiveShape.Branch,
        merged: Bool,
        _ body: ((RowBatch, String) throws(QueryError) -> Void)?
    ) throws(QueryError) {
        try book.load(history, rows.scan) { batch, series throws(QueryError) in
            if merged { return }
            for known in try self.chain.apply(batch, series: series) { try body?(known, series) }
        }
        if merged, let body { try history.read(rows, merged: true, body) }
    }

    // MARK: Live

    /// Takes a committed batch.
    ///
    /// - Parameter places: of the groups that may be for the plan; nil for all.
    func apply(_ commit: LiveCommit, _ places: [Int]?, clockTables: Set<String>) throws(QueryError) -> LiveInput {
        var input = LiveInput()
        let groups = commit.batch.groups
        try asof?.takeRight(commit)
        if let places {
            for place in places { try take(place, commit, clockTables, &input) }
        } else {
            for place in groups.indices { try take(place, commit, clockTables, &input) }
        }
        return input
    }

    private func take(
        _ place: Int,
        _ commit: LiveCommit,
        _ clockTables: Set<String>,
        _ input: inout LiveInput
    ) throws(QueryError) {
        let group = commit.batch.groups[place]
        guard group.rowCount > 0, series?.contains(group.series) ?? true else { return }
        if group.table == scan.table.name {
            try take(group, try commit.rows(of: place, scan.table), &input)
        } else if clockTables.contains(group.table) {
            if let time = commit.lastTime(of: place) { input.clocks.append((group.series, time)) }
        }
    }

    private func take(
        _ group: AppendGroup,
        _ rows: LiveCommit.Rows,
        _ input: inout LiveInput
    ) throws(QueryError) {
        var raw = rows.batch
        if replaces { raw = try LiveBatch.newest(raw, scan.table) }
        let times = try raw.times().int64Values
        guard let least = times.first, let greatest = times.last else { return }
        input.exchangeTime = max(input.exchangeTime, greatest)
        input.receiveTime = max(input.receiveTime, rows.receiveTime)
        if let book { return try take(group, raw, book, &input) }
        let last = lastTimes.advance(group.series, to: greatest)
        if restartsWhenLate, let last, least < last || (replaces && least == last) { input.needsRestart = true }
        let read = try LiveBatch.narrowed(raw, to: scan.times)
        var rows: [RowBatch] = []
        if read.rowCount > 0 {
            if let asof {
                let joined = try asof.join(read, series: group.series, &input)
                for batch in joined { rows += try chain.apply(batch, series: group.series) }
            } else {
                rows = try chain.apply(read, series: group.series)
            }
        }
        input.series.append(
            LiveInput.Series(name: group.series, raw: raw, rows: rows, times: times, lastTime: last)
        )
        input.clocks.append((group.series, greatest))
    }

    /// Takes events of a book: what they make of it comes by time, however late they are.
    private func take(
        _ group: AppendGroup,
        _ raw: RowBatch,
        _ book: LiveBook,
        _ input: inout LiveInput
    ) throws(QueryError) {
        input.clocks.append((group.series, input.exchangeTime))
        var rows: [RowBatch] = []
        var times: [Int64] = []
        for batch in try book.apply(group) {
            try batch.times().int64Values.withUnsafeBufferPointer { times.append(contentsOf: $0) }
            rows += try chain.apply(batch, series: group.series)
        }
        let last = lastTimes[group.series]
        if let time = times.last { lastTimes.set(group.series, time) }
        input.series.append(
            LiveInput.Series(name: group.series, raw: raw, rows: rows, times: Buffer(times), lastTime: last)
        )
    }
}

/// The greatest time of each series so far. Mostly a plan has one, which is found without a look-up.
struct LiveTimes {
    private var places: [String: Int] = [:]
    private var times: [Int64] = []
    private var last: (series: String, place: Int)?

    init(_ times: [String: Int64] = [:]) {
        for (series, time) in times { set(series, time) }
    }

    /// The time of a series; nil if it has none.
    subscript(series: String) -> Int64? { places[series].map { times[$0] } }

    /// Sets the time of a series.
    mutating func set(_ series: String, _ time: Int64) {
        if let place = places[series] {
            times[place] = time
        } else {
            places[series] = times.count
            times.append(time)
        }
    }

    /// Notes a time of a series; gives the greatest one before.
    mutating func advance(_ series: String, to time: Int64) -> Int64? {
        if last?.series != series {
            guard let place = places[series] else {
                set(series, time)
                return nil
            }
            last = (series, place)
        }
        guard let place = last?.place else { return nil }
        let before = times[place]
        times[place] = max(before, time)
        return before
    }
}
