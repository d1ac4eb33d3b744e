import Columnar
import QueryLang

/// Moves predicates as far down as they mean the same, and turns what a scan can be told into its times and series.
struct FilterPushdown {
    static func apply(_ plan: LogicalPlan) -> LogicalPlan {
        switch plan {
        case .filter(let input, let predicate): return push(predicate, into: apply(input))
        default: return plan.mapInputs(apply)
        }
    }

    /// The plan of rows of `plan` for which the predicate is true.
    private static func push(_ predicate: BoundExpression, into plan: LogicalPlan) -> LogicalPlan {
        switch plan {
        case .scan(let scan): return push(predicate, intoScan: scan)
        case .filter(let input, let inner):
            // One filter: conditions that are cheap to refute by statistics stay together.
            return push(.binary(.and, inner, predicate, .boolean), into: input)
        case .project(let input, let expressions, let names):
            // What is put in for a column may be large, and its columns too, so that a chain of sub-queries could grow without
            // bound.
            if Self.size(predicate, expressions) > Self.sizeMax { return .filter(plan, predicate) }
            let inner = predicate.replacingColumns { index, _ in expressions[index] }
            return .project(push(inner, into: input), expressions, names: names)
        case .keep(let input, let count): return .keep(push(predicate, into: input), columns: count)
        case .sort(let input, let terms): return .sort(push(predicate, into: input), terms)
        case .timed(let input, let column): return .timed(push(predicate, into: input), column: column)
        case .distinct(let input): return .distinct(push(predicate, into: input))
        case .window(let input, let calls):
            return split(predicate, over: plan) { term in
                // Whole partitions fall out, or none of their rows.
                let columns = term.columns
                return calls.allSatisfy { call in
                    columns.allSatisfy { column in
                        call.partition.contains { if case .column(column, _) = $0 { true } else { false } }
                    }
                }
            } below: {
                .window(push($0, into: input), calls)
            }
        case .latest(let input, let keys):
            return split(predicate, over: plan) {
                $0.columns.isSubset(of: keys) && !$0.columns.isEmpty
            } below: {
                .latest(push($0, into: input), keys: keys)
            }
        case .aggregate(let input, let aggregate): return push(predicate, into: input, aggregate, plan)
        case .join(let left, let right, let join):
            return JoinPushdown(left: left, right: right, join: join).push(predicate) { push($0, into: $1) }
        case .union(let arms): return .union(arms.map { push(predicate, into: $0) })
        case .combine(let left, let right, let set): return .combine(push(predicate, into: left), right, set)
        case .limit, .values, .sequence: return .filter(plan, predicate)
        }
    }

    /// Nodes of a predicate at most that is moved below a projection: more than anybody writes.
    private static let sizeMax = 4096

    /// Nodes of a predicate after its columns were replaced; stops to count when there are too many.
    private static func size(_ predicate: BoundExpression, _ expressions: [BoundExpression]?) -> Int {
        if case .column(let index, _) = predicate { return expressions.map { size($0[index], nil) } ?? 1 }
        var count = 1
        _ = predicate.mapChildren { child in
            if count <= sizeMax { count += size(child, expressions) }
            return child
        }
        return count
    }

    private static func push(_ predicate: BoundExpression, intoScan scan: ScanPlan) -> LogicalPlan {
        var scan = scan
        let pushdown = Pushdown(predicate, table: scan.table)
        scan.times = scan.times == [.all] ? pushdown.times : intersection(scan.times, pushdown.times)
        scan.series = intersection(scan.series, pushdown.series)
        guard let residual = pushdown.residual else { return .scan(scan) }
        // Conditions on events of a book say nothing of the rows that it is rebuilt from.
        guard scan.book.isEmpty else { return .filter(.scan(scan), residual) }
        scan.slicePredicates += SlicePredicate.conditions(of: residual)
        return .filter(.scan(scan), residual)
    }

    private static func intersection(_ left: [TimeRange], _ right: [TimeRange]) -> [TimeRange] {
        left.flatMap { a in right.map { a.intersection($0) } }.filter { !$0.isEmpty }
    }

    private static func intersection(_ left: Pushdown.ScanSeries, _ right: Pushdown.ScanSeries) -> Pushdown.ScanSeries {
        switch (left, right) {
        case (.all, let other), (let other, .all): other
        case (.named(let names), .named(let others)): .named(names.filter(others.contains))
        }
    }

    /// Pushes the terms of a predicate that may go below, and filters by the rest above.
    private static func split(
        _ predicate: BoundExpression,
        over plan: LogicalPlan,
        _ mayGoBelow: (BoundExpression) -> Bool,
        below: (BoundExpression) -> LogicalPlan
    ) -> LogicalPlan {
        let terms = predicate.conjuncts
        let lower = terms.filter(mayGoBelow)
        guard let pushed = BoundExpression.conjunction(lower) else { return .filter(plan, predicate) }
        let moved = below(pushed)
        return BoundExpression.conjunction(terms.filter { !mayGoBelow($0) }).map { .filter(moved, $0) } ?? moved
    }

    /// Terms over keys go below an aggregation; of a bound on the bucket a weaker one on the time does, beside it.
    private static func push(
        _ predicate: BoundExpression,
        into input: LogicalPlan,
        _ aggregate: AggregatePlan,
        _ plan: LogicalPlan
    ) -> LogicalPlan {
        // A gap is filled from the rows beyond, and the first observation is that of all rows.
        if !(aggregate.sampling?.fills.isEmpty ?? true) || aggregate.sampling?.alignment == .firstObservation {
            return .filter(plan, predicate)
        }
        let first = aggregate.bucketColumns
        let keyColumns = Set(first..<aggregate.keyColumns)
        var lower: [BoundExpression] = []
        var upper: [BoundExpression] = []
        for term in predicate.conjuncts {
            if !term.columns.isEmpty, term.columns.isSubset(of: keyColumns) {
                lower.append(term.replacingColumns { index, _ in aggregate.keys[index - first] })
            } else {
                upper.append(term)
                // With FROM, the first bucket may have rows from before its start.
                if let sampling = aggregate.sampling, sampling.from == nil, let time = input.shape.time,
                    let implied = BucketBound.implied(by: term, step: sampling.step, time: time)
                {
                    lower.append(implied)
                }
            }
        }
        let below = BoundExpression.conjunction(lower).map { push($0, into: input) } ?? input
        let grouped = LogicalPlan.aggregate(below, aggregate)
        return BoundExpression.conjunction(upper).map { .filter(grouped, $0) } ?? grouped
    }
}

/// What a condition on the start of a bucket says of the times in it.
enum BucketBound {
    static func implied(by term: BoundExpression, step: Int64, time: Int) -> BoundExpression? {
        guard case .binary(let symbol, let left, let right, _) = term else { return nil }
        switch (left, right) {
        case (.column(0, .timestamp), .literal(.timestamp(let bound), _)):
            return implied(symbol, bound, step, time)
        case (.literal(.timestamp(let bound), _), .column(0, .timestamp)):
            return implied(symbol.mirrored, bound, step, time)
        default: return nil
        }
    }

    private static func implied(
        _ symbol: BinaryOperator,
        _ bound: Int64,
        _ step: Int64,
        _ time: Int
    ) -> BoundExpression? {
        func compare(_ symbol: BinaryOperator, _ value: Int64) -> BoundExpression {
            .binary(symbol, .column(time, .timestamp), .literal(.timestamp(value), .timestamp), .boolean)
        }
        let (end, overflow) = bound.addingReportingOverflow(step)
        switch symbol {
        // The start of the very first bucket is cut to the first nanosecond, which changes no comparison below.
        case .greater, .greaterOrEqual: return compare(.greaterOrEqual, bound)
        case .less, .lessOrEqual: return overflow ? nil : compare(.less, end)
        case .equal:
            guard !overflow else { return compare(.greaterOrEqual, bound) }
            return .binary(.and, compare(.greaterOrEqual, bound), compare(.less, end), .boolean)
        default: return nil
        }
    }
}

extension BoundExpression {
    /// All of the terms; nil of none.
    static func conjunction(_ terms: [BoundExpression]) -> BoundExpression? {
        guard let first = terms.first else { return nil }
        return terms.dropFirst().reduce(first) { .binary(.and, $0, $1, .boolean) }
    }
}

extension LogicalPlan {
    /// The same step over other inputs.
    func mapInputs(_ transform: (LogicalPlan) -> LogicalPlan) -> LogicalPlan {
        switch self {
        case .scan, .values, .sequence: self
        case .union(let arms): .union(arms.map(transform))
        case .combine(let left, let right, let set): .combine(transform(left), transform(right), set)
        case .filter(let input, let predicate): .filter(transform(input), predicate)
        case .project(let input, let expressions, let names): .project(transform(input), expressions, names: names)
        case .latest(let input, let keys): .latest(transform(input), keys: keys)
        case .aggregate(let input, let plan): .aggregate(transform(input), plan)
        case .join(let left, let right, let join): .join(transform(left), transform(right), join)
        case .window(let input, let calls): .window(transform(input), calls)
        case .distinct(let input): .distinct(transform(input))
        case .sort(let input, let terms): .sort(transform(input), terms)
        case .timed(let input, let column): .timed(transform(input), column: column)
        case .limit(let input, let range): .limit(transform(input), range)
        case .keep(let input, let count): .keep(transform(input), columns: count)
        }
    }
}
