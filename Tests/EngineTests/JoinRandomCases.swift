import Columnar
import QueryLang
import TestSupport

@testable import Engine

/// Random tables and random joins of them, all from one seed.
struct JoinRandomCases {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    /// Both tables have the same columns.
    static let columns = [
        Column("time", .timestamp), Column("symbol", .symbol), Column("k", .int64), Column("price", .float64),
        Column("raw", .float64), Column("n", .int64), Column("flag", .boolean), Column("tag", .symbol),
        Column("note", .string),
    ]
    static let leftSchema = TableSchema(name: "l", kind: .event, columns: columns)!
    static let rightSchema = TableSchema(name: "r", kind: .event, columns: columns)!

    /// A join of two tables, or of rows of them.
    struct Case {
        var tables: [MemoryTable]
        var join: BoundJoin
        /// The rows that are joined, by (time, series, arrival).
        var left: [[Scalar]]
        var right: [[Scalar]]

        /// What to look at when it fails.
        var summary: String {
            "\(join.kind) by \(join.keys.map { [$0.left, $0.right] }) if \(join.condition.map { "\($0)" } ?? "true")\n"
                + "\(left.count) rows: \(left)\n\(right.count) rows: \(right)"
        }
    }

    mutating func makeCase() -> Case {
        let hasExtremes = generator.oneIn(5)
        let hasLargeIntegers = generator.oneIn(6)
        let left = table(Self.leftSchema, hasExtremes, hasLargeIntegers)
        let right = table(Self.rightSchema, hasExtremes, hasLargeIntegers)
        var (leftRows, rightRows) = (Self.ordered(left.rows), Self.ordered(right.rows))
        var sources = [BoundSource.table(left.schema), .table(right.schema)]
        if generator.oneIn(3) {
            sources[0] = Self.query(left.schema, .binary(.greater, .column(5, .int64), .zero, .boolean))
            leftRows = leftRows.filter(Self.isPositive)
        }
        if generator.oneIn(2) {
            sources[1] = Self.query(right.schema, .binary(.greater, .column(5, .int64), .zero, .boolean))
            rightRows = rightRows.filter(Self.isPositive)
        }
        let kind = kind(hasExtremes)
        var join = BoundJoin(kind: kind, left: sources[0], right: sources[1], keys: keys())
        switch kind {
        case .inner, .left, .full: if generator.oneIn(2) { join.condition = condition() }
        case .asof, .lt, .window: break
        }
        return Case(tables: [left, right], join: join, left: leftRows, right: rightRows)
    }

    // MARK: Rows

    private mutating func table(_ schema: TableSchema, _ hasExtremes: Bool, _ hasLargeIntegers: Bool) -> MemoryTable {
        let rowCount = generator.pick([0, 1, 2, 5, 20, 60])
        let series = (0..<generator.int(1...3)).map { "S\($0)" }.shuffled(using: &generator)
        let span = generator.pick([1, 10, 100])
        let rows = (0..<rowCount).map { _ -> [Scalar] in
            var time = Int64(generator.int(0...span))
            if hasExtremes, generator.oneIn(2) { time = generator.pick([.min, .min + 1, -1, .max - 1, .max]) }
            var number = Int64(generator.int(-1...9))
            if hasLargeIntegers, generator.oneIn(3) { number = generator.pick([.max, .min, .max / 3, .min / 2]) }
            return [
                .timestamp(time), .text(generator.pick(series)),
                maybe(.int64(Int64(generator.int(-1...2))), 5),
                maybe(.float64(Double(generator.int(-40...400)) / 4), 7),
                maybe(.float64(generator.pick([.nan, 0, -0.0, 1, 2, 1.5, -1, 1e-3, .infinity])), 7),
                maybe(.int64(number), 8), maybe(.boolean(generator.oneIn(2)), 7),
                maybe(.text(generator.pick(["a", "b", "", "\u{E9}"])), 6),
                maybe(.text(generator.pick(["a", "b", "", "Z\u{FC}rich"])), 6),
            ]
        }
        return MemoryTable(schema, rows: rows)
    }

    private mutating func maybe(_ value: Scalar, _ n: UInt64) -> Scalar { generator.oneIn(n) ? .null : value }

    private static func isPositive(_ row: [Scalar]) -> Bool { if case .int64(let n) = row[5] { n > 0 } else { false } }

    /// The order in which rows of a table come.
    private static func ordered(_ rows: [[Scalar]]) -> [[Scalar]] {
        func key(_ row: [Scalar]) -> (Int64, String) {
            guard case .timestamp(let time) = row[0], case .text(let symbol) = row[1] else { return (0, "") }
            return (time, symbol)
        }
        return rows.enumerated().sorted { left, right in
            let (a, b) = (key(left.element), key(right.element))
            return a == b ? left.offset < right.offset : a < b
        }.map(\.element)
    }

    private static func query(_ table: TableSchema, _ predicate: BoundExpression) -> BoundSource {
        var select = BoundSelect(
            source: .table(table),
            outputs: table.columns.enumerated().map { .column($0.offset, $0.element.type) },
            columns: table.columns.map { ResultColumn(name: $0.name, type: $0.type) }
        )
        select.predicate = predicate
        select.timeOutput = 0
        select.seriesOutput = 1
        return .query(select)
    }

    // MARK: Joins

    private mutating func keys() -> [BoundJoin.Key] {
        generator.pick([
            [], [(1, 1)], [(1, 1)], [(1, 1)], [(2, 2)], [(2, 4)], [(4, 2)], [(4, 4)], [(3, 3)], [(7, 8)], [(8, 8)],
            [(8, 7)], [(0, 0)], [(6, 6)], [(1, 1), (6, 6)], [(7, 7), (2, 4)],
        ]).map { BoundJoin.Key(left: $0.0, right: $0.1) }
    }

    private mutating func kind(_ hasExtremes: Bool) -> BoundJoin.Kind {
        let tolerance: Int64? = generator.oneIn(2) ? nil : generator.pick([0, 1, 7, .max])
        switch generator.int(0...8) {
        case 0: return .inner
        case 8: return .full
        case 1: return .left
        case 2, 3: return .asof(tolerance: tolerance)
        case 4: return .lt(tolerance: tolerance)
        default:
            var distances: [Int64] = [0, 1, 2, 10, 1000, -1, -5]
            if hasExtremes { distances += [.max, -.max, .max / 2] }
            var calls: [AggregateCall] = []
            for _ in 0..<generator.int(1...5) { calls.append(aggregate()) }
            return .window(
                WindowJoin(
                    preceding: generator.pick(distances),
                    following: generator.pick(distances),
                    includesPrevailing: generator.oneIn(2),
                    aggregates: calls,
                    outputTypes: calls.flatMap { AggregateStates.states(of: $0).outputTypes }
                )
            )
        }
    }

    private static let leftCount = columns.count
    private static func left(_ index: Int) -> BoundExpression { .column(index, columns[index].type) }
    private static func right(_ index: Int) -> BoundExpression { .column(leftCount + index, columns[index].type) }

    private mutating func condition() -> BoundExpression {
        let terms: [BoundExpression] = [
            .binary(.less, Self.left(3), Self.right(3), .boolean),
            .binary(.greaterOrEqual, Self.right(0), Self.left(0), .boolean),
            .binary(.notEqual, Self.left(7), Self.right(8), .boolean),
            .binary(.greater, Self.right(5), .literal(.int64(3), .int64), .boolean),
            .isNull(Self.right(4), isNegated: true),
        ]
        let first = generator.pick(terms)
        return generator.oneIn(2) ? first : .binary(.and, first, generator.pick(terms), .boolean)
    }

    private mutating func aggregate() -> AggregateCall {
        let any = generator.int(0..<Self.leftCount)
        let number = generator.pick([3, 4, 5])
        let both = BoundExpression.binary(.multiply, Self.left(3), Self.right(3), .float64)
        let sum = BoundExpression.binary(.add, Self.right(3), Self.right(5), .float64)
        switch generator.int(0...14) {
        case 0: return AggregateCall(function: .count, arguments: [])
        case 1: return AggregateCall(function: .count, arguments: [Self.right(any)])
        case 2, 3: return AggregateCall(function: .sum, arguments: [Self.right(number)])
        case 4: return AggregateCall(function: .avg, arguments: [Self.right(number)])
        case 5: return AggregateCall(function: .min, arguments: [Self.right(any)])
        case 6: return AggregateCall(function: .max, arguments: [Self.right(any)])
        case 7: return AggregateCall(function: .first, arguments: [Self.right(any)])
        case 8: return AggregateCall(function: .last, arguments: [Self.right(any)])
        case 9: return AggregateCall(function: .vwap, arguments: [Self.right(3), Self.right(4)])
        case 10: return AggregateCall(function: .ohlcv, arguments: [Self.right(3), Self.right(4)])
        case 11: return AggregateCall(function: generator.pick([.sum, .avg, .last]), arguments: [both])
        case 12: return AggregateCall(function: .vwap, arguments: [Self.right(3), Self.left(3)])
        case 13: return AggregateCall(function: .sum, arguments: [sum])
        default:
            return AggregateCall(function: generator.pick([.count, .sum]), arguments: [.literal(.int64(2), .int64)])
        }
    }
}

extension SeededGenerator {
    fileprivate mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }
}

extension BoundExpression {
    static let zero = BoundExpression.literal(.int64(0), .int64)
}
