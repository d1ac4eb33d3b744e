import Columnar
import TestSupport

extension QueryWriter {
    /// A join of what is in scope with another source.
    mutating func writeJoin(
        _ text: inout SelectText,
        _ left: Scope,
        _ source: SelectText.Source,
        _ right: Scope
    ) -> JoinKind {
        let l = left.qualified("l")
        let r = right.qualified("r")
        let shared = sharedColumns(left, right)
        let isTimed = left.time != nil && right.time != nil
        var join = SelectText.Join(before: "JOIN", source: source, alias: "r", after: "")
        scope = l.joined(r)
        switch isTimed ? generator.int(0...7) : generator.int(0...3) {
        case 0, 1:
            join.before = generator.pick(["JOIN", "INNER JOIN"])
            join.after = condition(l, r, shared)
        case 2, 3:
            join.before = generator.pick(["LEFT JOIN", "LEFT OUTER JOIN"])
            join.after = condition(l, r, shared)
        case 4, 5, 6:
            join.before = generator.pick(["ASOF JOIN", "ASOF JOIN", "LT JOIN"])
            join.after = keys(shared)
            if generator.oneIn(3) { join.after += " TOLERANCE \(generator.pick(["1s", "0s", "250ms", "3 seconds"]))" }
        default:
            join.before = "WINDOW JOIN"
            let (a, b) = (generator.pick(["1s", "0s", "2 seconds", "250ms"]), generator.pick(["1s", "0s", "500ms"]))
            let bounds = generator.pick([
                "\(a) PRECEDING AND \(b) FOLLOWING", "\(a) PRECEDING AND CURRENT ROW", "CURRENT ROW AND \(b) FOLLOWING",
                "1m PRECEDING AND \(a) PRECEDING", "250ms FOLLOWING AND 1m FOLLOWING",
            ])
            let prevailing = generator.pick(["", " INCLUDE PREVAILING", " EXCLUDE PREVAILING"])
            join.after = "\(keys(shared)) RANGE BETWEEN \(bounds)\(prevailing)"
            text.join = join
            windowSides = (l, r)
            return .window
        }
        text.join = join
        return .other
    }

    /// Names of columns that both sides have, of the same type.
    private func sharedColumns(_ left: Scope, _ right: Scope) -> [String] {
        left.columns.filter { column in
            column.type != .timestamp && column.type != .float64
                && right.columns.contains { $0.name == column.name && $0.type == column.type }
        }.map(\.name)
    }

    /// ON for joins by time: equal keys only, or none.
    private mutating func keys(_ shared: [String]) -> String {
        guard !shared.isEmpty, !generator.oneIn(4) else { return "" }
        let name = shared.contains("symbol") ? "symbol" : generator.pick(shared)
        let other = generator.pick(shared)
        switch generator.int(0...3) {
        case 0: return "ON (\(name))"
        case 1: return "ON \(name)"
        case 2: return "ON l.\(name) = r.\(name)"
        default:
            return other == name ? "ON (\(name))" : "ON r.\(other) = l.\(other) AND l.\(name) = r.\(name)"
        }
    }

    /// ON for inner and left joins: equal keys and more.
    private mutating func condition(_ left: Scope, _ right: Scope, _ shared: [String]) -> String {
        var terms: [String] = []
        if !shared.isEmpty, !generator.oneIn(5) {
            let name = generator.pick(shared)
            if generator.oneIn(3) { return "ON (\(name))" }
            terms.append("l.\(name) = r.\(name)")
        }
        if let a = left.names(.float64).first, let b = right.names(.int64).first, generator.oneIn(5) {
            terms.append("\(a) = \(b)")
        }
        if let a = left.time, let b = right.time, generator.oneIn(2) {
            terms.append("\(a) \(generator.pick(["=", "=", ">=", "<"])) \(b)")
        }
        if terms.isEmpty || generator.oneIn(3) { terms.append(boolean(1)) }
        return "ON \(terms.joined(separator: " AND "))"
    }

    /// The select list over a WINDOW JOIN: columns of the left side, and aggregates of right ones.
    mutating func writeWindowJoinItems(_ written: inout Written) {
        let (left, right) = windowSides
        scope = left
        addTimeAndSeries(to: &written)
        if generator.oneIn(3) { written.text.filters.append(boolean(1)) }
        if generator.oneIn(2) { add(value(1), to: &written) }
        // The aggregates may use both sides; at least one of their columns is of the right.
        scope = right
        for _ in 0..<generator.int(1...3) { add(plainAggregate(), to: &written) }
    }
}
