import Columnar
import QueryLang

/// Short texts of bound trees, for tables of expected bindings.
extension BoundSelect {
    /// Everything but a table that is read as it is, in one line: only what is not the default is told.
    var summary: String {
        var parts: [String] = []
        if case .table = source {
            let pushdown = pushdown
            if pushdown.times != [.all] {
                parts.append("times \(pushdown.times.map(\.summary).joined(separator: " "))")
            }
            if case .named(let names) = pushdown.series { parts.append("series \(names.joined(separator: ","))") }
            if let predicate = pushdown.residual { parts.append("where \(predicate.text(names))") }
        } else {
            parts.append("from \(source.summary)")
            if let predicate { parts.append("where \(predicate.text(names))") }
        }
        parts += shapeParts
        parts.append("as \(columns.map { "\($0.name):\($0.type.name)" }.joined(separator: " "))")
        if isDistinct { parts.append("distinct") }
        if !orderBy.isEmpty {
            let terms = orderBy.map { "#\($0.output)" + ($0.isDescending ? "-" : "+") }
            parts.append("order \(terms.joined(separator: " "))")
        }
        if let limit { parts.append("limit \(limit.summary)") }
        return parts.joined(separator: " | ")
    }

    private var shapeParts: [String] {
        var parts: [String] = []
        let having = having.map { "having \($0.text(names))" }
        let windows = windows.enumerated().map { "window\($0.offset) \($0.element.text(names))" }
        switch shape {
        case .rows: parts = windows + ["rows \(list(outputs))"]
        case .latest(let keys):
            let keys =
                keys == [source.seriesColumn] ? "latest" : "latest by \(keys.map { names[$0] }.joined(separator: ","))"
            parts = windows + ["\(keys) \(list(outputs))"]
        case .aggregate(let aggregation):
            if let sampling = aggregation.sampling { parts.append(sampling.summary) }
            if !aggregation.keys.isEmpty { parts.append("keys \(list(aggregation.keys))") }
            let calls = aggregation.aggregates.map { $0.text(names) }
            if !calls.isEmpty { parts.append("fold \(calls.joined(separator: " "))") }
            if let having { parts.append(having) }
            parts += windows
            parts.append("out \(list(outputs))")
        }
        return parts
    }

    /// The first table that is read.
    var table: TableSchema { source.tables[0] }

    /// What the scan is told of WHERE, and what is left.
    var pushdown: Pushdown { Pushdown(predicate, table: table) }

    /// Names of the source's columns.
    private var names: [String] { source.names }

    private func list(_ expressions: [BoundExpression]) -> String {
        expressions.map { $0.text(names) }.joined(separator: " ")
    }
}

extension BoundSource {
    /// Names of its columns: those of the right side of a join after an `r.`, aggregates of a WINDOW JOIN numbered.
    var names: [String] {
        switch self {
        case .table(let table): table.columns.map(\.name)
        case .query(let select): select.columns.map(\.name)
        case .set(let set): set.left.columns.map(\.name)
        case .values(let values): values.types.indices.map { "column\($0 + 1)" }
        case .sequence: ["x"]
        case .book(let book): book.schema.columns.map(\.name)
        case .join(let join):
            if case .window(let window) = join.kind {
                join.left.names + window.outputTypes.indices.map { "w\($0)" }
            } else {
                join.pairNames
            }
        }
    }

    var summary: String {
        switch self {
        case .table(let table): table.name
        case .query(let select): "(\(table(of: select))\(select.summary))"
        case .join(let join): join.summary
        case .set(let set):
            "(\(table(of: set.left))\(set.left.summary)) \(set.operation)\(set.isAll ? " all" : "") "
                + "(\(table(of: set.right))\(set.right.summary))"
        case .values(let values):
            "values " + values.rows.map { "(\($0.map(\.summary).joined(separator: ",")))" }.joined(separator: " ")
        case .sequence(let sequence): "\(sequence.count) from \(sequence.start) by \(sequence.step)"
        case .book(let book): "replay of \(book.table.name): \(book.calls.map(\.text).joined(separator: " "))"
        }
    }

    private func table(of select: BoundSelect) -> String {
        if case .table(let table) = select.source { "\(table.name) | " } else { "" }
    }
}

extension BoundJoin {
    /// Names of the columns of both sides.
    var pairNames: [String] { left.names + right.names.map { "r.\($0)" } }

    var summary: String {
        var text = "\(kindText)(\(left.summary), \(right.summary)"
        if !keys.isEmpty {
            text += " on " + keys.map { "\(left.names[$0.left])=\(right.names[$0.right])" }.joined(separator: ",")
        }
        if let condition { text += " if \(condition.text(pairNames))" }
        if case .window(let window) = kind {
            text += " -\(window.preceding)..\(window.following)\(window.includesPrevailing ? " prevailing" : "")"
            if !window.aggregates.isEmpty {
                text += " fold " + window.aggregates.map { $0.text(pairNames) }.joined(separator: " ")
            }
        }
        return text + ")"
    }

    private var kindText: String {
        switch kind {
        case .inner: "join"
        case .left: "left"
        case .full: "full"
        case .asof(let tolerance): "asof" + (tolerance.map { "<\($0)" } ?? "")
        case .lt(let tolerance): "lt" + (tolerance.map { "<\($0)" } ?? "")
        case .window: "window"
        }
    }
}

extension Sampling {
    var summary: String {
        let fills = fills.map { fill in
            switch fill {
            case .null: "null"
            case .previous: "prev"
            case .linear: "linear"
            case .value(let value): value.summary
            }
        }
        return "sample \(calendar?.summary ?? "\(step)")" + (alignment == .firstObservation ? " first" : "")
            + (origin == 0 ? "" : " origin \(CivilTime.text(origin))")
            + (from.map { " from \(CivilTime.text($0))" } ?? "") + (to.map { " to \(CivilTime.text($0))" } ?? "")
            + (fills.isEmpty ? "" : " fill \(fills.joined(separator: ","))")
    }
}

extension Sampling.Calendar {
    var summary: String {
        (months > 0 ? "\(months) months" : "\(days) days") + (zone.map { " in \($0.name)" } ?? "")
            + (origin == 0 ? "" : " local \(CivilTime.text(origin))")
    }
}

extension AggregateCall {
    func text(_ columns: [String]) -> String {
        "\(function)(\(arguments.map { $0.text(columns) }.joined(separator: ",")))"
            + (filter.map { " filter \($0.text(columns))" } ?? "")
    }
}

extension WindowCall {
    func text(_ columns: [String]) -> String {
        let name =
            switch function {
            case .aggregate(let function): "\(function)"
            case .rowNumber: "row_number"
            case .rank: "rank"
            case .denseRank: "dense_rank"
            case .percentRank: "percent_rank"
            case .cumulativeDistribution: "cume_dist"
            case .tile(let count): "ntile\(count)"
            case .firstValue: "first_value"
            case .lastValue: "last_value"
            case .nthValue(let number): "nth_value\(number)"
            case .nthPresentValue(let number): "nth_present\(number)"
            case .lag(let offset): "lag\(offset)"
            case .lead(let offset): "lead\(offset)"
            case .presentLag(let offset): "lag_present\(offset)"
            case .presentLead(let offset): "lead_present\(offset)"
            case .difference(let offset): "diff\(offset)"
            case .cumulativeSum: "cumsum"
            case .simpleMovingAverage(let count): "sma\(count)"
            case .exponentialMovingAverage(let count): "ema\(count)"
            case .indicator(let call): "\(call.text)"
            }
        var text = "\(name)(\(arguments.map { $0.text(columns) }.joined(separator: ",")))"
        if !partition.isEmpty { text += " by \(partition.map { $0.text(columns) }.joined(separator: ","))" }
        if !order.isEmpty {
            text +=
                " order "
                + order.map { $0.expression.text(columns) + ($0.isDescending ? "-" : "+") }
                .joined(separator: ",")
        }
        if let filter { text += " filter \(filter.text(columns))" }
        if frame != .whole { text += " \(frame.unit) \(frame.start.summary)..\(frame.end.summary)" }
        if frame.exclusion != .noOthers { text += " without \(frame.exclusion)" }
        return text
    }
}

extension WindowFrame.Bound {
    var summary: String {
        switch self {
        case .unboundedPreceding, .unboundedFollowing: ""
        case .preceding(let distance): "-\(distance)"
        case .currentRow: "0"
        case .following(let distance): "+\(distance)"
        }
    }
}

extension RowRange {
    var summary: String { lower == 0 ? upper.map { "\($0)" } ?? "" : "\(lower)..\(upper.map { "\($0)" } ?? "")" }
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
        case .window(let index, _): "window\(index)"
        case .unary(let symbol, let operand, _): "\(symbol.rawValue)(\(operand.text(columns)))"
        case .binary(let symbol, let left, let right, _):
            "(\(left.text(columns)) \(symbol.rawValue) \(right.text(columns)))"
        case .inList(let operand, let values, let isNegated):
            "(\(operand.text(columns)) \(isNegated ? "!in" : "in") \(values.map(\.summary).joined(separator: ",")))"
        case .isNull(let operand, let isNegated): "(\(operand.text(columns)) \(isNegated ? "!null" : "null"))"
        case .call(let function, let arguments, _):
            "\(function)(\(arguments.map { $0.text(columns) }.joined(separator: ",")))"
        case .query(let query):
            switch query.question {
            case .value: "(\(query.select.summary))"
            case .contains(let operand, let isNegated):
                "(\(operand.text(columns)) \(isNegated ? "!in" : "in") (\(query.select.summary)))"
            case .exists: "exists(\(query.select.summary))"
            }
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
