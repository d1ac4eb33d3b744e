import Columnar
import QueryLang

/// Plans as text, for people: one step a line, what it reads below it and further in.
enum PlanDescription {
    /// - Parameters:
    ///   - notes: what to say behind each step, in the order of the lines; none for nothing.
    static func text(_ plan: PhysicalPlan, _ notes: [String] = []) -> String {
        var lines: [String] = []
        describe(plan, depth: 0, notes, into: &lines)
        return lines.joined(separator: "\n")
    }

    private static func describe(_ plan: PhysicalPlan, depth: Int, _ notes: [String], into lines: inout [String]) {
        let note = lines.count < notes.count ? "  [\(notes[lines.count])]" : ""
        lines.append(String(repeating: "  ", count: depth) + line(plan) + note)
        for input in plan.inputs { describe(input, depth: depth + 1, notes, into: &lines) }
    }

    private static func line(_ plan: PhysicalPlan) -> String {
        let text = ExpressionText(plan.inputs.first?.names ?? [])
        return switch plan {
        case .scan(let scan): scan.description
        case .filter(_, let predicate): "filter \(text.text(predicate))"
        case .project(_, let expressions): "project \(text.list(expressions))"
        case .seriesAsof(_, _, let asof):
            "\(asof.isStrict ? "lt" : "asof") join by series\(tolerance(asof.tolerance))"
        case .seriesWindowJoin(let left, let right, let window):
            "window join by series\(self.window(window, left.names + right.names))"
        case .seriesWindow(_, let calls): "window by series: \(calls.map(text.text).joined(separator: ", "))"
        case .seriesAggregate(_, let aggregate): aggregate.description(text) + ", a series at a time"
        case .stream: "as one series"
        case .merge: "merge by time"
        case .concatenate(_, let appendsTimes): appendsTimes ? "series by series, with times" : "series by series"
        case .newest(_, _, let limit, .descending): "newest \(limit), newest first"
        case .newest(_, _, let limit, .tail): "last \(limit) by time"
        case .latest: "latest of each series"
        case .latestByKeys(let input, let keys, _):
            "latest by \(keys.map { input.name($0) }.joined(separator: ", ")), all rows read"
        case .aggregate(_, let aggregate): aggregate.description(text)
        case .sortedWindow(_, let calls, _, _): "window, all rows held: \(calls.map(text.text).joined(separator: ", "))"
        case .keyedJoin(let left, let right, let join): keyed(join, left.names + right.names)
        case .distinct: "distinct"
        case .sort(let input, let terms, _, let limit):
            "sort by \(terms.map { input.name($0.column) + ($0.isDescending ? " desc" : "") }.joined(separator: ", "))"
                + (limit.map { ", first \($0)" } ?? "")
        case .limit(_, let range), .tail(_, let range, _): "limit \(self.range(range))"
        case .keep(_, let count): "keep \(count) columns"
        case .union(let arms): "\(arms.count) queries one after the other"
        case .combine(_, _, let set, _):
            "rows that are \(set.isIntersection ? "" : "not ")in the second too\(set.isAll ? ", each counted" : "")"
        case .values(let values): "\(values.rows.count) row\(values.rows.count == 1 ? "" : "s") of the query"
        case .sequence(let sequence): "\(sequence.count) numbers from \(sequence.start)"
        case .empty: "nothing"
        case .tables: "tables"
        case .columns(let table): "columns of \(table.name)"
        }
    }

    private static func tolerance(_ value: Int64?) -> String { value.map { ", within \(Show.duration($0))" } ?? "" }

    private static func range(_ range: RowRange) -> String {
        guard let upper = range.upper else { return "\(range.lower) to the end" }
        return range.lower == 0 ? "\(upper)" : "\(range.lower) to \(upper)"
    }

    private static func window(_ window: WindowJoin, _ names: [String]) -> String {
        let text = ExpressionText(names)
        let calls = window.aggregates.map(text.text).joined(separator: ", ")
        let prevailing = window.includesPrevailing ? " and what prevailed" : ""
        return ", -\(Show.duration(window.preceding)) to +\(Show.duration(window.following))\(prevailing): \(calls)"
    }

    private static func keyed(_ join: KeyedJoinPlan, _ names: [String]) -> String {
        let keys = join.keys.map { "\(join.left.names[$0.left]) = \(join.right.names[$0.right])" }
        let on = keys.isEmpty ? "" : " on \(keys.joined(separator: " and "))"
        let condition = join.condition.map { ", if \(ExpressionText(names).text($0))" } ?? ""
        return switch join.kind {
        case .inner: "inner join\(on)\(condition)"
        case .left: "left join\(on)\(condition)"
        case .full: "full join\(on)\(condition)"
        case .asof(let limit): "asof join\(on)\(tolerance(limit))"
        case .lt(let limit): "lt join\(on)\(tolerance(limit))"
        case .window(let window): "window join\(on)\(self.window(window, names))"
        }
    }
}

extension PhysicalPlan {
    /// Names of the columns.
    var names: [String] {
        let input = inputs.first?.names ?? []
        let text = ExpressionText(input)
        switch self {
        case .scan(let scan): return scan.table.columns.map(\.name)
        case .filter, .stream, .merge, .newest, .latest, .latestByKeys, .distinct, .sort, .limit, .tail: return input
        case .project(_, let expressions): return expressions.map(text.text)
        case .seriesAsof(_, let right, _): return input + right.names
        case .seriesWindowJoin(_, let right, let window):
            return input + window.names(ExpressionText(input + right.names))
        case .seriesWindow(_, let calls), .sortedWindow(_, let calls, _, _): return input + calls.map(text.text)
        case .seriesAggregate(_, let plan), .aggregate(_, let plan): return plan.names(text)
        case .concatenate(_, let appendsTimes): return input + (appendsTimes ? ["time of the row"] : [])
        case .keyedJoin(_, let right, let join):
            if case .window(let window) = join.kind { return input + window.names(ExpressionText(input + right.names)) }
            return input + right.names
        case .keep(_, let count): return Array(input.prefix(count))
        case .union, .combine: return input
        case .values(let values): return values.types.indices.map { "column\($0 + 1)" }
        case .sequence: return ["x"]
        case .empty, .tables, .columns: return []
        }
    }

    fileprivate func name(_ column: Int) -> String {
        let names = names
        return names.indices.contains(column) ? names[column] : "#\(column)"
    }
}

extension WindowJoin {
    /// Names of the aggregates' columns.
    func names(_ text: ExpressionText) -> [String] { aggregates.flatMap { AggregatePlan.names(of: $0, text) } }
}

extension ScanPlan {
    fileprivate var description: String {
        var text =
            "\(book.isEmpty ? "scan" : "replay") \(table.name) (\(columns.map { table.columns[$0].name }.joined(separator: ", ")))"
        if case .named(let names) = series { text += " series \(names.joined(separator: ", "))" }
        if times != [.all] {
            let ranges = times.map { "[\(Self.bound($0.start)), \(Self.bound($0.end)))" }
            text += ranges.isEmpty ? " never" : " times \(ranges.joined(separator: " "))"
        }
        if book.contains(where: \.function.isEstimated) {
            let ranges = estimated.map { "[\(Self.bound($0.start)), \(Self.bound($0.end)))" }
            text += " estimating over \(ranges.isEmpty ? "nothing" : ranges.joined(separator: " "))"
        }
        if !isForward { text += " backwards" }
        if !slicePredicates.isEmpty { text += " skipping by \(slicePredicates.count) statistics" }
        return text
    }

    private static func bound(_ time: Int64) -> String {
        time == .min || time == .max ? "" : CivilTime.text(time)
    }
}

extension Sampling {
    fileprivate var lengthText: String {
        guard let calendar else { return Show.duration(step) }
        let length = calendar.months > 0 ? "\(calendar.months)M" : "\(calendar.days)d"
        return length + (calendar.zone.map { " in \($0.name)" } ?? "")
    }
}

extension AggregatePlan {
    fileprivate func description(_ text: ExpressionText) -> String {
        let way =
            switch strategy {
            case .acrossSeries: "over all series"
            case .bySeries: "by series"
            case .byKeys: "by \(text.list(keys))"
            }
        let bucket = sampling.map { ", every \($0.lengthText)" } ?? ""
        let fill = sampling?.fills.isEmpty ?? true ? "" : ", gaps filled"
        return "aggregate \(way)\(bucket)\(fill): \(calls.map(text.text).joined(separator: ", "))"
    }

    /// Names of the columns.
    func names(_ text: ExpressionText) -> [String] {
        (sampling == nil ? [] : ["bucket"]) + keys.map(text.text) + calls.flatMap { Self.names(of: $0, text) }
    }

    /// Names of a call's outputs.
    static func names(of call: AggregateCall, _ text: ExpressionText) -> [String] {
        let count = AggregateStates.states(of: call).outputTypes.count
        let name = text.text(call)
        return count == 1 ? [name] : (0..<count).map { "\(name).\($0)" }
    }
}
