import Columnar
import QueryLang

/// Lays a SELECT out as a live plan, or says why it cannot be live.
enum LiveCompiler {
    /// - Parameter text: what the statement was made of: an error says where in it the reason stands.
    static func compile(_ select: BoundSelect, text: String) throws(QueryError) -> LiveShape {
        do throws(LiveRefusal) {
            return try compile(select)
        } catch {
            throw error.error(in: text)
        }
    }

    private static func compile(_ select: BoundSelect) throws(LiveRefusal) -> LiveShape {
        if select.hasSubquery {
            throw LiveRefusal(
                "a query in an expression",
                "it is answered once; put its value into the query",
                .subquery
            )
        }
        let plan = ColumnPruning.apply(FilterPushdown.apply(try unordered(LogicalPlanner.plan(select))))
        var post: [LiveShape.Step] = []
        var node = plan
        while true {
            switch node {
            case .filter(let input, let predicate):
                post.insert(.filter(predicate), at: 0)
                node = input
            case .project(let input, let expressions, _):
                post.insert(.project(expressions), at: 0)
                node = input
            case .latest(let input, let keys):
                let rows = try branch(input)
                return try keyed(rows, .latest(keys: keys), keys, post, plan, select)
            case .aggregate(let input, let aggregate):
                if let sampling = aggregate.sampling {
                    try check(sampling)
                    guard input.shape.time != nil else {
                        throw LiveRefusal(
                            "SAMPLE BY over rows without their time",
                            "select the time in the inner query",
                            .alignment
                        )
                    }
                }
                let rows = try branch(input)
                try LiveAggregate.check(aggregate, rows)
                return try keyed(rows, .aggregate(aggregate), Array(0..<aggregate.keyColumns), post, plan, select)
            default:
                return try rows(try branch(plan), plan, select)
            }
        }
    }

    /// The rows of a feature view over a join.
    static func joined(_ select: BoundSelect) throws(LiveRefusal) -> LiveShape.Branch {
        try branch(ColumnPruning.apply(FilterPushdown.apply(LogicalPlanner.plan(select))))
    }

    /// The plan without ORDER BY, which says nothing of rows that come one by one, as long as it orders by what they come by.
    private static func unordered(_ plan: LogicalPlan) throws(LiveRefusal) -> LogicalPlan {
        switch plan {
        case .keep(let input, _): return try unordered(input)
        case .limit:
            throw LiveRefusal(
                "LIMIT",
                "each row would change which rows are in; leave it out: a snapshot holds the newest rows only",
                .limit
            )
        case .distinct:
            throw LiveRefusal("DISTINCT", "group by the columns instead: SELECT a, count() … GROUP BY a", .distinct)
        case .timed: throw otherTimestamp
        case .sort(let input, let terms):
            try checkOrder(terms, input)
            return try unordered(input)
        default: return plan
        }
    }

    private static func checkOrder(_ terms: [SortTerm], _ input: LogicalPlan) throws(LiveRefusal) {
        guard case .project(_, let expressions, _) = input else { return }
        let below = input.belowOutputs
        for (place, term) in terms.enumerated() where term.column < expressions.count {
            if case .column(let column, _) = expressions[term.column], below.orderColumns.contains(column) { continue }
            throw LiveRefusal(
                "ORDER BY a value",
                "each row would move others; order by the time or the keys, or sort what is told",
                .order(place)
            )
        }
    }

    /// Rows that are the answer.
    private static func rows(
        _ branch: LiveShape.Branch,
        _ plan: LogicalPlan,
        _ select: BoundSelect
    ) throws(LiveRefusal) -> LiveShape {
        var shape = LiveShape(
            rows: branch,
            sink: .rows,
            post: [],
            plan: plan,
            columns: select.columns,
            keyColumns: [],
            isAppending: !branch.replaces
        )
        guard branch.replaces else { return shape }
        let table = branch.scan.table
        // Rows of one series are told apart without its name.
        let keys = table.keyColumns.filter { $0 != table.seriesColumn || !branch.isOneSeries }
        shape.keyColumns = try places(of: keys, branch.steps, select) { table.columns[$0].name }
        return shape
    }

    /// Rows that take the place of others of the same keys.
    private static func keyed(
        _ branch: LiveShape.Branch,
        _ sink: LiveShape.Sink,
        _ keys: [Int],
        _ post: [LiveShape.Step],
        _ plan: LogicalPlan,
        _ select: BoundSelect
    ) throws(LiveRefusal) -> LiveShape {
        var names: [String]
        switch sink {
        case .aggregate(let aggregate):
            names = aggregate.names(ExpressionText(branch.shape.names))
            if aggregate.sampling != nil, let time = branch.shape.time { names[0] = branch.shape.names[time] }
        case .rows, .latest: names = branch.shape.names
        }
        return LiveShape(
            rows: branch,
            sink: sink,
            post: post,
            plan: plan,
            columns: select.columns,
            keyColumns: try places(of: keys, post, select) { names[$0] },
            isAppending: false
        )
    }

    /// Where columns of a step lie among those of the answer.
    private static func places(
        of columns: [Int],
        _ steps: [LiveShape.Step],
        _ select: BoundSelect,
        _ name: (Int) -> String
    ) throws(LiveRefusal) -> [Int] {
        var places: [Int] = []
        for column in columns {
            var current = [column]
            for case .project(let expressions) in steps {
                current = expressions.indices.filter { index in
                    if case .column(let source, _) = expressions[index] { current.contains(source) } else { false }
                }
            }
            guard let place = current.first(where: { $0 < select.columns.count }) else {
                throw LiveRefusal(
                    message: "a live query must select what its rows are told apart by: '\(name(column))' is missing",
                    "add it to SELECT",
                    .items
                )
            }
            places.append(place)
        }
        return places
    }

    private static let otherTimestamp = LiveRefusal(
        "another timestamp than the table's",
        "leave out timestamp(…)",
        .timestamp
    )
}

extension LiveCompiler {
    /// Rows that are made one by one.
    private static func branch(_ plan: LogicalPlan) throws(LiveRefusal) -> LiveShape.Branch {
        switch plan {
        case .scan(let scan):
            if VirtualTables.isReserved(scan.table.name) {
                throw LiveRefusal(
                    "'\(scan.table.name)'",
                    "its rows are made when they are read; poll it",
                    .table(scan.table.name)
                )
            }
            if scan.book.contains(where: \.function.isEstimated) {
                throw LiveRefusal(
                    "a function that is estimated over all rows first",
                    "stoikov_microprice() and integrated_ofi() are for history; microprice() and ofi() can be followed",
                    .call(BookFunction.allCases.filter(\.isEstimated).map(\.rawValue))
                )
            }
            return LiveShape.Branch(source: .scan(scan), steps: [], shape: plan.shape)
        case .filter(let input, let predicate): return try branch(input, .filter(predicate), plan)
        case .project(let input, let expressions, _): return try branch(input, .project(expressions), plan)
        case .window(let input, let calls):
            let rows = try branch(input, .window(calls), plan)
            for call in calls { try LiveWindow.check(call, input.shape, isOneSeries: rows.isOneSeries) }
            return rows
        case .join(let left, let right, let join): return try self.join(left, right, join, plan)
        case .aggregate, .latest:
            throw LiveRefusal(
                "a window or a query over groups",
                "subscribe to the groups, or make a feature view or a materialized view of them",
                .groups
            )
        case .limit: throw LiveRefusal("LIMIT", "leave it out of the inner query", .limit)
        case .sort: throw LiveRefusal("ORDER BY in an inner query", "leave it out", .order(nil))
        case .distinct, .combine, .union:
            throw LiveRefusal("UNION, EXCEPT, INTERSECT or DISTINCT", "subscribe to each query", .combination)
        case .timed: throw otherTimestamp
        case .keep(let input, _): return try branch(input)
        case .values, .sequence: throw LiveRefusal("a query without a table", "nothing in it changes", .source)
        }
    }

    private static func branch(
        _ input: LogicalPlan,
        _ step: LiveShape.Step,
        _ plan: LogicalPlan
    ) throws(LiveRefusal) -> LiveShape.Branch {
        var branch = try branch(input)
        branch.steps.append(step)
        branch.shape = plan.shape
        return branch
    }

    private static func join(
        _ left: LogicalPlan,
        _ right: LogicalPlan,
        _ join: JoinPlan,
        _ plan: LogicalPlan
    ) throws(LiveRefusal) -> LiveShape.Branch {
        let asof: AsofPlan
        switch join.kind {
        case .asof(let tolerance):
            asof = AsofPlan(
                tolerance: tolerance,
                isStrict: false,
                rightTypes: right.shape.types,
                arrival: join.arrival
            )
        case .lt(let tolerance):
            asof = AsofPlan(
                tolerance: tolerance,
                isStrict: true,
                rightTypes: right.shape.types,
                arrival: join.arrival
            )
        case .inner, .left, .full, .window:
            throw LiveRefusal(
                "a join that is no ASOF JOIN or LT JOIN",
                "a later row of the other side would change rows told",
                .join
            )
        }
        guard join.keys.count == 1, join.keys[0].left == left.shape.series, left.shape.series != nil,
            join.keys[0].right == right.shape.series, left.shape.isTimeOrdered, right.shape.isTimeOrdered
        else {
            throw LiveRefusal(
                "an ASOF JOIN by anything but the series key of both sides",
                "join ON (symbol)",
                .asofJoin
            )
        }
        let sides = (try branch(left), try branch(right))
        guard !sides.0.isStateful, !sides.1.isStateful else {
            throw LiveRefusal(
                "a join of rows with windows, books or other joins",
                "join tables, and compute windows after",
                .asofJoin
            )
        }
        guard !sides.0.replaces, !sides.1.replaces else {
            throw LiveRefusal("a join of tables whose rows are replaced", "join tables of events", .asofJoin)
        }
        return LiveShape.Branch(source: .asof(sides.0, sides.1, asof), steps: [], shape: plan.shape)
    }

    private static func check(_ sampling: Sampling) throws(LiveRefusal) {
        if !sampling.fills.isEmpty {
            throw LiveRefusal(
                "FILL",
                "leave it out: a bucket without rows is not told, and its row would say nothing new",
                .fill
            )
        }
        if sampling.alignment == .firstObservation {
            throw LiveRefusal(
                "ALIGN TO FIRST OBSERVATION",
                "an earlier row would move all buckets; align to the calendar",
                .alignment
            )
        }
    }
}

extension LogicalPlan {
    /// The step that the answer's columns are computed of.
    fileprivate var belowOutputs: LogicalPlan {
        if case .project(let input, _, _) = self { return input.isFiltered ?? input }
        return self
    }

    private var isFiltered: LogicalPlan? {
        if case .filter(let input, _) = self { input } else { nil }
    }

    /// The columns by which rows come anyway.
    fileprivate var orderColumns: Set<Int> {
        let shape = shape
        var columns = Set([shape.time, shape.series].compactMap(\.self))
        switch self {
        case .aggregate(_, let plan): columns.formUnion(0..<plan.keyColumns)
        case .latest(_, let keys): columns.formUnion(keys)
        default: break
        }
        return columns
    }
}
