import Columnar
import QueryLang
import TestSupport

extension Interpreter {
    func relation(_ source: BoundSource) throws(OracleFailure) -> Relation {
        switch source {
        case .table(let schema): try table(schema)
        case .query(let select): Relation(timeColumn: select.timeOutput, rows: try rows(select))
        case .join(let join): try joined(join)
        case .set(let set): Relation(timeColumn: set.timeColumn, rows: try combined(set))
        case .values(let values): Relation(timeColumn: nil, rows: values.rows.map { $0.map { Value($0) } })
        case .sequence(let sequence): try counted(sequence)
        case .book: throw .unknown("replays of a book")
        }
    }

    // MARK: Sets and rows without a table

    private func combined(_ set: BoundSet) throws(OracleFailure) -> [[Value]] {
        let (left, right) = (try rows(set.left), try rows(set.right))
        switch set.operation {
        case .union:
            return set.isAll ? left + right : try Self.distinct(left + right, set.left.columns.count)
        case .except, .intersect:
            var counts: [[GroupKey]: Int] = [:]
            for row in right { counts[try GroupKey.of(row), default: 0] += 1 }
            var kept: [[Value]] = []
            for row in left {
                let key = try GroupKey.of(row)
                let isMatched = counts[key, default: 0] > 0
                if set.isAll, isMatched { counts[key, default: 0] -= 1 }
                if isMatched == (set.operation == .intersect) { kept.append(row) }
            }
            return set.isAll ? kept : try Self.distinct(kept, set.left.columns.count)
        }
    }

    private func counted(_ sequence: BoundSequence) throws(OracleFailure) -> Relation {
        guard sequence.count <= Int64(Grouping.patience) else { throw .undecided("a long sequence") }
        let rows = (0..<sequence.count).map { index -> [Value] in
            let value = sequence.start + index * sequence.step
            return [Value(sequence.type == .timestamp ? .timestamp(value) : .int64(value))]
        }
        return Relation(timeColumn: sequence.type == .timestamp ? 0 : nil, rows: rows)
    }

    /// By time, series, arrival.
    private func table(_ schema: TableSchema) throws(OracleFailure) -> Relation {
        guard let table = tables.first(where: { $0.schema == schema }) else {
            throw .unknown("the table \(schema.name)")
        }
        let rows = table.rows.map { row in row.map { Value($0) } }
        let keys = [schema.timeColumn] + (schema.seriesColumn.map { [$0] } ?? [])
        let descending = keys.map { _ in false }
        let sorted = try ValueOrder.sort(rows) { left, right throws(OracleFailure) in
            try ValueOrder.compare(keys.map { left[$0] }, keys.map { right[$0] }, descending: descending)
        }
        return Relation(timeColumn: schema.timeColumn, rows: sorted)
    }

    // MARK: Joins

    private func joined(_ join: BoundJoin) throws(OracleFailure) -> Relation {
        let left = try relation(join.left)
        let right = try relation(join.right)
        let nulls = join.right.types.map { _ in Value.null }
        switch join.kind {
        case .inner: return try pairs(join, left, right, unmatched: nil)
        case .left: return try pairs(join, left, right, unmatched: nulls)
        case .full:
            var rows = try pairs(join, left, right, unmatched: nulls).rows
            let absent = join.left.types.map { _ in Value.null }
            for rightRow in right.rows {
                var isMatched = false
                for leftRow in left.rows where try areEqual(join.keys, leftRow, rightRow) {
                    let pair = RowLeaves(columns: leftRow + rightRow)
                    if try ExpressionEvaluator.holds(join.condition, pair) { isMatched = true }
                }
                if !isMatched { rows.append(absent + rightRow) }
            }
            return Relation(timeColumn: nil, rows: rows)
        case .asof(let tolerance): return try nearest(join, left, right, nulls, isStrict: false, tolerance)
        case .lt(let tolerance): return try nearest(join, left, right, nulls, isStrict: true, tolerance)
        case .window(let window): return try windows(join, window, left, right)
        }
    }

    private func pairs(
        _ join: BoundJoin,
        _ left: Relation,
        _ right: Relation,
        unmatched: [Value]?
    ) throws(OracleFailure) -> Relation {
        var rows: [[Value]] = []
        for leftRow in left.rows {
            var matches: [[Value]] = []
            for rightRow in right.rows where try areEqual(join.keys, leftRow, rightRow) {
                let pair = leftRow + rightRow
                if try ExpressionEvaluator.holds(join.condition, RowLeaves(columns: pair)) { matches.append(pair) }
            }
            if matches.isEmpty, let unmatched { matches = [leftRow + unmatched] }
            rows += matches
        }
        return left.with(rows)
    }

    /// With each left row, the last right one that is not later.
    private func nearest(
        _ join: BoundJoin,
        _ left: Relation,
        _ right: Relation,
        _ nulls: [Value],
        isStrict: Bool,
        _ tolerance: Int64?
    ) throws(OracleFailure) -> Relation {
        let right = try TimedRows(try right.inTimeOrder())
        var rows: [[Value]] = []
        for (row, time) in try TimedRows(left).rows {
            var match = nulls
            for candidate in right.rows where try areEqual(join.keys, row, candidate.row) {
                let age = Int128(time) - Int128(candidate.time)
                if isStrict ? age > 0 : age >= 0 {
                    // A later candidate takes its place, also if this one is too old.
                    match = tolerance.map { age <= Int128($0) } ?? true ? candidate.row : nulls
                }
            }
            rows.append(row + match)
        }
        return left.with(rows)
    }

    /// With each left row, aggregates of the right rows in its window.
    private func windows(
        _ join: BoundJoin,
        _ window: WindowJoin,
        _ left: Relation,
        _ right: Relation
    ) throws(OracleFailure) -> Relation {
        let right = try TimedRows(try right.inTimeOrder())
        var rows: [[Value]] = []
        for (row, time) in try TimedRows(left).rows {
            let start = Int128(time) - Int128(window.preceding)
            let end = Int128(time) + Int128(window.following)
            var prevailing: [TimedRows.Row] = []
            var inside: [TimedRows.Row] = []
            for candidate in right.rows where try areEqual(join.keys, row, candidate.row) {
                if Int128(candidate.time) < start {
                    prevailing = window.includesPrevailing ? [candidate] : []
                } else if Int128(candidate.time) <= end {
                    inside.append(candidate)
                }
            }
            let leaves = (prevailing + inside).map { candidate in
                RowLeaves(columns: row + candidate.row, time: Value(.timestamp(candidate.time)))
            }
            var outputs: [Value] = []
            for call in window.aggregates { outputs += try AggregateFormulas.outputs(of: call, over: leaves) }
            rows.append(row + outputs)
        }
        return left.with(rows)
    }

    /// Null equals nothing, and NaN neither.
    private func areEqual(_ keys: [BoundJoin.Key], _ left: [Value], _ right: [Value]) throws(OracleFailure) -> Bool {
        for key in keys {
            let isEqual = try Lifting.apply([left[key.left], right[key.right]], "a join's key") {
                ScalarFormulas.binary(.equal, $0[0], $0[1], .boolean)
            }
            if isEqual.scalar != .boolean(true) { return false }
        }
        return true
    }
}

/// Rows with their times, in the order in which they came.
private struct TimedRows {
    typealias Row = (row: [Value], time: Int64)
    var rows: [Row] = []

    init(_ relation: Relation) throws(OracleFailure) {
        guard let timeColumn = relation.timeColumn else { throw .unknown("a join by time of rows without one") }
        for row in relation.rows {
            guard let time = row[timeColumn].integer else { throw .unknown("a row whose designated timestamp is null") }
            rows.append((row, time))
        }
    }
}
