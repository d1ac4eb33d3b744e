import Columnar
import QueryLang

/// Chooses the operators of a plan.
struct PhysicalPlanner {
    /// Whether operators that use the order of rows may be chosen; without, everything goes the general way.
    let usesOrder: Bool
    /// Whether aggregates that look at the order of rows get those of all series by time: see ``ExecutionOptions/isOrdered``.
    var isOrdered = false

    static func plan(_ select: BoundSelect, _ options: ExecutionOptions) -> PhysicalPlan {
        let logical = LogicalPlanner.plan(select)
        let planner = PhysicalPlanner(usesOrder: options.usesOptimizer, isOrdered: options.isOrdered)
        let plan = options.usesOptimizer ? ColumnPruning.apply(FilterPushdown.apply(logical)) : logical
        return planner.stream(plan, options.isSeriesBySeries ? .any : .natural)
    }

    /// Which order of rows is asked for.
    enum Order {
        /// The one in which they come: by (time, series, arrival), or what a clause says.
        case natural
        /// Any in which the rows of a series come by time, where there are series.
        case any
    }

    /// Who reads a relation.
    private enum Reader {
        /// One thread, a series after the other or all at once.
        case oneReader
        /// As many threads as there are, each a series: then steps below are best done series by series too.
        case workers
    }

    // MARK: Streams

    func stream(_ plan: LogicalPlan, _ order: Order = .natural) -> PhysicalPlan {
        switch plan {
        case .scan, .filter, .project, .window, .join:
            return serial(relation(plan, .oneReader, order), plan.shape, order)
        case .latest(let input, let keys): return latest(input, keys)
        case .aggregate(let input, let aggregate): return self.aggregate(input, aggregate, order, limit: nil)
        case .distinct(let input): return .distinct(stream(input), types: input.shape.types)
        case .sort(let input, let terms): return sort(input, terms, limit: nil)
        case .timed(let input, let column): return timed(input, column)
        case .limit(let input, let range): return limit(input, range)
        case .keep(let input, let count): return .keep(stream(input, order), columns: count)
        case .union(let arms): return .union(arms.map { stream($0, order) })
        case .combine(let left, let right, let set):
            return .combine(stream(left), stream(right), set, types: left.shape.types)
        case .values(let values): return .values(values)
        case .sequence(let sequence): return .sequence(sequence)
        }
    }

    /// The rows of a relation one after the other.
    private func serial(_ relation: PhysicalPlan, _ shape: PlanShape, _ order: Order) -> PhysicalPlan {
        if case .stream(let stream, _) = relation { return stream }
        if order == .any || !relation.hasSeries { return .concatenate(relation, appendsTimes: false) }
        return .merge(relation, types: shape.types)
    }

    private func latest(_ input: LogicalPlan, _ keys: [Int]) -> PhysicalPlan {
        let shape = input.shape
        if usesOrder, let series = shape.series, keys == [series], let rows = backward(input) {
            return .latest(rows, types: shape.types)
        }
        return .latestByKeys(timeOrdered(input), keys: keys, types: shape.types)
    }

    private func aggregate(
        _ input: LogicalPlan,
        _ aggregate: AggregatePlan,
        _ order: Order,
        limit: Int?
    ) -> PhysicalPlan {
        var aggregate = aggregate
        let needsTimes = aggregate.sampling != nil || aggregate.calls.contains { $0.function.needsTimes }
        let rows =
            needsTimes && input.shape.time != nil ? timeOrderedRelation(input, .workers) : relation(input, .workers)
        aggregate.limit = limit
        if aggregate.strategy == .bySeries, !usesOrder || !rows.hasSeries { aggregate.strategy = .byKeys }
        aggregate.isOrdered = order == .natural || aggregate.strategy != .bySeries
        let needsTimeOrder = aggregate.calls.contains { call in
            call.function.needsTimeOrder || (isOrdered && call.function.needsTimes)
        }
        if aggregate.strategy != .bySeries, needsTimeOrder {
            let shape = input.shape
            return .aggregate(.stream(serial(rows, shape, .natural), timeColumn: shape.time), aggregate)
        }
        return .aggregate(rows, aggregate)
    }

    /// The rows that have a time, by it.
    private func timed(_ input: LogicalPlan, _ column: Int) -> PhysicalPlan {
        let hasTime = BoundExpression.isNull(.column(column, .timestamp), isNegated: true)
        let term = SortTerm(column: column, isDescending: false)
        return .sort(stream(.filter(input, hasTime)), [term], types: input.shape.types, limit: nil)
    }

    private func sort(_ input: LogicalPlan, _ terms: [SortTerm], limit: Int?) -> PhysicalPlan {
        let shape = input.shape
        if usesOrder, shape.isTimeOrdered, terms.allSatisfy({ !$0.isDescending }), let time = shape.time,
            terms.map(\.column) == [time] || (input.isByTimeAndSeries && terms.map(\.column) == [time, shape.series])
        {
            return stream(input)
        }
        if usesOrder, let limit, let time = shape.time, terms == [SortTerm(column: time, isDescending: true)],
            let rows = backward(input)
        {
            return .newest(rows, types: shape.types, limit: limit, .descending)
        }
        let rows = relation(input, .oneReader)
        guard rows.hasSeries else {
            return .sort(serial(rows, shape, .natural), terms, types: shape.types, limit: limit)
        }
        // The time is the last term, so that rows that compare equal come as they would without ORDER BY.
        let last = SortTerm(column: shape.types.count, isDescending: false)
        let types = shape.types + [.timestamp]
        let sorted = PhysicalPlan.sort(
            .concatenate(rows, appendsTimes: true),
            terms + [last],
            types: types,
            limit: limit
        )
        return .keep(sorted, columns: shape.types.count)
    }

    private func limit(_ input: LogicalPlan, _ range: RowRange) -> PhysicalPlan {
        let types = input.shape.types
        guard range.lower >= 0 else {
            let isWholeTail = range.upper == nil && range.lower > Int.min
            if usesOrder, isWholeTail, input.isByTimeAndSeries, let rows = backward(input) {
                return .newest(rows, types: types, limit: -range.lower, .tail)
            }
            return .tail(stream(input), range, types: types)
        }
        guard usesOrder, let upper = range.upper, upper >= 0 else { return .limit(stream(input), range) }
        switch input {
        case .sort(let inner, let terms): return .limit(sort(inner, terms, limit: upper), range)
        case .aggregate(let inner, let plan): return .limit(aggregate(inner, plan, .natural, limit: upper), range)
        case .project(.aggregate(let inner, let plan), let expressions, _):
            let groups = aggregate(inner, plan, .natural, limit: upper)
            return .limit(
                .concatenate(.project(.stream(groups, timeColumn: nil), expressions), appendsTimes: false),
                range
            )
        case .union(let arms): return .limit(.union(firstRows(of: arms, upper)), range)
        case .project(.union(let arms), let expressions, _):
            let rows = PhysicalPlan.union(firstRows(of: arms, upper))
            let projected = PhysicalPlan.project(.stream(rows, timeColumn: nil), expressions)
            return .limit(.concatenate(projected, appendsTimes: false), range)
        default: return .limit(stream(input), range)
        }
    }

    /// Of each side of a union no more rows are wanted than of the whole.
    private func firstRows(of arms: [LogicalPlan], _ count: Int) -> [PhysicalPlan] {
        arms.map { limit($0, RowRange(lower: 0, upper: count)) }
    }

    // MARK: Relations

    /// The rows of a plan by series where it has series, else as one, in their natural order unless any will do.
    private func relation(_ plan: LogicalPlan, _ reader: Reader, _ order: Order = .natural) -> PhysicalPlan {
        switch plan {
        case .scan(let scan):
            let isEmpty = scan.times.isEmpty || scan.series == .named([])
            return isEmpty ? .stream(.empty, timeColumn: scan.table.timeColumn) : .scan(scan)
        case .filter(let input, let predicate): return .filter(relation(input, reader, order), predicate)
        case .project(let input, let expressions, _): return .project(relation(input, reader, order), expressions)
        case .window(let input, let calls): return window(input, calls, reader)
        case .join(let left, let right, let join): return self.join(left, right, join, reader)
        case .aggregate(let input, let aggregate):
            if reader == .workers, let groups = seriesGroups(input, aggregate) { return groups }
        case .latest, .distinct, .sort, .limit, .keep, .timed, .union, .combine, .values, .sequence: break
        }
        let shape = plan.shape
        let isByTime = shape.isTimeOrdered && order == .natural
        return .stream(stream(plan, order), timeColumn: isByTime ? shape.time : nil)
    }

    /// The groups of a sub-query by series, if they can be found series by series.
    private func seriesGroups(_ input: LogicalPlan, _ aggregate: AggregatePlan) -> PhysicalPlan? {
        guard usesOrder, aggregate.strategy == .bySeries, aggregate.keys.count == 1, let sampling = aggregate.sampling,
            sampling.fills.isEmpty, sampling.alignment == .calendar
        else { return nil }
        let rows = timeOrderedRelation(input, .workers)
        return rows.hasSeries ? .seriesAggregate(rows, aggregate) : nil
    }

    private func window(_ input: LogicalPlan, _ calls: [WindowCall], _ reader: Reader) -> PhysicalPlan {
        let shape = input.shape
        if usesOrder, calls.allSatisfy({ SeriesWindow.canCompute($0, shape) }) {
            let rows = relation(input, reader)
            if rows.hasSeries { return .seriesWindow(rows, calls) }
        }
        return .stream(
            .sortedWindow(stream(input), calls, types: shape.types, time: shape.time),
            timeColumn: shape.isTimeOrdered ? shape.time : nil
        )
    }

    private func join(
        _ left: LogicalPlan,
        _ right: LogicalPlan,
        _ join: JoinPlan,
        _ reader: Reader
    ) -> PhysicalPlan {
        let (leftShape, rightShape) = (left.shape, right.shape)
        if usesOrder, join.keys.count == 1, join.keys[0].left == leftShape.series,
            join.keys[0].right == rightShape.series,
            let series = seriesJoin(left, right, join, reader)
        {
            return series
        }
        let isByTime: Bool
        switch join.kind {
        case .inner, .left, .full: isByTime = false
        case .asof, .lt, .window: isByTime = true
        }
        let plan = KeyedJoinPlan(
            kind: join.kind,
            keys: join.keys,
            arrival: join.arrival,
            condition: join.condition,
            left: leftShape,
            right: rightShape
        )
        return .stream(
            .keyedJoin(stream(left), isByTime ? timeOrdered(right) : stream(right), plan),
            timeColumn: leftShape.isTimeOrdered && join.kind != .full ? leftShape.time : nil
        )
    }

    private func seriesJoin(
        _ left: LogicalPlan,
        _ right: LogicalPlan,
        _ join: JoinPlan,
        _ reader: Reader
    ) -> PhysicalPlan? {
        func sides() -> (PhysicalPlan, PhysicalPlan)? {
            guard left.shape.isTimeOrdered, right.shape.isTimeOrdered else { return nil }
            let rows = (relation(left, reader), relation(right, .workers))
            return rows.0.hasSeries && rows.1.hasSeries ? rows : nil
        }
        func asof(_ tolerance: Int64?, isStrict: Bool) -> PhysicalPlan? {
            guard let (left, rows) = sides() else { return nil }
            let plan = AsofPlan(
                tolerance: tolerance,
                isStrict: isStrict,
                rightTypes: right.shape.types,
                arrival: join.arrival
            )
            return .seriesAsof(left, rows, plan)
        }
        switch join.kind {
        case .inner, .left, .full: return nil
        case .asof(let tolerance): return asof(tolerance, isStrict: false)
        case .lt(let tolerance): return asof(tolerance, isStrict: true)
        case .window(let window):
            guard let (left, right) = sides() else { return nil }
            return .seriesWindowJoin(left, right, window)
        }
    }

    // MARK: Orders

    /// The rows of a plan read backwards; nil if they are not simply rows of a table.
    private func backward(_ plan: LogicalPlan) -> PhysicalPlan? {
        switch plan {
        case .scan(var scan):
            guard scan.book.isEmpty, !scan.times.isEmpty, scan.series != .named([]) else { return nil }
            scan.isForward = false
            return .scan(scan)
        case .filter(let input, let predicate): return backward(input).map { .filter($0, predicate) }
        case .project(let input, let expressions, _): return backward(input).map { .project($0, expressions) }
        case .latest, .aggregate, .join, .window, .distinct, .sort, .limit, .keep, .timed, .union, .combine, .values,
            .sequence:
            return nil
        }
    }

    /// The rows of a plan by time, then as they come.
    private func timeOrdered(_ plan: LogicalPlan) -> PhysicalPlan {
        let shape = plan.shape
        guard !shape.isTimeOrdered, let time = shape.time else { return stream(plan) }
        return .sort(stream(plan), [SortTerm(column: time, isDescending: false)], types: shape.types, limit: nil)
    }

    private func timeOrderedRelation(_ plan: LogicalPlan, _ reader: Reader) -> PhysicalPlan {
        let shape = plan.shape
        return shape.isTimeOrdered ? relation(plan, reader) : .stream(timeOrdered(plan), timeColumn: shape.time)
    }
}

extension PhysicalPlan {
    /// Whether this is a relation whose rows lie by series.
    var hasSeries: Bool {
        switch self {
        case .scan, .seriesAggregate: true
        case .filter(let input, _), .project(let input, _), .seriesWindow(let input, _),
            .seriesAsof(let input, _, _), .seriesWindowJoin(let input, _, _):
            input.hasSeries
        default: false
        }
    }
}

extension LogicalPlan {
    /// Whether rows come by (time, series, arrival), as those of a table do.
    var isByTimeAndSeries: Bool {
        switch self {
        case .scan: true
        case .filter(let input, _), .project(let input, _, _), .window(let input, _): input.isByTimeAndSeries
        case .join(let input, _, let join): join.kind != .full && input.isByTimeAndSeries
        case .latest, .aggregate, .distinct, .sort, .limit, .keep, .timed, .union, .combine, .values, .sequence: false
        }
    }
}
