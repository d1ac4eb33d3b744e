import Columnar
import TestSupport

/// Random tables and random queries over them, all from one seed.
struct QueryRandomCases {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    static let schema = TableSchema(
        name: "ticks",
        kind: .event,
        columns: [
            Column("time", .timestamp), Column("symbol", .symbol), Column("seq", .int64), Column("price", .float64),
            Column("size", .float64), Column("raw", .float64), Column("side", .symbol), Column("note", .string),
            Column("flag", .boolean), Column("level", .int64), Column("seen", .timestamp),
        ]
    )!

    /// 2024-08-08T00:00:00Z.
    static let origin: Int64 = 1_723_075_200_000_000_000

    // MARK: Rows

    mutating func table() -> MemoryTable {
        let rowCount = generator.pick([0, 1, 2, 7, 40, 120, 300])
        let series = (0..<generator.int(1...4)).map { "S\($0)" }
        let stepMax = generator.pick([0, 1, 5, 40])
        var time = Self.origin
        var rows: [[Scalar]] = []
        for index in 0..<rowCount {
            time += Int64(generator.int(0...stepMax)) * 250_000_000
            rows.append(row(time, generator.pick(series), Int64(index)))
        }
        if generator.oneIn(3) { rows.shuffle(using: &generator) }
        return MemoryTable(Self.schema, rows: rows)
    }

    mutating func row(_ time: Int64, _ symbol: String, _ seq: Int64) -> [Scalar] {
        [
            .timestamp(time), .text(symbol), .int64(seq),
            maybe(.float64(Double(generator.int(990...1010)) / 10), 9),
            maybe(.float64(Double(generator.int(0...400)) / 100), 9),
            maybe(
                .float64(generator.pick([.nan, 1.5, -2.25, 0, 1e-3, Double.random(in: -9...9, using: &generator)])),
                7
            ),
            maybe(.text(generator.pick(["buy", "sell"])), 12),
            maybe(.text(generator.pick(["", "a", "ab", "é", "Zürich"])), 6),
            maybe(.boolean(generator.oneIn(2)), 5),
            maybe(.int64(Int64(generator.int(-3...5))), 6),
            maybe(.timestamp(time + Int64(generator.int(0...3)) * 1_000_000_000), 8),
        ]
    }

    private mutating func maybe(_ value: Scalar, _ n: UInt64) -> Scalar { generator.oneIn(n) ? .null : value }

    // MARK: Queries

    mutating func query() -> String {
        switch generator.int(0...5) {
        case 0, 1: rowsQuery()
        case 2: latestQuery()
        default: aggregateQuery()
        }
    }

    private mutating func rowsQuery() -> String {
        let items = generator.oneIn(3) ? ["*"] : (0..<generator.int(1...4)).map { "\(value(2)) AS c\($0)" }
        var text = "SELECT \(items.joined(separator: ", ")) FROM ticks\(filter())"
        switch generator.int(0...5) {
        case 0: text += " ORDER BY time"
        case 1: text += " ORDER BY time DESC"
        case 2: text += " ORDER BY \(column(any: true))\(generator.oneIn(2) ? " DESC" : "")"
        case 3: text += " ORDER BY \(column(any: true)) DESC, \(column(any: true))"
        default: break
        }
        return text + limit()
    }

    private mutating func latestQuery() -> String {
        let items = generator.oneIn(2) ? "*" : "symbol, price, seq, \(value(1)) AS v"
        let order = generator.oneIn(3) ? " ORDER BY price DESC, symbol" : ""
        return "SELECT \(items) FROM ticks\(filter()) LATEST BY symbol\(order)\(limit())"
    }

    private mutating func aggregateQuery() -> String {
        var items: [String] = []
        let isSampled = generator.oneIn(2)
        if isSampled, !generator.oneIn(4) { items.append("time") }
        let keys = (0..<generator.int(0...2)).map { _ in key() }
        items += keys.enumerated().map { "\($0.element) AS k\($0.offset)" }
        let first = aggregate()
        items.append("\(first) AS a0")
        for index in 1...generator.int(1...4) { items.append("\(aggregate()) AS a\(index)") }
        if generator.oneIn(4) { items.append("ohlcv(price, size)") }
        var text = "SELECT \(items.joined(separator: ", ")) FROM ticks\(filter())"
        if isSampled { text += " SAMPLE BY \(generator.pick(["1s", "250ms", "1m", "1h", "7s"]))" }
        // Sums round; whether two of them are equal is not for the interpreter to say.
        if generator.oneIn(2), Self.isExact(first) { text += " ORDER BY a0\(generator.oneIn(2) ? " DESC" : "")" }
        return text + limit()
    }

    private static func isExact(_ aggregate: String) -> Bool {
        ["count", "min", "max", "first", "last"].contains { aggregate.hasPrefix($0) }
    }

    private mutating func key() -> String {
        generator.pick([
            "symbol", "symbol", "side", "note", "level", "flag", "price", "raw", "level % 2", "price > 100",
        ])
    }

    private mutating func aggregate() -> String {
        switch generator.int(0...9) {
        case 0: "count()"
        case 1: "count(\(column(any: true)))"
        case 2: "sum(\(generator.pick(["price", "size", "raw", "level", "price * 2", "seq"])))"
        case 3: "min(\(generator.pick(["price", "raw", "level", "time", "seen"])))"
        case 4: "max(\(generator.pick(["price", "raw", "level", "time", "seen"])))"
        case 5: "avg(\(generator.pick(["price", "raw", "level"])))"
        case 6: "first(\(column(any: true)))"
        case 7: "last(\(column(any: true)))"
        case 8: "vwap(price, size)"
        default: "max(price) - min(price)"
        }
    }

    private mutating func column(any: Bool) -> String {
        generator.pick(["time", "symbol", "seq", "price", "size", "raw", "side", "note", "flag", "level", "seen"])
    }

    private mutating func limit() -> String { generator.oneIn(3) ? " LIMIT \(generator.pick([0, 1, 5, 70]))" : "" }

    private mutating func filter() -> String {
        var terms = (0..<generator.pick([0, 0, 1, 1, 2])).map { _ in predicate(2) }
        if generator.oneIn(4) { terms.append("symbol = 'S\(generator.int(0...4))'") }
        if generator.oneIn(4) { terms.append("time >= '2024-08-08T00:00:\(generator.int(10...59))'") }
        if generator.oneIn(5) { terms.append("time IN '2024-08-08T00:0\(generator.int(0...9))'") }
        if generator.oneIn(9) { terms.append("(time < '2024-08-08T00:00:05' OR time > '2024-08-08T00:00:50')") }
        return terms.isEmpty ? "" : " WHERE \(terms.joined(separator: " AND "))"
    }

    private mutating func predicate(_ depth: Int) -> String {
        if depth > 0, generator.oneIn(3) {
            switch generator.int(0...2) {
            case 0: return "(\(predicate(depth - 1)) AND \(predicate(depth - 1)))"
            case 1: return "(\(predicate(depth - 1)) OR \(predicate(depth - 1)))"
            default: return "NOT (\(predicate(depth - 1)))"
            }
        }
        let comparison = generator.pick(["=", "!=", "<", "<=", ">", ">="])
        switch generator.int(0...8) {
        case 0: return "price \(comparison) \(generator.pick(["100", "99.5", "100.05", "1e300", "-1"]))"
        case 1: return "\(number(1)) \(comparison) \(number(1))"
        case 2: return "side \(comparison) \(generator.pick(["'buy'", "'sell'", "'none'", "note"]))"
        case 3: return "note IN ('a', 'é', '\(generator.pick(["", "q"]))')"
        case 4: return "level NOT IN (1, 2, -3)"
        case 5: return "\(column(any: true)) IS \(generator.oneIn(2) ? "NOT " : "")NULL"
        case 6: return "flag = \(generator.pick(["true", "false"]))"
        case 7: return "price IN (100, 99.5, 101.1)"
        default: return "level \(comparison) \(generator.int(-4...6))"
        }
    }

    private mutating func value(_ depth: Int) -> String {
        generator.oneIn(2) ? column(any: true) : number(depth)
    }

    private mutating func number(_ depth: Int) -> String {
        if depth == 0 || generator.oneIn(3) {
            return generator.pick(["price", "size", "raw", "level", "seq", "3", "0.5", "0"])
        }
        switch generator.int(0...7) {
        case 0: return "(\(number(depth - 1)) + \(number(depth - 1)))"
        case 1: return "(\(number(depth - 1)) - \(number(depth - 1)))"
        case 2: return "(\(number(depth - 1)) * \(number(depth - 1)))"
        case 3: return "(\(number(depth - 1)) / \(number(depth - 1)))"
        case 4: return "(\(number(depth - 1)) % \(number(depth - 1)))"
        case 5: return "abs(\(number(depth - 1)))"
        case 6: return "coalesce(\(number(depth - 1)), level)"
        default: return "\(generator.pick(["floor", "ceil", "round", "sqrt"]))(\(number(depth - 1)))"
        }
    }
}
