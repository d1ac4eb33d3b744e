public import Columnar

/// Where the rows of a SELECT come from. Expressions name its columns by index.
public indirect enum BoundSource: Sendable, Hashable {
    /// The rows of a table, by (time, series, arrival).
    case table(TableSchema)
    /// The answer of another SELECT.
    case query(BoundSelect)
    /// Rows of two sources put together.
    case join(BoundJoin)
    /// Rows of two queries, one after the other or compared.
    case set(BoundSet)
    /// Rows that stand in the text.
    case values(BoundValues)
    /// Rows that are computed.
    case sequence(BoundSequence)
    /// The events of a book replayed.
    case book(BoundBook)

    /// Types of the columns.
    public var types: [ColumnType] {
        switch self {
        case .table(let table): table.columns.map(\.type)
        case .query(let select): select.columns.map(\.type)
        case .join(let join): join.types
        case .set(let set): set.left.columns.map(\.type)
        case .values(let values): values.types
        case .sequence(let sequence): [sequence.type]
        case .book(let book): book.schema.columns.map(\.type)
        }
    }

    /// Index of the designated timestamp; nil if there is none.
    public var timeColumn: Int? {
        switch self {
        case .table(let table): table.hasDesignatedTimestamp ? table.timeColumn : nil
        case .query(let select): select.timeOutput
        case .join(let join): join.kind == .full ? nil : join.left.timeColumn
        case .set(let set): set.timeColumn
        case .values: nil
        case .sequence(let sequence): sequence.type == .timestamp ? 0 : nil
        case .book(let book): book.schema.timeColumn
        }
    }

    /// Index of the series key; nil if there is none.
    public var seriesColumn: Int? {
        switch self {
        case .table(let table): table.seriesColumn
        case .query(let select): select.seriesOutput
        case .join(let join): join.kind == .full ? nil : join.left.seriesColumn
        case .set(let set): set.seriesColumn
        case .values, .sequence: nil
        case .book(let book): book.schema.seriesColumn
        }
    }

    /// All tables that are read, each as often as it stands in the query.
    public var tables: [TableSchema] {
        switch self {
        case .table(let table): [table]
        case .query(let select): select.tables
        case .join(let join): join.left.tables + join.right.tables
        case .set(let set): set.left.tables + set.right.tables
        case .values, .sequence: []
        case .book(let book): [book.table]
        }
    }
}

/// `left JOIN right`. The columns are those of the left side, then those of the right (or, of a WINDOW JOIN, its
/// aggregates). Rows come in the order of the left side, and for one row of it in that of the right.
public struct BoundJoin: Sendable, Hashable {
    /// Which rows belong together, besides equal keys.
    public enum Kind: Sendable, Hashable {
        /// Every pair.
        case inner
        /// Every pair; a left row without one gets nulls.
        case left
        /// Every pair; a left row without one gets nulls, and right rows without one come after all others with nulls for the
        /// left side.
        case full
        /// With each left row, the last right row (by time, then arrival) that is not later; nulls if there is none.
        case asof(tolerance: Int64?)
        /// The same, but strictly earlier.
        case lt(tolerance: Int64?)
        /// With each left row, aggregates of the right rows in a window of time around it.
        case window(WindowJoin)
    }

    /// Columns that must be equal; a null equals nothing.
    public struct Key: Sendable, Hashable {
        /// Index of the left side's column.
        public var left: Int
        /// Index of the right side's column, among the right side's own.
        public var right: Int

        /// Creates a key.
        public init(left: Int, right: Int) {
            self.left = left
            self.right = right
        }
    }

    /// Which rows belong together.
    public var kind: Kind
    /// The left side.
    public var left: BoundSource
    /// The right side.
    public var right: BoundSource
    /// Columns that must be equal. Types are equal too, but for int64 with float64 and symbol with string.
    public var keys: [Key]
    /// What else ON asks of a pair, over the columns of both sides, for ``Kind/inner`` and ``Kind/left``.
    public var condition: BoundExpression?
    /// Columns that number the events of an instrument, of ASOF and LT JOIN: with a left row only right rows of a smaller number
    /// count, those that had arrived before it. Nil lets all of them count.
    public var arrival: Key?

    /// Creates a join.
    public init(kind: Kind, left: BoundSource, right: BoundSource, keys: [Key], condition: BoundExpression? = nil) {
        self.kind = kind
        self.left = left
        self.right = right
        self.keys = keys
        self.condition = condition
    }

    /// Types of the columns.
    public var types: [ColumnType] {
        if case .window(let window) = kind { return left.types + window.outputTypes }
        return left.types + right.types
    }
}

/// `WINDOW JOIN … RANGE BETWEEN preceding AND following`: which right rows count for a left row of time t, and what is made
/// of them.
public struct WindowJoin: Sendable, Hashable {
    /// The window begins at t - preceding, included. Negative begins after t.
    public var preceding: Int64
    /// The window ends at t + following, included.
    public var following: Int64
    /// Whether the last right row before the window counts too, as what was valid at its start.
    public var includesPrevailing: Bool
    /// The aggregates, over the columns of left and right side. Each gives as many columns as its function has outputs.
    public var aggregates: [AggregateCall]
    /// Types of all their outputs.
    public var outputTypes: [ColumnType]

    /// Creates a window.
    public init(
        preceding: Int64,
        following: Int64,
        includesPrevailing: Bool,
        aggregates: [AggregateCall],
        outputTypes: [ColumnType]
    ) {
        self.preceding = preceding
        self.following = following
        self.includesPrevailing = includesPrevailing
        self.aggregates = aggregates
        self.outputTypes = outputTypes
    }
}
