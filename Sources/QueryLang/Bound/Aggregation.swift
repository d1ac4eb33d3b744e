public import Columnar

/// Grouping and aggregates of a SELECT.
public struct Aggregation: Sendable, Hashable {
    /// SAMPLE BY; nil without it.
    public var sampling: Sampling?
    /// Group keys besides the bucket: expressions over the source's columns (usually the series key).
    public var keys: [BoundExpression]
    /// The aggregates; the planner computes equal ones once.
    public var aggregates: [AggregateCall]

    /// Creates an aggregation.
    public init(sampling: Sampling?, keys: [BoundExpression], aggregates: [AggregateCall]) {
        self.sampling = sampling
        self.keys = keys
        self.aggregates = aggregates
    }
}

/// `SAMPLE BY step FILL(…) ALIGN TO …`: the time axis cut into half-open buckets, each named by its start.
public struct Sampling: Sendable, Hashable {
    /// Where buckets begin.
    public enum Alignment: Sendable, Hashable {
        /// At multiples of the step since the Unix epoch.
        case calendar
        /// At the time of the first row after WHERE, over all keys.
        case firstObservation
    }

    /// What an aggregate gives in a bucket without rows.
    public enum Fill: Sendable, Hashable {
        /// No value.
        case null
        /// The value of the last bucket with rows of the same keys; null before the first.
        case previous
        /// On the straight line between the values of the neighbouring buckets with rows of the same keys; null before the
        /// first and after the last.
        case linear
        /// A constant of the aggregate's type.
        case value(Scalar)
    }

    /// Nanoseconds of a bucket; positive.
    public var step: Int64
    /// Where buckets begin.
    public var alignment: Alignment
    /// One rule for each of ``Aggregation/aggregates``: then every combination of keys in the answer has a row for every
    /// bucket from the first to the last of the whole answer. Empty: a bucket without rows gives none.
    public var fills: [Fill]

    /// Creates a sampling.
    public init(step: Int64, alignment: Alignment = .calendar, fills: [Fill] = []) {
        self.step = step
        self.alignment = alignment
        self.fills = fills
    }
}

/// A call of an aggregate function over the rows of a group or a window.
public struct AggregateCall: Sendable, Hashable {
    /// The function, out of ``FunctionCatalog/aggregates``.
    public var function: AggregateFunction
    /// Its arguments, over the source's columns; empty for `count()` and `count(*)`.
    public var arguments: [BoundExpression]

    /// Creates a call.
    public init(function: AggregateFunction, arguments: [BoundExpression]) {
        self.function = function
        self.arguments = arguments
    }
}
