import Columnar
import QueryLang

/// What the leaves of an expression stand for in one row.
struct RowLeaves {
    var columns: [Value] = []
    var bucket = Value.null
    var keys: [Value] = []
    /// A list of outputs for each aggregate call.
    var aggregates: [[Value]] = []
    var windows: [Value] = []
    /// The designated timestamp of the row, where it has one.
    var time: Value?
}

/// Computes bound expressions for one row.
enum ExpressionEvaluator {
    static func value(_ expression: BoundExpression, _ row: RowLeaves) throws(OracleFailure) -> Value {
        switch expression {
        case .literal(let value, _): return Value(value)
        case .column(let index, _): return row.columns[index]
        case .bucket: return row.bucket
        case .key(let index, _): return row.keys[index]
        case .aggregate(let call, let output, _): return row.aggregates[call][output]
        case .window(let index, _): return row.windows[index]
        case .unary(let symbol, let operand, _):
            return try Lifting.apply([try value(operand, row)], symbol.rawValue) {
                ScalarFormulas.unary(symbol, $0[0])
            }
        case .binary(let symbol, let left, let right, let type):
            return try binary(symbol, try value(left, row), try value(right, row), type)
        case .inList(let operand, let values, let isNegated):
            let operand = try value(operand, row)
            return try Lifting.apply([operand], "IN") { ends in
                if ends[0].isNull { return .null }
                let isMember = values.contains { ScalarFormulas.comparison(.equal, ends[0], $0) }
                return .boolean(isMember != isNegated)
            }
        case .isNull(let operand, let isNegated):
            let operand = try value(operand, row)
            if operand.isOpen { throw .undecided("IS NULL") }
            return Value(.boolean(operand.isNull != isNegated))
        case .query: throw .unknown("a sub-query that was not answered")
        case .call(.coalesce, let arguments, let type):
            return try coalesce(arguments, type, row)
        case .call(.round, let arguments, let type):
            // Which zero a small negative number rounds to is left open.
            let rounded = try Lifting.apply(try self.values(arguments, row), "round") {
                ScalarFormulas.call(.round, $0, type)
            }
            return rounded.scalar == .float64(0) && rounded.isExact ? .unsigned(0) : rounded
        case .call(let function, _, _) where !ScalarFormulas.knows(function):
            throw .undecided(function.rawValue)
        case .call(let function, let arguments, let type):
            let values = try self.values(arguments, row)
            return try Lifting.apply(values, function.rawValue) { ScalarFormulas.call(function, $0, type) }
        }
    }

    static func values(_ expressions: [BoundExpression], _ row: RowLeaves) throws(OracleFailure) -> [Value] {
        var values: [Value] = []
        for expression in expressions { values.append(try value(expression, row)) }
        return values
    }

    /// Whether a condition is true; null counts as false.
    static func holds(_ condition: BoundExpression?, _ row: RowLeaves) throws(OracleFailure) -> Bool {
        guard let condition else { return true }
        return try value(condition, row).scalar == .boolean(true)
    }

    private static func binary(
        _ symbol: BinaryOperator,
        _ left: Value,
        _ right: Value,
        _ type: ColumnType
    ) throws(OracleFailure) -> Value {
        // A divisor that may be on either side of zero gives anything.
        if symbol == .divide || symbol == .modulo, type == .float64, !left.isNull {
            let ends = right.corners.compactMap { Value($0).double }
            if ends.count == 2, ends[0].sign != ends[1].sign { return .open }
        }
        return try Lifting.apply([left, right], symbol.rawValue) {
            ScalarFormulas.binary(symbol, $0[0], $0[1], type)
        }
    }

    private static func coalesce(
        _ arguments: [BoundExpression],
        _ type: ColumnType,
        _ row: RowLeaves
    ) throws(OracleFailure) -> Value {
        for argument in arguments {
            let value = try value(argument, row)
            if value.isOpen { return value }
            if case .int64(let integer) = value.scalar, type == .float64 { return Value(.float64(Double(integer))) }
            if !value.isNull { return value }
        }
        return .null
    }
}
