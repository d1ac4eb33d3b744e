import Columnar

/// The SQL types of expressions. A column keeps the type that its table was declared with; in QuestDB's dialect
/// expressions have one too: `INT + INT` is an `INT`, a sum of them a `LONG`.
extension ExpressionBinder {
    /// The type that an expression over rows, or over groups with these keys, was declared with; nil if the type of its
    /// values says it all.
    func declared(_ expression: BoundExpression, keys: [BoundExpression] = []) -> DeclaredType? {
        switch expression {
        case .column(let index, _): return column(index)
        case .key(let index, _): return keys.indices.contains(index) ? declared(keys[index]) : nil
        case .bucket: return scope.timeColumn.flatMap(column)
        default: return dialect == .questdb ? inferred(expression, keys) : nil
        }
    }

    /// A column of a WINDOW JOIN's aggregates has no place in the scope.
    private func column(_ index: Int) -> DeclaredType? {
        index < scope.visibleCount && scope.columns.indices.contains(index) ? scope.columns[index].declared : nil
    }

    // MARK: QuestDB

    private func sqlType(_ expression: BoundExpression, _ keys: [BoundExpression]) -> DeclaredType {
        declared(expression, keys: keys) ?? DeclaredType(expression.type)
    }

    private func inferred(_ expression: BoundExpression, _ keys: [BoundExpression]) -> DeclaredType? {
        switch expression {
        case .literal(.int64(let value), _): return Int32(exactly: value) == nil ? .long : .int
        case .literal(_, .timestamp): return .timestampMicros
        case .literal(_, .string): return .string
        case .unary(.negate, let operand, _): return arithmetic([operand], keys)
        case .binary(_, let left, let right, .int64): return arithmetic([left, right], keys)
        case .binary(_, let left, let right, .timestamp): return timestamp(of: [left, right], keys)
        case .aggregate(let index, _, let type):
            return aggregates.elements.indices.contains(index) ? aggregate(aggregates.elements[index], type) : nil
        case .window(let index, let type):
            return windows.elements.indices.contains(index) ? window(windows.elements[index].call, type, keys) : nil
        case .call(let function, let arguments, let type): return call(function, arguments, type, keys)
        default: return nil
        }
    }

    private func call(
        _ function: ScalarFunction,
        _ arguments: [BoundExpression],
        _ type: ColumnType,
        _ keys: [BoundExpression]
    ) -> DeclaredType? {
        // A cast has the name of its type as a constant.
        if case .text(let name)? = arguments.last?.constant, arguments.count == 2,
            let cast = DeclaredType(name: name), cast.columnType == type
        {
            return cast
        }
        switch type {
        case .timestamp: return timestamp(of: arguments, keys)
        case .string: return .string
        default: return nil
        }
    }

    /// Integers of 32 bits and less give one of 32, as in Java.
    private func arithmetic(_ operands: [BoundExpression], _ keys: [BoundExpression]) -> DeclaredType? {
        let types = operands.map { sqlType($0, keys) }
        guard types.allSatisfy({ $0.columnType == .int64 }) else { return nil }
        return types.contains(.long) ? .long : .int
    }

    private func timestamp(of operands: [BoundExpression], _ keys: [BoundExpression]) -> DeclaredType {
        operands.first { $0.type == .timestamp }.map { sqlType($0, keys) } ?? .timestampMicros
    }

    private func aggregate(_ call: AggregateCall, _ type: ColumnType) -> DeclaredType? {
        switch call.function {
        case .min, .max, .first, .last, .firstRow, .lastRow, .argMin, .argMax:
            return call.arguments.first.map { sqlType($0, []) }
        default:
            return type == .timestamp ? timestamp(of: call.arguments, []) : nil
        }
    }

    /// Windows compute integers as `LONG`.
    private func window(_ call: WindowCall, _ type: ColumnType, _ keys: [BoundExpression]) -> DeclaredType? {
        guard type != .int64, let first = call.arguments.first, first.type == type else { return nil }
        return sqlType(first, keys)
    }
}
