import Columnar
import QueryLang

/// How the rows of a feature view are computed: the steps of its query over the series of one or all instruments, and how
/// much must be read before a time so that the values after it are the ones that all of history would give.
struct FeatureViewPlan: Sendable {
    let view: BoundFeatureView
    /// The steps, as a relation.
    private let relation: PhysicalPlan
    /// What the windows of the whole view look back on.
    let lookback: WindowReach
    /// For each feature what its windows look back on.
    let fieldReach: [WindowReach]
    /// The instruments that the view asks for; nil for all.
    let symbols: Set<String>?
    /// Whether the events of books are replayed, for functions of their states which depend on nothing later.
    private let replaysBook: Bool
    /// The rows of a join as they come; nil if the view reads one table, or cannot be computed as events arrive.
    let joined: LiveShape.Branch?
    /// Why it cannot be computed as events arrive; nil if it can.
    let liveRefusal: QueryError?

    /// Plans a view; throws if its rows cannot be computed instrument by instrument.
    init(_ view: BoundFeatureView) throws(QueryError) {
        self.view = view
        switch PhysicalPlanner.plan(view.select, ExecutionOptions(isOrdered: true)) {
        case .merge(let relation, _), .concatenate(let relation, _): self.relation = relation
        default: throw Self.notBySeries
        }
        var reach = WindowReach()
        var isJoin = false
        try Self.walk(relation, &reach, &isJoin)
        lookback = reach
        let windows = view.select.windows.map { WindowReach(of: $0, view.select.windows) }
        fieldReach = view.select.outputs.dropFirst(view.headCount).prefix(view.fields.count).map { output in
            WindowReach.windows(in: output).reduce(WindowReach()) { $0.joined(windows[$1]) }
        }
        let scan = Self.scan(of: relation)
        // What is estimated over all that is stored is another number at each start.
        replaysBook = scan.map { !$0.book.isEmpty && !$0.book.contains(where: \.function.isEstimated) } ?? false
        symbols = if case .named(let names) = scan?.series { Set(names) } else { nil }
        var branch: LiveShape.Branch?
        var refusal: QueryError?
        if scan?.times != [.all] {
            refusal = QueryError(.semantic, "a view of a range of time is computed over history only")
        } else if isJoin {
            do throws(LiveRefusal) {
                branch = try LiveCompiler.joined(view.select)
            } catch {
                refusal = QueryError(.semantic, error.message, hint: error.hint)
            }
        }
        joined = branch
        liveRefusal = refusal
    }

    /// The scan at the bottom of steps; of a join that of its left side.
    private static func scan(of plan: PhysicalPlan) -> ScanPlan? {
        if case .scan(let scan) = plan { return scan }
        return plan.inputs.first.flatMap(scan(of:))
    }

    /// The plan of a view that can be computed as events arrive.
    init(live view: BoundFeatureView) throws(QueryError) {
        try self.init(view)
        if let liveRefusal { throw liveRefusal }
    }

    private static let notBySeries = QueryError(
        .semantic,
        "the rows of a feature view must come from one instrument each",
        hint: "join ON (symbol), and leave PARTITION BY and ORDER BY of windows out"
    )

    /// Checks the steps, and adds up what windows look back on.
    private static func walk(
        _ plan: PhysicalPlan,
        _ reach: inout WindowReach,
        _ isJoin: inout Bool
    ) throws(QueryError) {
        switch plan {
        case .scan: return
        case .filter(let input, _), .project(let input, _): try walk(input, &reach, &isJoin)
        case .seriesWindow(let input, let calls):
            try walk(input, &reach, &isJoin)
            // Rows that a condition leaves out, and events of several rows, cannot be counted in advance.
            let isPlain = if case .scan(let scan) = input { scan.book.isEmpty } else { false }
            let isRaw = isOfEvents(input)
            let own = calls.reduce(WindowReach()) { $0.joined(WindowReach(of: $1, isRaw: isRaw)) }
            reach = reach.after(own)
            if reach.rows > 0, !isPlain || reach.time > 0 { reach.isWhole = true }
        case .seriesAsof(let left, let right, _):
            isJoin = true
            try walk(left, &reach, &isJoin)
            var other = WindowReach()
            try walk(right, &other, &isJoin)
        default: throw notBySeries
        }
    }

    /// Whether columns of a step are those of events, decimals as a feed gives them, and nothing that was computed from them.
    private static func isOfEvents(_ plan: PhysicalPlan) -> Bool {
        switch plan {
        case .scan(let scan): !scan.table.mayChangeForms
        case .filter(let input, _): isOfEvents(input)
        default: false
        }
    }

    /// The steps over some instruments, from a time of the events on, up to another.
    ///
    /// - Parameter takenSeq: the event up to which those of a book were taken before; see ``ScanPlan/takenSeq``.
    func reading(
        _ series: Pushdown.ScanSeries,
        _ times: TimeRange,
        takenSeq: Int64? = nil
    ) -> PhysicalPlan {
        .concatenate(Self.narrowed(relation, series, times, takenSeq), appendsTimes: false)
    }

    /// Whether values depend on what was before the row, so that there is a state that may be worth to be written down, and
    /// whether it can be.
    var isCheckpointed: Bool {
        lookback != WindowReach() && joined == nil && liveRefusal == nil && (!view.hasBookState || replaysBook)
    }

    private static func narrowed(
        _ plan: PhysicalPlan,
        _ series: Pushdown.ScanSeries,
        _ times: TimeRange,
        _ takenSeq: Int64? = nil
    ) -> PhysicalPlan {
        func part(_ input: PhysicalPlan) -> PhysicalPlan { narrowed(input, series, times, takenSeq) }
        switch plan {
        case .scan(var scan):
            if !scan.book.isEmpty { scan.takenSeq = takenSeq }
            switch (scan.series, series) {
            case (.all, _): scan.series = series
            case (.named(let own), .named(let asked)): scan.series = .named(own.filter(asked.contains))
            case (.named, .all): break
            }
            scan.times = scan.times.compactMap { range in
                let part = TimeRange(start: max(range.start, times.start), end: min(range.end, times.end))
                return part.isEmpty ? nil : part
            }
            if scan.times.isEmpty { scan.times = [TimeRange(start: times.start, end: times.start)] }
            return .scan(scan)
        case .filter(let input, let predicate): return .filter(part(input), predicate)
        case .project(let input, let expressions): return .project(part(input), expressions)
        case .seriesWindow(let input, let calls): return .seriesWindow(part(input), calls)
        case .seriesAsof(let left, let right, let asof):
            // The last row before the range may be long before it.
            let before = TimeRange(start: .min, end: times.end)
            return .seriesAsof(narrowed(left, series, times), narrowed(right, series, before), asof)
        default: return plan
        }
    }
}

/// How far back windows look.
struct WindowReach: Sendable, Hashable {
    /// Nanoseconds.
    var time: Int64 = 0
    /// Rows before the row itself.
    var rows = 0
    /// Whether a value depends on everything before: then all of it has to be read.
    var isWhole = false

    /// Both at once.
    func joined(_ other: WindowReach) -> WindowReach {
        WindowReach(time: max(time, other.time), rows: max(rows, other.rows), isWhole: isWhole || other.isWhole)
    }

    /// One over the values of the other.
    func after(_ other: WindowReach) -> WindowReach {
        let (time, isLong) = self.time.addingReportingOverflow(other.time)
        let (rows, isFar) = self.rows.addingReportingOverflow(other.rows)
        return WindowReach(
            time: isLong ? .max : time,
            rows: isFar ? .max : rows,
            isWhole: isWhole || other.isWhole || isLong || isFar
        )
    }
}

extension WindowReach {
    /// The windows that an expression names.
    static func windows(in expression: BoundExpression) -> [Int] {
        if case .window(let index, _) = expression { return [index] }
        var found: [Int] = []
        _ = expression.mapChildren { child in
            found += windows(in: child)
            return child
        }
        return found
    }

    /// What a call looks back on, with the calls that it is computed from.
    init(of call: WindowCall, _ all: [WindowCall]) {
        self = WindowReach(of: call, isRaw: true)
        var below = WindowReach()
        for argument in call.arguments + (call.filter.map { [$0] } ?? []) {
            for index in Self.windows(in: argument) where index < all.count {
                below = below.joined(WindowReach(of: all[index], all))
            }
        }
        self = after(below)
    }

    /// What a call looks back on.
    ///
    /// - Parameter isRaw: whether columns in its arguments are those of a table or functions of the book, whose decimals have
    ///   exact sums.
    init(of call: WindowCall, isRaw: Bool) {
        self.init()
        switch call.function {
        case .lag(let offset), .difference(let offset): rows = offset
        case .firstValue, .lastValue, .nthValue, .nthPresentValue: setFrame(call.frame)
        case .aggregate(let function):
            setFrame(call.frame)
            switch function {
            case .count, .min, .max, .first, .last, .firstRow, .lastRow: break
            case .sum, .avg:
                // Sums of doubles are compensated, and what rounding leaves may depend on rows before the frame.
                let isColumn = if case .column = call.arguments.first { true } else { false }
                let isInteger = call.arguments.first?.type != .float64
                if !isInteger, !isColumn || !isRaw { isWhole = true }
            default: isWhole = true
            }
        case .simpleMovingAverage(let count), .exponentialMovingAverage(let count):
            rows = max(0, count - 1)
            isWhole = true
        case .rowNumber, .rank, .denseRank, .percentRank, .cumulativeDistribution, .tile, .presentLag, .lead,
            .presentLead, .cumulativeSum, .indicator:
            isWhole = true
        }
    }

    private mutating func setFrame(_ frame: WindowFrame) {
        switch (frame.unit, frame.start) {
        case (_, .unboundedPreceding): isWhole = true
        case (.rows, .preceding(let count)): rows = Int(clamping: count)
        case (.range, .preceding(let nanoseconds)): time = nanoseconds
        case (.groups, _): isWhole = true
        case (_, .currentRow), (_, .following), (_, .unboundedFollowing): break
        }
    }
}
