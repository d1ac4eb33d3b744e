import Columnar
public import QueryLang
public import TestSupport

/// Answers bound SELECTs row by row, in the plainest way: what the language means, in code.
///
/// It knows nothing of how the engine works. Where it is slow, it is so because that is easier to read.
public struct Interpreter: Sendable {
    let tables: [MemoryTable]

    /// An oracle for these tables.
    public init(_ tables: [MemoryTable]) { self.tables = tables }

    /// The answer's rows, in order.
    public func rows(_ unanswered: BoundSelect) throws(OracleFailure) -> [[Value]] {
        let select = try unanswered.mapExpressions { expression throws(OracleFailure) in
            try expression.answering { query throws(OracleFailure) in try answer(query) }
        }
        let source = try relation(select.source)
        var input: [[Value]] = []
        for row in source.rows where try ExpressionEvaluator.holds(select.predicate, source.leaves(row)) {
            input.append(row)
        }
        let shaped = try shape(source.with(input), select.shape)
        var rows: [RowLeaves] = []
        for row in shaped where try ExpressionEvaluator.holds(select.having, row) { rows.append(row) }
        try WindowEvaluator.fill(&rows, select.windows)
        var outputs: [[Value]] = []
        for row in rows { outputs.append(try ExpressionEvaluator.values(select.outputs, row)) }
        let width = select.columns.count
        if select.isDistinct { outputs = try Self.distinct(outputs, width) }
        outputs = try Self.ordered(outputs, select.orderBy)
        outputs = Self.limited(outputs, select.limit).map { Array($0.prefix(width)) }
        guard select.isRetimed, let time = select.timeOutput else { return outputs }
        return try Relation(timeColumn: time, rows: outputs.filter { !$0[time].isNull }).inTimeOrder().rows
    }

    /// A sub-query as a constant, or as a list.
    private func answer(_ query: BoundSubquery) throws(OracleFailure) -> BoundExpression {
        let rows = try rows(query.select)
        let values = rows.map { $0[0] }
        let null = BoundExpression.literal(.null, .boolean)
        switch query.question {
        case .exists: return .literal(.boolean(!rows.isEmpty), .boolean)
        case .value:
            if rows.count > 1 { throw .refused(code: "semantic_error") }
            if let value = values.first, !value.isExact { throw .undecided("a sub-query that rounds") }
            return .literal(values.first?.scalar ?? .null, query.type)
        case .contains(let operand, let isNegated):
            if values.contains(where: { !$0.isExact }) { throw .undecided("a sub-query that rounds") }
            if values.isEmpty { return .literal(.boolean(isNegated), .boolean) }
            // An equality with each value, joined by OR: null if one of them is unknown and none is true.
            var found = BoundExpression.literal(.boolean(false), .boolean)
            for value in values {
                let literal = BoundExpression.literal(value.scalar, query.select.columns[0].type)
                let isEqual = value.isNull ? null : BoundExpression.binary(.equal, operand, literal, .boolean)
                found = .binary(.or, found, isEqual, .boolean)
            }
            return isNegated ? .unary(.not, found, .boolean) : found
        }
    }

    private func shape(_ input: Relation, _ shape: BoundSelect.Shape) throws(OracleFailure) -> [RowLeaves] {
        switch shape {
        case .rows: input.rows.map(input.leaves)
        case .latest(let keys): try Self.latest(try input.inTimeOrder(), keys)
        case .aggregate(let aggregation): try Grouping(aggregation).rows(try input.inTimeOrder())
        }
    }

    private static func latest(_ input: Relation, _ keys: [Int]) throws(OracleFailure) -> [RowLeaves] {
        var last: [[GroupKey]: Int] = [:]
        for (index, row) in input.rows.enumerated() {
            last[try GroupKey.of(keys.map { row[$0] })] = index
        }
        return last.values.sorted().map { input.leaves(input.rows[$0]) }
    }

    /// The first of rows that are equal in their first columns.
    static func distinct(_ rows: [[Value]], _ width: Int) throws(OracleFailure) -> [[Value]] {
        var seen: Set<[GroupKey]> = []
        var kept: [[Value]] = []
        for row in rows where seen.insert(try GroupKey.of(Array(row.prefix(width)))).inserted { kept.append(row) }
        return kept
    }

    private static func ordered(_ rows: [[Value]], _ terms: [OrderTerm]) throws(OracleFailure) -> [[Value]] {
        if terms.isEmpty { return rows }
        let descending = terms.map(\.isDescending)
        return try ValueOrder.sort(rows) { left, right throws(OracleFailure) in
            try ValueOrder.compare(
                terms.map { left[$0.output] },
                terms.map { right[$0.output] },
                descending: descending
            )
        }
    }

    private static func limited(_ rows: [[Value]], _ limit: RowRange?) -> [[Value]] {
        guard let limit else { return rows }
        func place(_ index: Int) -> Int { index < 0 ? max(rows.count + index, 0) : min(index, rows.count) }
        let upper = limit.upper.map(place) ?? rows.count
        let lower = place(limit.lower)
        return lower < upper ? Array(rows[lower..<upper]) : []
    }
}

/// Rows in order, and which of their columns is the designated timestamp.
struct Relation {
    var timeColumn: Int?
    var rows: [[Value]]

    func with(_ rows: [[Value]]) -> Relation { Relation(timeColumn: timeColumn, rows: rows) }

    func leaves(_ row: [Value]) -> RowLeaves {
        RowLeaves(columns: row, time: timeColumn.map { row[$0] })
    }

    /// The rows by time; those of the same time keep their order. As they are if there is no time.
    func inTimeOrder() throws(OracleFailure) -> Relation {
        guard let timeColumn else { return self }
        return with(
            try ValueOrder.sort(rows) { left, right throws(OracleFailure) in
                try ValueOrder.compare(left[timeColumn], right[timeColumn])
            }
        )
    }
}
