import Columnar
import QueryLang

/// The operators of an execution. Those of the first part are relations, which give rows by series; the others are streams.
indirect enum PhysicalPlan: Sendable {
    // Relations.

    /// Rows of a table, by series.
    case scan(ScanPlan)
    /// Rows for which a predicate is true.
    case filter(PhysicalPlan, BoundExpression)
    /// Expressions over rows.
    case project(PhysicalPlan, [BoundExpression])
    /// With each row of a series the last row of the other side's series of that name that is not later.
    case seriesAsof(PhysicalPlan, PhysicalPlan, AsofPlan)
    /// With each row of a series aggregates over a window of the other side's series of that name.
    case seriesWindowJoin(PhysicalPlan, PhysicalPlan, WindowJoin)
    /// Window calls over the rows of each series.
    case seriesWindow(PhysicalPlan, [WindowCall])
    /// The groups of each series.
    case seriesAggregate(PhysicalPlan, AggregatePlan)
    /// A stream, as one series.
    case stream(PhysicalPlan, timeColumn: Int?)

    // Streams.

    /// Rows of all series by (time, series, arrival).
    case merge(PhysicalPlan, types: [ColumnType])
    /// Rows of one series after the other.
    case concatenate(PhysicalPlan, appendsTimes: Bool)
    /// The newest rows of a relation that is read backwards.
    case newest(PhysicalPlan, types: [ColumnType], limit: Int, NewestFirst.Order)
    /// The last row of each series of a relation that is read backwards.
    case latest(PhysicalPlan, types: [ColumnType])
    /// The last row for each combination of values.
    case latestByKeys(PhysicalPlan, keys: [Int], types: [ColumnType])
    /// One row a group.
    case aggregate(PhysicalPlan, AggregatePlan)
    /// Window calls over all rows, which are held; `time` is their designated timestamp.
    case sortedWindow(PhysicalPlan, [WindowCall], types: [ColumnType], time: Int?)
    /// Rows of the left side with those of the right side that have the same keys; the right side is held.
    case keyedJoin(PhysicalPlan, PhysicalPlan, KeyedJoinPlan)
    /// The first of rows that are equal.
    case distinct(PhysicalPlan, types: [ColumnType])
    /// ORDER BY; the first rows only if there is a limit.
    case sort(PhysicalPlan, [SortTerm], types: [ColumnType], limit: Int?)
    /// Rows by places of which the lower one counts from the start.
    case limit(PhysicalPlan, RowRange)
    /// Rows by places of which the lower one counts from the end.
    case tail(PhysicalPlan, RowRange, types: [ColumnType])
    /// The first columns only.
    case keep(PhysicalPlan, columns: Int)
    /// Rows of streams one after the other.
    case union([PhysicalPlan])
    /// Rows of the first stream that are, or are not, in the second, which is held.
    case combine(PhysicalPlan, PhysicalPlan, SetPlan, types: [ColumnType])

    // Leaves.

    /// Nothing.
    case empty
    /// Rows that stand in the text.
    case values(BoundValues)
    /// Rows that are computed.
    case sequence(BoundSequence)
    /// SHOW TABLES.
    case tables
    /// SHOW COLUMNS.
    case columns(TableSchema)
}

/// ASOF or LT JOIN.
struct AsofPlan: Sendable {
    /// Nanoseconds between the rows at most.
    var tolerance: Int64?
    /// Whether the right row must be earlier, not just no later.
    var isStrict: Bool
    /// Types of the right side's columns.
    var rightTypes: [ColumnType]
    /// See ``BoundJoin/arrival``.
    var arrival: BoundJoin.Key?
}

/// A join by keys whose right side is held.
struct KeyedJoinPlan: Sendable {
    var kind: BoundJoin.Kind
    var keys: [BoundJoin.Key]
    var arrival: BoundJoin.Key?
    var condition: BoundExpression?
    var left: PlanShape
    var right: PlanShape
}

extension PhysicalPlan {
    /// The steps that this one reads.
    var inputs: [PhysicalPlan] {
        switch self {
        case .scan, .empty, .tables, .columns, .values, .sequence: []
        case .union(let arms): arms
        case .combine(let left, let right, _, _): [left, right]
        case .filter(let input, _), .project(let input, _), .seriesWindow(let input, _),
            .seriesAggregate(let input, _), .stream(let input, _), .merge(let input, _),
            .concatenate(let input, _), .newest(let input, _, _, _), .latest(let input, _),
            .latestByKeys(let input, _, _), .aggregate(let input, _), .sortedWindow(let input, _, _, _),
            .distinct(let input, _), .sort(let input, _, _, _), .limit(let input, _), .tail(let input, _, _),
            .keep(let input, _):
            [input]
        case .seriesAsof(let left, let right, _), .seriesWindowJoin(let left, let right, _),
            .keyedJoin(let left, let right, _):
            [left, right]
        }
    }
}
