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
        case .call(let function, let arguments, _): function.text(arguments.map(text))
        case .query(let query): text(query)
        }
    }

    private func text(_ query: BoundSubquery) -> String {
        switch query.question {
        case .value: "(sub-query)"
        case .contains(let operand, let isNegated): "\(text(operand))\(isNegated ? " NOT" : "") IN (sub-query)"
        case .exists: "EXISTS (sub-query)"
        }
    }

    func text(_ call: AggregateCall) -> String {
        "\(call.function.rawValue)(\(list(call.arguments)))\(filter(call.filter))"
    }

    private func filter(_ condition: BoundExpression?) -> String { condition.map { " FILTER \(text($0))" } ?? "" }

    func text(_ call: WindowCall) -> String {
        var parts: [String] = []
        if !call.partition.isEmpty { parts.append("PARTITION BY \(list(call.partition))") }
        if !call.order.isEmpty {
            let terms = call.order.map { text($0.expression) + ($0.isDescending ? " DESC" : "") }
            parts.append("ORDER BY \(terms.joined(separator: ", "))")
        }
        if let frame = frame(call) { parts.append(frame) }
        let filter = filter(call.filter)
        return "\(call.function.shownName)(\(list(call.arguments)))\(filter) OVER (\(parts.joined(separator: " ")))"
    }

    private func frame(_ call: WindowCall) -> String? {
        guard call.function.hasFrame, call.frame != .whole else { return nil }
        let frame = call.frame
        let bounds = "\(bound(frame.start, frame.unit)) TO \(bound(frame.end, frame.unit))"
        let exclusion = frame.exclusion == .noOthers ? "" : " EXCLUDE \(frame.exclusion.rawValue)"
        return "\(frame.unit.rawValue) \(bounds)\(exclusion)"
    }

    private func bound(_ bound: WindowFrame.Bound, _ unit: WindowFrame.Unit) -> String {
        func length(_ value: Int64) -> String { unit == .range ? Show.duration(value) : "\(value)" }
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
