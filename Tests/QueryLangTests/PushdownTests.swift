import Columnar
import QueryLang
import Testing

/// Random predicates asked of each row as written, against times, series and what is left of the predicate.
@Suite struct PushdownTests {
    struct Row {
        let time: Int64
        let symbol: String
        let price: Double?
    }

    static let symbols = ["A", "B", "C"]
    static let days = (1...6).map { CivilTime.interval("2024-01-0\($0)")! }

    static let rows: [Row] = {
        var times: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 2, .max - 1, .max]
        for day in days { times += [day.start - 1, day.start, day.start + 1, day.start + CivilTime.hour, day.end - 1] }
        return times.flatMap { time in
            symbols.flatMap { symbol in
                [nil, 1, 2].map { Row(time: time, symbol: symbol, price: $0) }
            }
        }
    }()

    // MARK: Naive reading of the written predicate

    private static func value(_ expression: Expression, _ row: Row) -> Scalar {
        switch expression.kind {
        case .literal(.null): return .null
        case .literal(.boolean(let value)): return .boolean(value)
        case .literal(.integer(let value)): return .int64(Int64(value))
        case .literal(.string(let text)): return .text(text)
        case .unary(.negate, let operand):
            if case .literal(.integer(let magnitude)) = operand.kind { return .int64(-1 - Int64(magnitude - 1)) }
            return .null
        case .column(let column):
            switch column.name.name {
            case "time": return .timestamp(row.time)
            case "symbol": return .text(row.symbol)
            default: return row.price.map { .float64($0) } ?? .null
            }
        default: return .null
        }
    }

    /// -1, 0 or 1; nil if a side is null.
    private static func order(_ left: Scalar, _ right: Scalar) -> Int? {
        func sign<Value: Comparable>(_ left: Value, _ right: Value) -> Int { left < right ? -1 : left == right ? 0 : 1 }
        switch (left, right) {
        case (.timestamp(let a), .timestamp(let b)), (.timestamp(let a), .int64(let b)),
            (.int64(let a), .timestamp(let b)):
            return sign(a, b)
        case (.timestamp(let a), .text(let b)): return sign(a, CivilTime.interval(b)!.start)
        case (.text(let a), .timestamp(let b)): return sign(CivilTime.interval(a)!.start, b)
        case (.text(let a), .text(let b)): return sign(a, b)
        case (.float64(let a), .int64(let b)): return sign(a, Double(b))
        case (.int64(let a), .float64(let b)): return sign(Double(a), b)
        case (.float64(let a), .float64(let b)): return sign(a, b)
        default: return nil
        }
    }

    private static func holds(_ symbol: BinaryOperator, _ order: Int?) -> Bool? {
        guard let order else { return nil }
        return switch symbol {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        default: order >= 0
        }
    }

    private static func and(_ left: Bool?, _ right: Bool?) -> Bool? {
        left == false || right == false ? false : left == nil || right == nil ? nil : true
    }

    private static func or(_ left: Bool?, _ right: Bool?) -> Bool? {
        and(left.map { !$0 }, right.map { !$0 }).map { !$0 }
    }

    private static func truth(_ expression: Expression, _ row: Row) -> Bool? {
        switch expression.kind {
        case .literal(.boolean(let value)): return value
        case .unary(.not, let operand): return truth(operand, row).map { !$0 }
        case .logical(.and, let operands): return operands.reduce(true) { and($0, truth($1, row)) }
        case .logical(.or, let operands): return operands.reduce(false) { or($0, truth($1, row)) }
        case .binary(let symbol, let left, let right): return holds(symbol, order(value(left, row), value(right, row)))
        case .between(let operand, let lower, let upper, let isNegated):
            let value = value(operand, row)
            let above = holds(.greaterOrEqual, order(value, Self.value(lower, row)))
            let inside = and(above, holds(.lessOrEqual, order(value, Self.value(upper, row))))
            return isNegated ? inside.map { !$0 } : inside
        case .isNull(let operand, let isNegated): return value(operand, row).isNull != isNegated
        case .inList(let operand, let values, let isNegated):
            let isIn: Bool?
            if case .timestamp(let time) = value(operand, row), values.count == 1,
                case .literal(.string(let text)) = values[0].kind
            {
                isIn = CivilTime.interval(text)!.contains(time)
            } else {
                isIn = values.reduce(false) { or($0, holds(.equal, order(value(operand, row), value($1, row)))) }
            }
            return isNegated ? isIn.map { !$0 } : isIn
        default: return nil
        }
    }

    // MARK: Reading of what was bound

    private static func value(_ expression: BoundExpression, _ row: Row) -> Scalar {
        switch expression {
        case .literal(let value, _): value
        case .column(0, _): .timestamp(row.time)
        case .column(1, _): .text(row.symbol)
        case .column: row.price.map { .float64($0) } ?? .null
        default: truth(expression, row).map { .boolean($0) } ?? .null
        }
    }

    private static func truth(_ expression: BoundExpression, _ row: Row) -> Bool? {
        switch expression {
        case .literal(.boolean(let value), _): return value
        case .unary(.not, let operand, _): return truth(operand, row).map { !$0 }
        case .binary(.and, let left, let right, _): return and(truth(left, row), truth(right, row))
        case .binary(.or, let left, let right, _): return or(truth(left, row), truth(right, row))
        case .binary(let symbol, let left, let right, _):
            return holds(symbol, order(value(left, row), value(right, row)))
        case .inList(let operand, let values, let isNegated):
            let value = value(operand, row)
            guard !value.isNull else { return nil }
            return values.contains(value) != isNegated
        case .isNull(let operand, let isNegated): return value(operand, row).isNull != isNegated
        default: return nil
        }
    }

    private static func isSelected(_ row: Row, by select: BoundSelect) -> Bool {
        guard select.pushdown.times.contains(where: { $0.contains(row.time) }) else { return false }
        if case .named(let names) = select.pushdown.series, !names.contains(row.symbol) { return false }
        return select.pushdown.residual.map { truth($0, row) == true } ?? true
    }

    // MARK: Random predicates

    struct Predicates {
        var random: SeededGenerator

        private mutating func time() -> String {
            random.pick([
                "'2024-01-0\(Int.random(in: 1...6, using: &random))'", "'2024-01-02T01'", "'2024'", "0", "-1", "1",
                "9223372036854775807", "9223372036854775806", "-9223372036854775808", "NULL",
            ])
        }

        private mutating func interval() -> String {
            random.pick([
                "'2024-01-0\(Int.random(in: 1...6, using: &random))'", "'2024-01'", "'1970'", "'2024-01-03T01'",
            ])
        }

        private mutating func leaf(_ kinds: ClosedRange<Int>) -> String {
            let symbol = random.pick(["=", "!=", "<", "<=", ">", ">="])
            let not = random.oneIn(3) ? " NOT" : ""
            let name = random.pick(["'A'", "'B'", "'C'", "'D'"])
            return switch Int.random(in: kinds, using: &random) {
            case 0: "time \(symbol) \(time())"
            case 1: "\(time()) \(symbol) time"
            case 2: "time\(not) IN \(interval())"
            case 3: "time\(not) BETWEEN \(time()) AND \(time())"
            case 4: "time\(not) IN (\(time()), \(time()), \(time()))"
            case 5: random.pick(["time IS\(not) NULL", "TRUE", "FALSE", "NOT TRUE"])
            case 6: "symbol \(random.pick(["=", "!="])) \(name)"
            case 7: "symbol\(not) IN (\(name), \(random.pick(["'A'", "'C'", "NULL"])))"
            case 8: "symbol \(symbol) \(name)"
            default: random.pick(["price \(symbol) 1", "price IS\(not) NULL", "price\(not) IN (1, 2)"])
            }
        }

        mutating func predicate(_ depth: Int, _ kinds: ClosedRange<Int>) -> String {
            guard depth > 0, !random.oneIn(4) else { return leaf(kinds) }
            let left = predicate(depth - 1, kinds)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: return "NOT (\(left))"
            case 1, 2: return "(\(left)) AND (\(predicate(depth - 1, kinds)))"
            default: return "(\(left)) OR (\(predicate(depth - 1, kinds)))"
            }
        }
    }

    private func check(_ text: String, seed: UInt64) throws -> BoundSelect {
        let query = "SELECT time FROM book_features@v1 WHERE \(text.replacing("price", with: "mid"))"
        guard case .select(let statement) = try Parser.parse(query).kind, let filter = statement.filter else {
            throw QueryError(.bug, "no filter")
        }
        let select = try boundSelect(query)
        for row in Self.rows {
            let expected = Self.truth(filter, row) == true
            try #require(Self.isSelected(row, by: select) == expected, "seed \(seed), \(row): \(query)")
        }
        return select
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func pushedAndResidualTogetherMeanThePredicate(seed: UInt64) throws {
        var predicates = Predicates(random: SeededGenerator(seed: seed))
        for _ in 0..<100 { _ = try check(predicates.predicate(4, 0...9), seed: seed) }
    }

    @Test(arguments: 11...14 as ClosedRange<UInt64>)
    func predicateOverTimeAloneLeavesNothing(seed: UInt64) throws {
        var predicates = Predicates(random: SeededGenerator(seed: seed))
        for _ in 0..<100 {
            let text = predicates.predicate(4, 0...5)
            let select = try check(text, seed: seed)
            // But at the end of time, which a half-open range cannot name.
            if !text.contains("922337203685477580") { #expect(select.pushdown.residual == nil, "\(text)") }
        }
    }
}
