public import Columnar

/// CREATE MATERIALIZED VIEW, bound.
public struct BoundMaterializedView: Sendable, Hashable {
    /// What is kept of it.
    public var definition: MaterializedViewDefinition
    /// Its table: the columns of the query, a row for each bucket and combination of keys.
    public var schema: TableSchema
    /// How long its rows are kept, in nanoseconds; nil for ever.
    public var timeToLive: Int64?
    /// Whether nothing is to happen if there is such a view.
    public var isOptional: Bool
    /// Whether there is one, so that nothing happens.
    public var exists: Bool

    /// Creates a bound statement.
    public init(
        definition: MaterializedViewDefinition,
        schema: TableSchema,
        timeToLive: Int64? = nil,
        isOptional: Bool = false,
        exists: Bool = false
    ) {
        self.definition = definition
        self.schema = schema
        self.timeToLive = timeToLive
        self.isOptional = isOptional
        self.exists = exists
    }
}

/// What a REFRESH computes anew.
public enum RefreshExtent: Sendable, Hashable {
    /// All of it, from nothing.
    case full
    /// What changed since the last time.
    case incremental
    /// The buckets with times of a range.
    case range(TimeRange)
}
