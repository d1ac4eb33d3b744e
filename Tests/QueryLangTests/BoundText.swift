import Columnar
import QueryLang

/// Short texts of bound trees, for tables of expected bindings.
extension BoundSelect {
    /// Everything but the table, in one line: only what is not the default is told.
    var summary: String {
        var parts: [String] = []
        if times != [.all] { parts.append("times \(times.map(\.summary).joined(separator: " "))") }
        if case .named(let names) = series { parts.append("series \(names.joined(separator: ","))") }
        if let predicate { parts.append("where \(predicate.text(names))") }
        switch shape {
        case .rows(let expressions): parts.append("rows \(list(expressions))")
        case .latest(let expressions): parts.append("latest \(list(expressions))")
        case .aggregate(let aggregation):
            if let step = aggregation.sampleBy { parts.append("sample \(step)") }
            if !aggregation.keys.isEmpty { parts.append("keys \(list(aggregation.keys))") }
            let calls = aggregation.aggregates.map {
                "\($0.function)(\($0.arguments.map { $0.text(names) }.joined(separator: ",")))"
            }
            if !calls.isEmpty { parts.append("fold \(calls.joined(separator: " "))") }
            parts.append("out \(list(aggregation.outputs))")
        }
        parts.append("as \(columns.map { "\($0.name):\($0.type.name)" }.joined(separator: " "))")
        if !orderBy.isEmpty {
            let terms = orderBy.map { $0.expression.text([]) + ($0.isDescending ? "-" : "+") }
            parts.append("order \(terms.joined(separator: " "))")
        }
        if let limit { parts.append("limit \(limit)") }
        return parts.joined(separator: " | ")
    }

    private var names: [String] { table.columns.map(\.name) }

    private func list(_ expressions: [BoundExpression]) -> String {
        expressions.map { $0.text(names) }.joined(separator: " ")
    }
}

extension TimeRange {
    var summary: String { "[\(Self.text(start)),\(Self.text(end)))" }

    private static func text(_ time: Int64) -> String {
        switch time {
        case .min: "-"
        case .max: "+"
        default: CivilTime.text(time)
        }
    }
}

extension BoundExpression {
    func text(_ columns: [String]) -> String {
        switch self {
        case .literal(let value, let type): "\(value.summary):\(type.name)"
        case .column(let index, _): columns.isEmpty ? "#\(index)" : columns[index]
        case .bucket: "bucket"
        case .key(let index, _): "key\(index)"
        case .aggregate(let index, let output, _): output == 0 ? "agg\(index)" : "agg\(index).\(output)"
        case .unary(let symbol, let operand, _): "\(symbol.rawValue)(\(operand.text(columns)))"
        case .binary(let symbol, let left, let right, _):
            "(\(left.text(columns)) \(symbol.rawValue) \(right.text(columns)))"
        case .inList(let operand, let values, let isNegated):
            "(\(operand.text(columns)) \(isNegated ? "!in" : "in") \(values.map(\.summary).joined(separator: ",")))"
        case .isNull(let operand, let isNegated): "(\(operand.text(columns)) \(isNegated ? "!null" : "null"))"
        case .call(let function, let arguments, _):
            "\(function)(\(arguments.map { $0.text(columns) }.joined(separator: ",")))"
        }
    }
}

extension Scalar {
    var summary: String {
        switch self {
        case .null: "NULL"
        case .boolean(let value): "\(value)"
        case .int64(let value): "\(value)"
        case .float64(let value): "\(value)"
        case .timestamp(let value): CivilTime.text(value)
        case .text(let value): "'\(value)'"
        }
    }
}
