import Columnar
import QueryLang

/// Expressions as text, for people who read plans.
struct ExpressionText {
    private let names: [String]

    init(_ names: [String]) { self.names = names }

    func list(_ expressions: [BoundExpression]) -> String { expressions.map(text).joined(separator: ", ") }

    func text(_ expression: BoundExpression) -> String {
        switch expression {
        case .literal(let value, _): text(value)
        case .column(let index, _): names.indices.contains(index) ? names[index] : "#\(index)"
        case .bucket: "bucket"
        case .key(let index, _): "key \(index)"
        case .aggregate(let call, let output, _): "aggregate \(call).\(output)"
        case .window(let index, _): "window \(index)"
        case .unary(.negate, let operand, _): "-\(text(operand))"
        case .unary(.not, let operand, _): "NOT \(text(operand))"
        case .binary(let symbol, let left, let right, _): "(\(text(left)) \(symbol.rawValue) \(text(right)))"
        case .inList(let operand, let values, let isNegated):
            "\(text(operand))\(isNegated ? " NOT" : "") IN (\(values.map(text).joined(separator: ", ")))"
        case .isNull(let operand, let isNegated): "\(text(operand)) IS\(isNegated ? " NOT" : "") NULL"
        case .call(let function, let arguments, _): "\(function.rawValue)(\(list(arguments)))"
        }
    }

    func text(_ call: AggregateCall) -> String { "\(call.function.rawValue)(\(list(call.arguments)))" }

    func text(_ call: WindowCall) -> String {
        var parts: [String] = []
        if !call.partition.isEmpty { parts.append("PARTITION BY \(list(call.partition))") }
        if !call.order.isEmpty {
            let terms = call.order.map { text($0.expression) + ($0.isDescending ? " DESC" : "") }
            parts.append("ORDER BY \(terms.joined(separator: ", "))")
        }
        if let frame = frame(call) { parts.append(frame) }
        return "\(name(call.function))(\(list(call.arguments))) OVER (\(parts.joined(separator: " ")))"
    }

    private func name(_ function: WindowFunction) -> String {
        switch function {
        case .aggregate(let function): function.rawValue
        case .rowNumber: "row_number"
        case .lag(let offset): "lag \(offset)"
        case .lead(let offset): "lead \(offset)"
        case .difference(let offset): "diff \(offset)"
        case .cumulativeSum: "cumsum"
        case .simpleMovingAverage(let count): "sma \(count)"
        case .exponentialMovingAverage(let count): "ema \(count)"
        }
    }

    private func frame(_ call: WindowCall) -> String? {
        guard case .aggregate = call.function, call.frame != .whole else { return nil }
        let unit = call.frame.unit == .rows ? "ROWS" : "RANGE"
        return "\(unit) \(bound(call.frame.start, call.frame.unit)) TO \(bound(call.frame.end, call.frame.unit))"
    }

    private func bound(_ bound: WindowFrame.Bound, _ unit: WindowFrame.Unit) -> String {
        func length(_ value: Int64) -> String { unit == .rows ? "\(value)" : Show.duration(value) }
        switch bound {
        case .unboundedPreceding: return "START"
        case .preceding(let value): return "-\(length(value))"
        case .currentRow: return "CURRENT"
        case .following(let value): return "+\(length(value))"
        case .unboundedFollowing: return "END"
        }
    }

    private func text(_ value: Scalar) -> String {
        switch value {
        case .null: "NULL"
        case .boolean(let value): value ? "true" : "false"
        case .int64(let value): "\(value)"
        case .float64(let value): "\(value)"
        case .timestamp(let value): "'\(CivilTime.text(value))'"
        case .text(let value): "'\(value)'"
        }
    }
}
