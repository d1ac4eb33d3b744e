import Columnar

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

/// A call of an aggregate function over the rows of a group or a window.
public struct AggregateCall: Sendable, Hashable {
    /// The function, out of ``FunctionCatalog/aggregates``.
    public var function: AggregateFunction
    /// Its arguments, over the source's columns; empty for `count()` and `count(*)`.
    public var arguments: [BoundExpression]
    /// FILTER: only rows for which it is true count, as if all arguments were null in the others; there is an argument then.
    /// Nil means all rows.
    public var filter: BoundExpression?

    /// Creates a call.
    public init(function: AggregateFunction, arguments: [BoundExpression], filter: BoundExpression? = nil) {
        self.function = function
        self.arguments = arguments
        self.filter = filter
    }
}
