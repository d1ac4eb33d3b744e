import Columnar
import QueryLang

/// A SELECT as it is answered continuously: where its rows come from, what is done to each of them, what takes them, and what
/// is done to that one's rows.
struct LiveShape: Sendable {
    /// Something that is done to rows one after the other.
    enum Step: Sendable {
        case filter(BoundExpression)
        case project([BoundExpression])
        case window([WindowCall])
    }

    /// Where rows come from.
    indirect enum Source: Sendable {
        /// A table, or the events of a book.
        case scan(ScanPlan)
        /// The rows of one side with the last ones of the other.
        case asof(Branch, Branch, AsofPlan)
    }

    /// Rows of a source after some steps.
    struct Branch: Sendable {
        var source: Source
        var steps: [Step]
        /// What the rows look like after the steps.
        var shape: PlanShape
    }

    /// What takes the rows.
    enum Sink: Sendable {
        /// They are the answer.
        case rows
        /// The last one of each combination of values in some columns.
        case latest(keys: [Int])
        /// Groups.
        case aggregate(AggregatePlan)
    }

    var rows: Branch
    var sink: Sink
    /// Done to the rows of the sink.
    var post: [Step]
    /// The plan without ORDER BY: what history is asked.
    var plan: LogicalPlan
    var columns: [ResultColumn]
    /// The columns of the answer that are keys, in the order of the sink's keys.
    var keyColumns: [Int]
    var isAppending: Bool
}

extension LiveShape.Branch {
    /// The scan whose rows drive the branch: the left side's of a join.
    var scan: ScanPlan {
        switch source {
        case .scan(let scan): scan
        case .asof(let left, _, _): left.scan
        }
    }

    /// All scans.
    var scans: [ScanPlan] {
        switch source {
        case .scan(let scan): [scan]
        case .asof(let left, let right, _): left.scans + right.scans
        }
    }

    /// The same rows of some times and series only.
    func restricted(times: [TimeRange], series: Pushdown.ScanSeries) -> LiveShape.Branch {
        var branch = self
        switch source {
        case .scan(var scan):
            scan.times = times
            scan.series = series
            branch.source = .scan(scan)
        case .asof(let left, let right, let plan):
            branch.source = .asof(left.restricted(times: times, series: series), right, plan)
        }
        return branch
    }

    /// Where the first window stands among the steps; their number if there is none.
    var firstWindow: Int {
        steps.firstIndex { if case .window = $0 { true } else { false } } ?? steps.count
    }

    /// Whether what becomes of a row depends on rows before it.
    var isStateful: Bool {
        if firstWindow < steps.count { return true }
        switch source {
        case .scan(let scan): return !scan.book.isEmpty
        case .asof: return true
        }
    }

    /// Whether history has to go through the feed, which learns from it what rows to come depend on.
    var isFed: Bool {
        if case .scan(let scan) = source, !scan.book.isEmpty { return true }
        return firstWindow < steps.count
    }

    /// Whether all rows are of one series.
    var isOneSeries: Bool { scan.table.seriesColumn == nil || scan.series.isSingle }

    /// Whether rows of the table that drives it may be replaced by later ones.
    var replaces: Bool { scan.table.replacesRows }
}

extension TableSchema {
    /// The columns that tell a row from all others, where rows are replaced.
    var keyColumns: [Int] { [timeColumn] + (seriesColumn.map { [$0] } ?? []) + (dedupColumns ?? []) }

    /// Whether a row takes the place of an earlier one of the same time and keys.
    var replacesRows: Bool {
        if dedupColumns != nil { return true }
        if case .regular = kind { return true }
        return false
    }
}

extension Pushdown.ScanSeries {
    /// Whether a series is read.
    func contains(_ name: String) -> Bool {
        switch self {
        case .all: true
        case .named(let names): names.contains(name)
        }
    }

    /// Whether there is but one.
    var isSingle: Bool {
        if case .named(let names) = self { names.count <= 1 } else { false }
    }
}
