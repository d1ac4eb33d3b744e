import Columnar
import QueryLang

/// Whether a bound tree is what its documentation promises, whatever text it came from.
enum BoundTreeCheck {
    /// Where an expression stands: decides its leaves.
    private struct Leaves {
        var columns: [ColumnType] = []
        var keys: [ColumnType]?
        var isSampled = false
        var aggregates = 0
        var windows: [ColumnType] = []
    }

    /// Nil if all is as it should be; else what is not.
    static func fault(_ select: BoundSelect) -> String? {
        if let fault = fault(select.source) { return fault }
        let types = select.source.types
        let rows = Leaves(columns: types)
        if let predicate = select.predicate {
            if predicate.type != .boolean { return "predicate is not boolean" }
            if let fault = fault(predicate, rows) { return fault }
            if case .table(let table) = select.source, let fault = fault(Pushdown(predicate, table: table)) {
                return fault
            }
        }
        var answers = rows
        switch select.shape {
        case .rows: break
        case .latest(let keys):
            if keys.isEmpty || keys.contains(where: { !types.indices.contains($0) }) { return "keys of LATEST" }
            if select.source.timeColumn == nil { return "LATEST without a time" }
        case .aggregate(let aggregation):
            if let fault = fault(aggregation, select.source, rows) { return fault }
            answers = Leaves(
                keys: aggregation.keys.map(\.type),
                isSampled: aggregation.sampling != nil,
                aggregates: aggregation.aggregates.count
            )
        }
        if let having = select.having {
            guard case .aggregate = select.shape else { return "HAVING of rows" }
            if having.type != .boolean { return "HAVING is not boolean" }
            if let fault = fault(having, answers) { return fault }
        }
        for window in select.windows {
            if let fault = fault(window, answers) { return fault }
            // A call may use the values of those before it.
            answers.windows.append(window.type)
        }
        for output in select.outputs { if let fault = fault(output, answers) { return fault } }
        return faultOfAnswer(select)
    }

    private static func faultOfAnswer(_ select: BoundSelect) -> String? {
        if select.hiddenCount < 0 { return "fewer expressions than columns" }
        if Set(select.columns.map { $0.name.lowercased() }).count != select.columns.count { return "a name twice" }
        if zip(select.columns, select.outputs).contains(where: { $0.type != $1.type }) { return "types differ" }
        if select.isDistinct, select.hiddenCount > 0 { return "DISTINCT with hidden outputs" }
        if select.orderBy.contains(where: { !select.outputs.indices.contains($0.output) }) { return "order" }
        if let time = select.timeOutput, select.columns[time].type != .timestamp { return "time is no timestamp" }
        if let series = select.seriesOutput, select.columns[series].type != .symbol { return "series is no symbol" }
        return nil
    }

    private static func fault(_ pushdown: Pushdown) -> String? {
        for (range, next) in zip(pushdown.times, pushdown.times.dropFirst()) where range.end >= next.start {
            return "times are not sorted and disjoint"
        }
        return pushdown.times.contains(where: \.isEmpty) ? "an empty time range" : nil
    }

    private static func fault(_ aggregation: Aggregation, _ source: BoundSource, _ rows: Leaves) -> String? {
        for key in aggregation.keys { if let fault = fault(key, rows) { return fault } }
        for call in aggregation.aggregates {
            for argument in call.arguments { if let fault = fault(argument, rows) { return fault } }
        }
        guard let sampling = aggregation.sampling else { return nil }
        if source.timeColumn == nil { return "SAMPLE BY without a time" }
        if sampling.step <= 0 { return "step" }
        let isFilled = sampling.fills.isEmpty || sampling.fills.count == aggregation.aggregates.count
        return isFilled ? nil : "fills"
    }

    private static func fault(_ window: WindowCall, _ leaves: Leaves) -> String? {
        let expressions = window.arguments + window.partition + window.order.map(\.expression)
        for expression in expressions { if let fault = fault(expression, leaves) { return fault } }
        if let filter = window.filter {
            if filter.type != .boolean || window.arguments.isEmpty { return "FILTER" }
            if let fault = fault(filter, leaves) { return fault }
        }
        let isInTime = [window.frame.start, window.frame.end].contains { bound in
            switch bound {
            case .preceding, .following: window.frame.unit == .range
            case .unboundedPreceding, .currentRow, .unboundedFollowing: false
            }
        }
        guard isInTime else { return nil }
        let types: [ColumnType] = [.timestamp, .int64]
        let isMeasurable = window.order.count == 1 && types.contains(window.order[0].expression.type)
        return isMeasurable ? nil : "RANGE without a time"
    }

    private static func fault(_ source: BoundSource) -> String? {
        switch source {
        case .table, .book: return nil
        case .query(let select): return fault(select)
        case .set(let set):
            if let fault = fault(set.left) ?? fault(set.right) { return fault }
            let isFit = set.left.columns.map(\.type) == set.right.columns.map(\.type)
            return isFit ? nil : "types of a set operation"
        case .values(let values):
            return values.rows.allSatisfy { $0.count == values.types.count } ? nil : "a row of VALUES"
        case .sequence(let sequence): return sequence.step == 0 || sequence.count < 0 ? "a sequence" : nil
        case .join(let join):
            if let fault = fault(join.left) ?? fault(join.right) { return fault }
            for key in join.keys {
                guard join.left.types.indices.contains(key.left), join.right.types.indices.contains(key.right) else {
                    return "a key outside"
                }
                let (left, right) = (join.left.types[key.left], join.right.types[key.right])
                let isFit = left == right || left.isNumeric && right.isNumeric || left.isText && right.isText
                if !isFit { return "types of a key" }
            }
            let both = Leaves(columns: join.left.types + join.right.types)
            if let condition = join.condition, let fault = fault(condition, both) { return fault }
            return fault(join, both)
        }
    }

    private static func fault(_ join: BoundJoin, _ both: Leaves) -> String? {
        switch join.kind {
        case .inner, .left, .full: return nil
        case .asof, .lt: break
        case .window(let window):
            if -window.preceding > window.following { return "a window that ends before it begins" }
            for call in window.aggregates {
                for argument in call.arguments { if let fault = fault(argument, both) { return fault } }
            }
        }
        if join.condition != nil { return "a condition in a join by time" }
        return join.left.timeColumn == nil || join.right.timeColumn == nil ? "a join by time without one" : nil
    }

    private static func fault(_ expression: BoundExpression, _ leaves: Leaves) -> String? {
        switch expression {
        case .literal: nil
        case .column(let index, let type):
            leaves.columns.indices.contains(index) && leaves.columns[index] == type ? nil : "a column that is not there"
        case .bucket: leaves.isSampled ? nil : "a bucket without SAMPLE BY"
        case .key(let index, let type):
            leaves.keys?.indices.contains(index) == true && leaves.keys?[index] == type
                ? nil : "a key that is not there"
        case .aggregate(let index, _, _): index < leaves.aggregates ? nil : "an aggregate that is not there"
        case .window(let index, let type):
            leaves.windows.indices.contains(index) && leaves.windows[index] == type ? nil : "a window that is not there"
        case .unary(_, let operand, _), .inList(let operand, _, _), .isNull(let operand, _): fault(operand, leaves)
        case .binary(_, let left, let right, _): fault(left, leaves) ?? fault(right, leaves)
        case .call(_, let arguments, _): arguments.lazy.compactMap { fault($0, leaves) }.first
        case .query(let query):
            switch query.question {
            case .value: query.select.columns.count == 1 ? fault(query.select) : "columns of a value"
            case .contains(let operand, _):
                query.select.columns.count == 1
                    ? fault(operand, leaves) ?? fault(query.select) : "columns of a list"
            case .exists: fault(query.select)
            }
        }
    }
}
