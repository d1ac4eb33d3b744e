import Columnar
import QueryLang

/// What is to be computed, step by step from the rows up to the answer; every expression names columns of the step below.
indirect enum LogicalPlan: Sendable {
    /// The rows of a table, by (time, series, arrival).
    case scan(ScanPlan)
    /// Rows for which a predicate is true.
    case filter(LogicalPlan, BoundExpression)
    /// Expressions over each row.
    case project(LogicalPlan, [BoundExpression], names: [String]?)
    /// The last row for each combination of values of some columns.
    case latest(LogicalPlan, keys: [Int])
    /// One row a group.
    case aggregate(LogicalPlan, AggregatePlan)
    /// Rows of two inputs put together.
    case join(LogicalPlan, LogicalPlan, JoinPlan)
    /// The rows with the values of window calls behind.
    case window(LogicalPlan, [WindowCall])
    /// The first of rows that are equal in all columns.
    case distinct(LogicalPlan)
    /// Rows by terms; equal ones stay as they came.
    case sort(LogicalPlan, [SortTerm])
    /// Rows by their places.
    case limit(LogicalPlan, RowRange)
    /// The first columns.
    case keep(LogicalPlan, columns: Int)
    /// The rows that have a value in a column of times, by that: it is their designated timestamp from here on.
    case timed(LogicalPlan, column: Int)
    /// Rows of inputs of the same types, one after the other; at least one.
    case union([LogicalPlan])
    /// Rows of the first input that are, or are not, in the second.
    case combine(LogicalPlan, LogicalPlan, SetPlan)
    /// Rows that stand in the text.
    case values(BoundValues)
    /// Rows that are computed.
    case sequence(BoundSequence)
}

/// EXCEPT or INTERSECT; see ``BoundSet``.
struct SetPlan: Sendable {
    /// Whether rows are kept that are in the second input; else those that are not.
    var isIntersection: Bool
    var isAll: Bool
}

/// How two inputs are put together; see ``BoundJoin``.
struct JoinPlan: Sendable {
    var kind: BoundJoin.Kind
    var keys: [BoundJoin.Key]
    var condition: BoundExpression?
    var arrival: BoundJoin.Key?
}

extension LogicalPlan {
    /// What its rows look like.
    var shape: PlanShape {
        switch self {
        case .scan(let scan): return PlanShape(scan.table)
        case .filter(let input, _), .distinct(let input), .limit(let input, _): return input.shape
        case .latest(let input, _):
            var shape = input.shape
            shape.isTimeOrdered = shape.time != nil
            return shape
        case .project(let input, let expressions, let names):
            var shape = input.shape.projected(expressions)
            if let names { shape.names = names + shape.names.dropFirst(names.count) }
            return shape
        case .aggregate(let input, let plan): return plan.shape(over: input.shape)
        case .join(let left, let right, let join): return join.shape(left.shape, right.shape)
        case .window(let input, let calls):
            var shape = input.shape
            let text = ExpressionText(shape.names)
            shape.names += calls.map(text.text)
            shape.types += calls.map(\.type)
            return shape
        case .sort(let input, let terms):
            var shape = input.shape
            if let first = terms.first { shape.isTimeOrdered = first.column == shape.time && !first.isDescending }
            return shape
        case .timed(let input, let column):
            let shape = input.shape
            return PlanShape(names: shape.names, types: shape.types, time: column, isTimeOrdered: true)
        case .union(let arms): return Self.shape(ofUnion: arms.map(\.shape))
        case .combine(let left, let right, _):
            var shape = left.shape
            if shape.time != right.shape.time { shape.time = nil }
            if shape.series != right.shape.series { shape.series = nil }
            shape.isTimeOrdered = shape.isTimeOrdered && shape.time != nil
            return shape
        case .values(let values):
            return PlanShape(names: values.types.indices.map { "column\($0 + 1)" }, types: values.types)
        case .sequence(let sequence):
            let time = sequence.type == .timestamp ? 0 : nil
            return PlanShape(names: ["x"], types: [sequence.type], time: time, isTimeOrdered: sequence.step > 0)
        case .keep(let input, let count):
            var shape = input.shape
            shape.names = Array(shape.names.prefix(count))
            shape.types = Array(shape.types.prefix(count))
            if shape.time ?? 0 >= count {
                shape.time = nil
                shape.isTimeOrdered = false
            }
            if shape.series ?? 0 >= count { shape.series = nil }
            return shape
        }
    }
}

extension LogicalPlan {
    /// Rows of several shapes, one after the other: by no order, but with a time and a series key if all have them.
    private static func shape(ofUnion shapes: [PlanShape]) -> PlanShape {
        guard var shape = shapes.first else { return PlanShape(names: [], types: []) }
        for other in shapes {
            if other.time != shape.time { shape.time = nil }
            if other.series != shape.series { shape.series = nil }
        }
        shape.isTimeOrdered = false
        return shape
    }
}

extension AggregatePlan {
    /// What its rows look like.
    func shape(over input: PlanShape) -> PlanShape {
        let series = keys.firstIndex { key in
            if case .column(let index, _) = key { index == input.series } else { false }
        }
        return PlanShape(
            names: names(ExpressionText(input.names)),
            types: types,
            time: sampling == nil ? nil : 0,
            series: series.map { bucketColumns + $0 },
            isTimeOrdered: true
        )
    }
}

extension JoinPlan {
    /// What its rows look like.
    func shape(_ left: PlanShape, _ right: PlanShape) -> PlanShape {
        var shape = left
        if case .window(let window) = kind {
            shape.names += window.names(ExpressionText(left.names + right.names))
            shape.types += window.outputTypes
        } else {
            shape.names += right.names
            shape.types += right.types
        }
        if case .full = kind { (shape.time, shape.series, shape.isTimeOrdered) = (nil, nil, false) }
        return shape
    }
}
