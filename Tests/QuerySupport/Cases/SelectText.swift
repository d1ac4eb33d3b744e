/// A SELECT as the parts of its text, so that parts can be left out.
public struct SelectText: Sendable, CustomStringConvertible {
    /// An item of the select list.
    struct Item: Sendable {
        var expression: String
        var alias: String?
    }

    /// What stands after FROM.
    indirect enum Source: Sendable {
        case table(String)
        case query(SelectText)
        /// Two SELECTs, and the words between them.
        case set(SelectText, String, SelectText)
        /// Anything else, as text.
        case text(String)
    }

    /// A join: the words before its right side, that side, and the words after it.
    struct Join: Sendable {
        var before: String
        var source: Source
        var alias: String
        var after: String
    }

    var isDistinct = false
    var items: [Item] = []
    var source = Source.table("trades")
    var alias: String?
    var join: Join?
    /// The terms of WHERE, all of which must hold.
    var filters: [String] = []
    var sampleBy: String?
    var range: String?
    var fill: String?
    var alignment: String?
    var groupBy: [String] = []
    var having: String?
    var latest: String?
    var orderBy: [String] = []
    var limit: String?

    /// The text.
    public var description: String {
        var words = ["SELECT"]
        if isDistinct { words.append("DISTINCT") }
        words.append(items.map { $0.expression + ($0.alias.map { " AS \($0)" } ?? "") }.joined(separator: ", "))
        words += ["FROM", Self.text(source)]
        if let alias { words.append(alias) }
        if let join { words += [join.before, Self.text(join.source), join.alias, join.after] }
        if !filters.isEmpty { words += ["WHERE", filters.joined(separator: " AND ")] }
        if let sampleBy { words += ["SAMPLE BY", sampleBy, range ?? "", fill ?? "", alignment ?? ""] }
        if !groupBy.isEmpty { words += ["GROUP BY", groupBy.joined(separator: ", ")] }
        if let having { words += ["HAVING", having] }
        if let latest { words.append(latest) }
        if !orderBy.isEmpty { words += ["ORDER BY", orderBy.joined(separator: ", ")] }
        if let limit { words += ["LIMIT", limit] }
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func text(_ source: Source) -> String {
        switch source {
        case .table(let name): name
        case .query(let select): "(\(select))"
        case .set(let left, let words, let right): "((\(left)) \(words) (\(right)))"
        case .text(let text): text
        }
    }

    /// The same SELECT with one part less, in every way that there is.
    var simpler: [SelectText] {
        var texts: [SelectText] = []
        func without(_ change: (inout SelectText) -> Void) {
            var text = self
            change(&text)
            if text.description != description { texts.append(text) }
        }
        if case .query(let inner) = source {
            texts.append(inner)
            for simpler in inner.simpler { without { $0.source = .query(simpler) } }
        }
        if case .set(let left, let words, let right) = source {
            texts += [left, right]
            for simpler in left.simpler { without { $0.source = .set(simpler, words, right) } }
            for simpler in right.simpler { without { $0.source = .set(left, words, simpler) } }
        }
        if let join, case .query(let inner) = join.source {
            texts.append(inner)
            for simpler in inner.simpler { without { $0.join?.source = .query(simpler) } }
        }
        without { $0.limit = nil }
        without { $0.orderBy = [] }
        for index in orderBy.indices { without { $0.orderBy.remove(at: index) } }
        without { $0.isDistinct = false }
        without { $0.having = nil }
        without { $0.latest = nil }
        without { $0.fill = nil }
        without { $0.alignment = nil }
        without { $0.range = nil }
        without { $0.join = nil }
        without { $0.filters = [] }
        for index in filters.indices { without { $0.filters.remove(at: index) } }
        for index in groupBy.indices { without { $0.groupBy.remove(at: index) } }
        if items.count > 1 {
            for index in items.indices { without { $0.items.remove(at: index) } }
        }
        return texts
    }
}
