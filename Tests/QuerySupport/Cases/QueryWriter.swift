import Columnar
import TestSupport

/// Random queries out of a seed over ``RandomTables``: mostly valid, over the whole language.
public struct QueryWriter {
    var generator: SeededGenerator
    /// The columns that expressions name now.
    var scope = Scope([], time: nil, series: nil)
    /// The two sides of a WINDOW JOIN that is being written.
    var windowSides = (Scope([], time: nil, series: nil), Scope([], time: nil, series: nil))
    private var aliasCount = 0

    /// Queries of a seed.
    public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// An expression and its type.
    struct Typed {
        var text: String
        var type: ColumnType
    }

    /// A SELECT with the scope of its answer.
    struct Written {
        var text: SelectText
        var scope: Scope
    }

    /// The next query.
    public mutating func query() -> SelectText {
        aliasCount = 0
        return select(depth: generator.pick([0, 0, 0, 1, 1, 2])).text
    }

    /// A SELECT whose source may be SELECTs, so many deep.
    mutating func select(depth: Int) -> Written {
        let outer = scope
        defer { scope = outer }
        var text = SelectText()
        let hasJoin = writeSource(&text, depth)
        var written = Written(text: text, scope: Scope([], time: nil, series: nil))
        if hasJoin == .window {
            writeWindowJoinItems(&written)
        } else {
            writeFilters(&written.text)
            switch generator.int(0...9) {
            case 0...2: writeRows(&written)
            case 3: writeLatest(&written)
            case 4, 5: writeWindows(&written)
            default: writeGroups(&written)
            }
        }
        if generator.oneIn(6) { written.text.isDistinct = true }
        writeOrder(&written)
        return written
    }

    // MARK: Sources

    enum JoinKind {
        case none
        case window
        case other
    }

    private mutating func source(depth: Int) -> (SelectText.Source, Scope) {
        if depth > 0, !generator.oneIn(4) {
            let inner = select(depth: depth - 1)
            if generator.oneIn(4), inner.text.items.allSatisfy({ $0.alias != nil }), let other = matching(inner.scope) {
                let words = ["UNION ALL", "UNION ALL", "UNION", "EXCEPT", "EXCEPT ALL", "INTERSECT", "INTERSECT ALL"]
                var scope = inner.scope
                // Only what both sides have is of the whole.
                if other.scope.time == nil { scope.time = nil }
                if other.scope.series == nil { scope.series = nil }
                return (.set(inner.text, generator.pick(words), other.text), scope)
            }
            return (.query(inner.text), inner.scope)
        }
        if generator.oneIn(25) { return numbers() }
        let schema = generator.pick([RandomTables.trades, RandomTables.trades, RandomTables.quotes, RandomTables.facts])
        return (.table(schema.name), Scope(schema))
    }

    private mutating func writeSource(_ text: inout SelectText, _ depth: Int) -> JoinKind {
        let (source, scope) = source(depth: depth)
        text.source = source
        self.scope = scope
        guard generator.oneIn(3) else {
            if generator.oneIn(4) {
                text.alias = "x"
                if generator.oneIn(2) { self.scope = scope.qualified("x") }
            }
            return .none
        }
        text.alias = "l"
        let (right, rightScope) = self.source(depth: depth)
        return writeJoin(&text, scope, right, rightScope)
    }

    // MARK: Clauses

    mutating func alias() -> String {
        aliasCount += 1
        return "c\(aliasCount)"
    }

    private mutating func writeFilters(_ text: inout SelectText) {
        for _ in 0..<generator.pick([0, 0, 0, 1, 1, 2]) { text.filters.append(boolean(2)) }
        if generator.oneIn(10), let condition = subquery() { text.filters.append(condition) }
        if let time = scope.time {
            if generator.oneIn(20) {
                let interval = "'2024-08-08T00:00:01;\(generator.int(-1...4))s;7s;3'"
                text.filters.append("\(time) \(generator.pick(["IN", "NOT IN"])) \(interval)")
            }
            if generator.oneIn(6) { text.filters.append("\(time) >= '2024-08-08T00:00:0\(generator.int(0...9))'") }
            if generator.oneIn(9) { text.filters.append("\(time) < '2024-08-08T00:00:\(generator.int(10...40))'") }
            if generator.oneIn(12) { text.filters.append("\(time) IN '2024-08-08T00:0\(generator.int(0...3))'") }
        }
        if let series = scope.series, generator.oneIn(5) {
            let names = generator.pick(["= 'S0'", "IN ('S0', 'S2')", "!= 'S1'", "= 'none'"])
            text.filters.append("\(series) \(names)")
        }
    }

    /// Adds an item, and its column to the scope of the answer.
    mutating func add(_ item: Typed, to written: inout Written, as name: String? = nil) {
        let name = name ?? alias()
        written.text.items.append(SelectText.Item(expression: item.text, alias: name))
        written.scope.columns.append(Scope.Column(name: name, type: item.type))
    }

    /// Adds the designated timestamp, and perhaps the series key, so that an outer SELECT has them too.
    mutating func addTimeAndSeries(to written: inout Written) {
        if let time = scope.time, !generator.oneIn(4) {
            add(Typed(text: time, type: .timestamp), to: &written, as: "time")
            written.scope.time = "time"
        }
        if let series = scope.series, generator.oneIn(2) {
            add(Typed(text: series, type: .symbol), to: &written, as: "symbol")
            written.scope.series = "symbol"
        }
    }

    private mutating func writeRows(_ written: inout Written) {
        if written.text.join == nil, generator.oneIn(5) {
            written.text.items = [SelectText.Item(expression: "*", alias: nil)]
            // An alias is no part of the names of the answer.
            let prefix = written.text.alias.map { "\($0)." } ?? ""
            func bare(_ name: String) -> String { name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name }
            written.scope = Scope(
                scope.columns.map { Scope.Column(name: bare($0.name), type: $0.type) },
                time: scope.time.map(bare),
                series: scope.series.map(bare)
            )
            return
        }
        addTimeAndSeries(to: &written)
        for _ in 0..<generator.int(1...3) { add(value(2), to: &written) }
    }

    private mutating func writeLatest(_ written: inout Written) {
        addTimeAndSeries(to: &written)
        for _ in 0..<generator.int(1...3) { add(value(1), to: &written) }
        guard let time = scope.time else { return }
        let keys = keyColumns(generator.int(1...2))
        guard !keys.isEmpty else { return }
        let list = keys.joined(separator: ", ")
        written.text.latest = generator.oneIn(3) ? "LATEST ON \(time) PARTITION BY \(list)" : "LATEST BY \(list)"
    }

    /// Some columns to group, join or partition by.
    mutating func keyColumns(_ count: Int) -> [String] {
        var keys: [String] = []
        let candidates = (scope.series.map { [$0, $0] } ?? []) + scope.names(.symbol, .string, .boolean, .int64)
        for _ in 0..<count where !candidates.isEmpty {
            let key = generator.pick(candidates)
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    private mutating func writeOrder(_ written: inout Written) {
        let names = written.scope.columns.map(\.name)
        if !names.isEmpty, generator.oneIn(3) {
            for _ in 0..<generator.int(1...2) {
                let term = generator.oneIn(5) ? "\(generator.int(1...names.count))" : generator.pick(names)
                written.text.orderBy.append(term + generator.pick(["", "", " ASC", " DESC", " DESC"]))
            }
        }
        guard generator.oneIn(3) else { return }
        let (a, b) = (generator.pick([0, 1, 2, 5, 30]), generator.pick([0, 1, 3, 8, 60]))
        written.text.limit = generator.pick([
            "\(a)", "\(a)", "\(a), \(b)", "\(b) OFFSET \(a)", "-\(a + 1)", "-\(b + 1), -\(a + 1)", "\(a), -\(b + 1)",
        ])
    }
}
