import Columnar
import QueryLang

extension QueryPlan: CustomStringConvertible {
    /// One step a line, each below the step that it feeds.
    var description: String {
        var lines: [String] = []
        describe(into: &lines)
        return lines.enumerated().map { String(repeating: "  ", count: $0.offset) + $0.element }.joined(separator: "\n")
    }

    private func describe(into lines: inout [String]) {
        switch self {
        case .scan(let scan): lines.append(scan.description)
        case .filter(let input, let predicate):
            lines.append("filter \(ExpressionText(input.table).text(predicate))")
            input.describe(into: &lines)
        case .concatenate(let input, let expressions):
            lines.append("project \(ExpressionText(input.table).list(expressions))")
            input.describe(into: &lines)
        case .merge(let input, let expressions):
            lines.append("merge by time: \(ExpressionText(input.table).list(expressions))")
            input.describe(into: &lines)
        case .newestFirst(let input, let expressions, let limit):
            lines.append("newest \(limit) first: \(ExpressionText(input.table).list(expressions))")
            input.describe(into: &lines)
        case .latest(let input, let expressions):
            lines.append("latest of each series: \(ExpressionText(input.table).list(expressions))")
            input.describe(into: &lines)
        case .aggregate(let input, let plan):
            lines.append(plan.description(table: input.table))
            input.describe(into: &lines)
        case .sort(let input, let terms, _, let limit):
            let order = terms.map { "\($0.column + 1)\($0.isDescending ? " desc" : "")" }.joined(separator: ", ")
            lines.append("sort by column \(order)" + (limit.map { ", first \($0)" } ?? ""))
            input.describe(into: &lines)
        case .dropColumns(let input, let count):
            lines.append("keep \(count) columns")
            input.describe(into: &lines)
        case .limit(let input, let count):
            lines.append("limit \(count)")
            input.describe(into: &lines)
        case .tables: lines.append("tables")
        case .columns(let table): lines.append("columns of \(table.name)")
        }
    }

    /// The table that is scanned below.
    private var table: TableSchema? {
        switch self {
        case .scan(let scan): scan.table
        case .filter(let input, _), .concatenate(let input, _), .merge(let input, _), .newestFirst(let input, _, _),
            .latest(let input, _), .aggregate(let input, _), .sort(let input, _, _, _), .dropColumns(let input, _),
            .limit(let input, _):
            input.table
        case .columns(let table): table
        case .tables: nil
        }
    }
}

extension ScanPlan {
    fileprivate var description: String {
        var text = "scan \(table.name) (\(columns.map { table.columns[$0].name }.joined(separator: ", ")))"
        if case .named(let names) = series { text += " series \(names.joined(separator: ", "))" }
        if times != [.all] {
            let ranges = times.map { "[\(Self.bound($0.start)), \(Self.bound($0.end)))" }
            text += ranges.isEmpty ? " never" : " times \(ranges.joined(separator: " "))"
        }
        if !isForward { text += " backwards" }
        if !slicePredicates.isEmpty { text += " skipping by \(slicePredicates.count) statistics" }
        return text
    }

    private static func bound(_ time: Int64) -> String {
        time == .min || time == .max ? "" : CivilTime.text(time)
    }
}

extension AggregatePlan {
    fileprivate func description(table: TableSchema?) -> String {
        let text = ExpressionText(table)
        let calls = distinctCalls.calls.map { "\($0.function.rawValue)(\(text.list($0.arguments)))" }
        let way =
            switch strategy {
            case .acrossSeries: "over all series"
            case .bySeries: "by series"
            case .byKeys: "by \(text.list(aggregation.keys))"
            }
        let bucket = aggregation.sampleBy.map { ", every \($0) ns" } ?? ""
        return "aggregate \(way)\(bucket): \(calls.joined(separator: ", "))"
    }
}

/// Expressions as text, for people who read plans.
struct ExpressionText {
    private let table: TableSchema?

    init(_ table: TableSchema?) { self.table = table }

    func list(_ expressions: [BoundExpression]) -> String { expressions.map(text).joined(separator: ", ") }

    func text(_ expression: BoundExpression) -> String {
        switch expression {
        case .literal(let value, _): text(value)
        case .column(let index, _): table?.columns[index].name ?? "#\(index)"
        case .bucket: "bucket"
        case .key(let index, _): "key \(index)"
        case .aggregate(let call, let output, _): "aggregate \(call).\(output)"
        case .unary(let symbol, let operand, _): "\(symbol.rawValue) (\(text(operand)))"
        case .binary(let symbol, let left, let right, _): "(\(text(left)) \(symbol.rawValue) \(text(right)))"
        case .inList(let operand, let values, let isNegated):
            "\(text(operand))\(isNegated ? " NOT" : "") IN (\(values.map(text).joined(separator: ", ")))"
        case .isNull(let operand, let isNegated): "\(text(operand)) IS\(isNegated ? " NOT" : "") NULL"
        case .call(let function, let arguments, _): "\(function.rawValue)(\(list(arguments)))"
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
