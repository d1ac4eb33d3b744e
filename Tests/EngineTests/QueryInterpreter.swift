import Columnar
import QueryLang
import TestSupport

/// Answers bound SELECTs row by row, in the plainest way: the oracle of the engine.
struct QueryInterpreter {
    let table: MemoryTable
    let select: BoundSelect

    private var schema: TableSchema { table.schema }

    /// The answer's rows, in order.
    func rows() -> [[Scalar]] {
        let input = inputRows()
        var answers: [[Scalar]]
        switch select.shape {
        case .rows(let expressions): answers = input.map { row in expressions.map { evaluate($0, row) } }
        case .latest(let expressions):
            answers = lastOfEachSeries(input).map { row in expressions.map { evaluate($0, row) } }
        case .aggregate(let aggregation): answers = groups(input, aggregation)
        }
        answers = sorted(answers).map { Array($0.prefix(select.columns.count)) }
        return select.limit.map { Array(answers.prefix($0)) } ?? answers
    }

    /// Rows that WHERE lets through, by (time, series, arrival).
    private func inputRows() -> [[Scalar]] {
        let kept = table.rows.filter { row in
            guard case .timestamp(let time) = row[schema.timeColumn] else { return false }
            guard select.times.contains(where: { $0.contains(time) }) else { return false }
            if case .named(let names) = select.series, case .text(let name) = series(row), !names.contains(name) {
                return false
            }
            return select.predicate.map { evaluate($0, row) == .boolean(true) } ?? true
        }
        return kept.enumerated().sorted { left, right in
            let a = [left.element[schema.timeColumn], series(left.element), .int64(Int64(left.offset))]
            let b = [right.element[schema.timeColumn], series(right.element), .int64(Int64(right.offset))]
            return Self.isLess(a, b, descending: [false, false, false])
        }.map(\.element)
    }

    private func series(_ row: [Scalar]) -> Scalar { schema.seriesColumn.map { row[$0] } ?? .text("") }

    private func lastOfEachSeries(_ rows: [[Scalar]]) -> [[Scalar]] {
        var last: [Scalar: Int] = [:]
        for (index, row) in rows.enumerated() { last[series(row)] = index }
        return last.values.sorted().map { rows[$0] }
    }

    private func sorted(_ rows: [[Scalar]]) -> [[Scalar]] {
        let terms = select.orderBy.compactMap { term -> (Int, Bool)? in
            if case .column(let index, _) = term.expression { (index, term.isDescending) } else { nil }
        }
        return rows.enumerated().sorted { left, right in
            let a = terms.map { left.element[$0.0] } + [.int64(Int64(left.offset))]
            let b = terms.map { right.element[$0.0] } + [.int64(Int64(right.offset))]
            return Self.isLess(a, b, descending: terms.map(\.1) + [false])
        }.map(\.element)
    }

    // MARK: Order

    static func isLess(_ left: [Scalar], _ right: [Scalar], descending: [Bool]) -> Bool {
        for index in left.indices {
            let order = compare(left[index], right[index])
            if order != 0 { return descending[index] ? order > 0 : order < 0 }
        }
        return false
    }

    /// Null after everything, NaN after all numbers.
    static func compare(_ left: Scalar, _ right: Scalar) -> Int {
        switch (left, right) {
        case (.null, .null): return 0
        case (.null, _): return 1
        case (_, .null): return -1
        case (.float64(let a), .float64(let b)):
            if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : a.isNaN ? 1 : -1 }
            return a < b ? -1 : a > b ? 1 : 0
        default:
            return MemoryVectors.isLess(left, right) ? -1 : MemoryVectors.isLess(right, left) ? 1 : 0
        }
    }

    // MARK: Groups

    private struct Group {
        var bucket: Scalar
        var keys: [Scalar]
        var rows: [[Scalar]]
    }

    private func groups(_ rows: [[Scalar]], _ aggregation: Aggregation) -> [[Scalar]] {
        var groups: [[Scalar]: Group] = [:]
        for row in rows {
            var bucket = Scalar.timestamp(0)
            if let step = aggregation.sampleBy, case .timestamp(let time) = row[schema.timeColumn] {
                bucket = .timestamp(CivilTime.floor(time, to: step))
            }
            let keys = aggregation.keys.map { evaluate($0, row) }
            let identity = ([bucket] + keys).map { value -> Scalar in
                if case .float64(let double) = value {
                    double.isNaN ? .text("NaN") : .float64(double + 0)
                } else {
                    value
                }
            }
            groups[identity, default: Group(bucket: bucket, keys: keys, rows: [])].rows.append(row)
        }
        if groups.isEmpty, aggregation.keys.isEmpty, aggregation.sampleBy == nil {
            groups[[]] = Group(bucket: .timestamp(0), keys: [], rows: [])
        }
        let ordered = groups.values.sorted { left, right in
            let descending = [Bool](repeating: false, count: left.keys.count + 1)
            return Self.isLess([left.bucket] + left.keys, [right.bucket] + right.keys, descending: descending)
        }
        return ordered.map { group in
            let values = aggregation.aggregates.map { aggregate($0, group.rows) }
            return aggregation.outputs.map { output in
                evaluate(output, []) { leaf in
                    switch leaf {
                    case .bucket: group.bucket
                    case .key(let index, _): group.keys[index]
                    case .aggregate(let call, let output, _): values[call][output]
                    default: .null
                    }
                }
            }
        }
    }

    private func aggregate(_ call: AggregateCall, _ rows: [[Scalar]]) -> [Scalar] {
        let arguments = rows.map { row in call.arguments.map { evaluate($0, row) } }.filter { !$0.contains(.null) }
        let values = arguments.compactMap(\.first)
        let numbers = values.compactMap(Self.double)
        let ordered = values.filter { if case .float64(let double) = $0 { !double.isNaN } else { true } }
        switch call.function {
        case .count: return [.int64(Int64(arguments.count))]
        case .sum:
            if values.isEmpty { return [.null] }
            if call.arguments[0].type == .int64 {
                return [.int64(values.reduce(0) { $0 + (Self.integer($1) ?? 0) })]
            }
            return [.float64(numbers.reduce(0, +))]
        case .min: return [ordered.min { Self.compare($0, $1) < 0 } ?? .null]
        case .max: return [ordered.max { Self.compare($0, $1) < 0 } ?? .null]
        case .avg: return [values.isEmpty ? .null : .float64(numbers.reduce(0, +) / Double(numbers.count))]
        case .first: return [values.first ?? .null]
        case .last: return [values.last ?? .null]
        case .vwap:
            let sizes = arguments.compactMap { Self.double($0[1]) }
            let total = sizes.reduce(0, +)
            return [total == 0 ? .null : .float64(zip(numbers, sizes).reduce(0) { $0 + $1.0 * $1.1 } / total)]
        case .ohlcv:
            guard let open = numbers.first, let close = numbers.last else {
                return [.null, .null, .null, .null, .null]
            }
            let finite = numbers.filter { !$0.isNaN }
            let volume = arguments.compactMap { Self.double($0[1]) }.reduce(0, +)
            return [
                .float64(open), finite.max().map { .float64($0) } ?? .null, finite.min().map { .float64($0) } ?? .null,
                .float64(close), .float64(volume),
            ]
        }
    }

    static func double(_ value: Scalar) -> Double? {
        switch value {
        case .float64(let value): value
        case .int64(let value), .timestamp(let value): Double(value)
        default: nil
        }
    }

    static func integer(_ value: Scalar) -> Int64? {
        switch value {
        case .int64(let value), .timestamp(let value): value
        default: nil
        }
    }
}
