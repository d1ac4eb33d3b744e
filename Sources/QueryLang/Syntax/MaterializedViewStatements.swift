/// `CREATE MATERIALIZED VIEW [IF NOT EXISTS] name [WITH BASE table] [REFRESH …] AS (SELECT …) [PARTITION BY unit] [TTL 30d]`.
public struct CreateMaterializedViewStatement: Sendable, Hashable {
    /// When it follows the table that it reads.
    public enum Refresh: Sendable, Hashable {
        /// `REFRESH IMMEDIATE`: as soon as rows are written.
        case immediate
        /// `REFRESH EVERY 1m`.
        case every(Interval)
        /// `REFRESH MANUAL`: when REFRESH MATERIALIZED VIEW says so.
        case manual
    }

    /// The name.
    public var name: Identifier
    /// Whether nothing is to happen if there is such a view.
    public var isOptional: Bool
    /// `WITH BASE table`: the table that the query reads, once more.
    public var base: Identifier?
    /// When it is refreshed; immediately, unless told.
    public var refresh: Refresh?
    /// The query.
    public var query: SelectStatement
    /// `PARTITION BY unit`, the unit as written.
    public var partition: Identifier?
    /// `TTL 30d`.
    public var timeToLive: Interval?

    /// Creates a statement.
    public init(
        name: Identifier,
        isOptional: Bool = false,
        base: Identifier? = nil,
        refresh: Refresh? = nil,
        query: SelectStatement,
        partition: Identifier? = nil,
        timeToLive: Interval? = nil
    ) {
        self.name = name
        self.isOptional = isOptional
        self.base = base
        self.refresh = refresh
        self.query = query
        self.partition = partition
        self.timeToLive = timeToLive
    }
}

/// `REFRESH MATERIALIZED VIEW name [FULL | INCREMENTAL | RANGE FROM '…' TO '…']`.
public struct RefreshStatement: Sendable, Hashable {
    /// What is computed anew.
    public enum Extent: Sendable, Hashable {
        /// All of it, from nothing.
        case full
        /// What changed since the last time.
        case incremental
        /// The buckets from a time up to, but not including, another.
        case range(from: String, to: String)
    }

    /// The view.
    public var name: Identifier
    /// What is computed anew.
    public var extent: Extent
    /// Where the times of a range stand, or the name.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a statement.
    public init(name: Identifier, extent: Extent, span: SourceSpan) {
        self.name = name
        self.extent = extent
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
