import Columnar
import QueryLang

/// How an aggregation finds the groups of rows.
enum GroupingStrategy: Sendable, Hashable {
    /// One group over everything, or one a bucket, over all series.
    case acrossSeries
    /// One group a series and bucket: rows of a series are sorted by time, so groups are runs of rows.
    case bySeries
    /// Any other keys: every row's key is looked up.
    case byKeys
}

/// What an aggregation computes.
struct AggregatePlan: Sendable {
    var aggregation: Aggregation
    var strategy: GroupingStrategy
    /// Groups after which nobody asks for more, if they come in order.
    var limit: Int?

    /// The aggregates without repetition, and for each call which of them it is.
    var distinctCalls: (calls: [AggregateCall], places: [Int]) {
        var calls: [AggregateCall] = []
        let places = aggregation.aggregates.map { call in
            if let place = calls.firstIndex(of: call) { return place }
            calls.append(call)
            return calls.count - 1
        }
        return (calls, places)
    }
}

/// Reduces rows to groups, slice by slice, and gives the groups by (bucket, keys).
final class Aggregate: PhysicalOperator {
    private let scan: Scan
    private let filter: FilterConditions?
    private let plan: AggregatePlan
    private let context: ExecutionContext
    private let reduction: GroupReduction
    private let results: GroupResults
    private var series = 0
    private var reader: (any RowSource)?
    private var isRead = false

    init(_ scan: Scan, _ filter: FilterConditions?, _ plan: AggregatePlan, _ context: ExecutionContext) {
        self.scan = scan
        self.filter = filter
        self.plan = plan
        self.context = context
        self.reduction = GroupReduction(plan, scan.plan.table, context)
        self.results = GroupResults(plan, context)
    }

    /// Groups that are complete before they are handed on while more are being read.
    private static let streamedGroups = 1024

    /// Whether groups come complete and in order while rows are read: one series, or no buckets within a series.
    private var isOrdered: Bool {
        switch plan.strategy {
        case .acrossSeries: scan.series.count <= 1 && plan.aggregation.sampleBy != nil
        case .bySeries: scan.series.count <= 1 || plan.aggregation.sampleBy == nil
        case .byKeys: false
        }
    }

    func next() throws(QueryError) -> RecordBatch? {
        while !isRead {
            if let batch = try nextRows() {
                try reduction.update(batch, series: scan.series[batch.series].name)
            } else {
                isRead = true
                try reduction.finish(into: results)
            }
            if isOrdered {
                if !isRead, reduction.groupCount > min(Self.streamedGroups, plan.limit ?? .max) {
                    try reduction.moveClosedGroups(to: results)
                }
                if results.count >= min(Self.streamedGroups, plan.limit ?? .max) { return try results.take() }
            }
        }
        return try results.next(isOrdered: isOrdered)
    }

    private func nextRows() throws(QueryError) -> RowBatch? {
        while true {
            if let batch = try reader?.next() { return batch }
            if reader != nil, plan.strategy == .bySeries { try reduction.finish(into: results) }
            reader = nil
            guard series < scan.series.count else { return nil }
            // Whole slices can be answered from statistics; with conditions or keys, intermediate values stay in cache.
            let isWhole = filter == nil && plan.strategy != .byKeys
            let rows = scan.open(series, windowRows: isWhole ? nil : ExecutionLimits.batchRowsMax)
            reader = filter.map { Filter(rows, $0) } ?? rows
            series += 1
        }
    }
}
