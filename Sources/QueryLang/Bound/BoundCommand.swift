public import Columnar

/// A statement that changes something, bound.
public enum BoundCommand: Sendable, Hashable {
    /// CREATE TABLE.
    case createTable(BoundCreateTable)
    /// INSERT.
    case insert(BoundInsert)
    /// ADD COLUMN: those of the columns that the table does not have.
    case addColumns([Column], table: TableSchema)
    /// SET TTL, in nanoseconds; nil keeps rows for ever.
    case setTimeToLive(Int64?, table: TableSchema)
    /// DROP TABLE.
    case dropTable(TableSchema)
    /// TRUNCATE TABLE.
    case truncate(TableSchema)
    /// DELETE: rows of some times and series.
    case deleteRows(BoundDelete)
    /// CREATE VIEW; whether there is such a view, which it replaces.
    case createView(ViewDefinition, replaces: Bool)
    /// DROP VIEW.
    case dropView(ViewDefinition)
    /// CREATE MATERIALIZED VIEW.
    case createMaterializedView(BoundMaterializedView)
    /// DROP MATERIALIZED VIEW, with its table.
    case dropMaterializedView(MaterializedViewDefinition)
    /// REFRESH MATERIALIZED VIEW.
    case refresh(MaterializedViewDefinition, RefreshExtent)
    /// CREATE FEATURE VIEW and the like.
    case featureView(BoundFeatureCommand)
    /// There is nothing to do, by IF EXISTS; a word that says so.
    case nothing(String)

    /// What a caller must be allowed to do: adding is writing; what takes something away that cannot come back is for
    /// administrators.
    public var statementClass: StatementClass {
        switch self {
        case .createTable, .insert, .addColumns, .createView(_, replaces: false), .createMaterializedView,
            .refresh:
            .write
        case .setTimeToLive, .dropTable, .truncate, .deleteRows, .dropView, .dropMaterializedView,
            .createView(_, replaces: true):
            .admin
        case .featureView(let command): command.statementClass
        // That it may be dropped must not depend on whether it is there.
        case .nothing: .admin
        }
    }

    private static let rows = ResultColumn(name: "rows", type: .int64)
    private static let status = ResultColumn(name: "status", type: .string)

    /// The answer's columns: the number of rows that were written, or a word that says what was done.
    public var columns: [ResultColumn] {
        switch self {
        case .insert, .featureView(.backfill): [Self.rows]
        case .createTable(let create): [create.query == nil ? Self.status : Self.rows]
        default: [Self.status]
        }
    }
}

/// CREATE TABLE, bound.
public struct BoundCreateTable: Sendable, Hashable {
    /// The table.
    public var schema: TableSchema
    /// How long its rows are kept, in nanoseconds; nil for ever.
    public var timeToLive: Int64?
    /// Whether nothing is to happen if there is such a table.
    public var isOptional: Bool
    /// The rows that it gets; nil for none.
    public var query: BoundSelect?

    /// Creates a bound statement.
    public init(schema: TableSchema, timeToLive: Int64? = nil, isOptional: Bool = false, query: BoundSelect? = nil) {
        self.schema = schema
        self.timeToLive = timeToLive
        self.isOptional = isOptional
        self.query = query
    }
}

/// INSERT, bound.
public struct BoundInsert: Sendable, Hashable {
    /// Where the rows come from. Types are those of the columns, or ones that turn into them: int64 into float64 and
    /// timestamp (nanoseconds), timestamp into int64, symbol into string and back.
    public enum Content: Sendable, Hashable {
        /// Rows of expressions without columns.
        case values([[BoundExpression]])
        /// The answer of a SELECT.
        case query(BoundSelect)
    }

    /// The table.
    public var table: TableSchema
    /// The column of each value, by index in the schema; all others get NULL.
    public var columns: [Int]
    /// The rows.
    public var content: Content

    /// Creates a bound statement.
    public init(table: TableSchema, columns: [Int], content: Content) {
        self.table = table
        self.columns = columns
        self.content = content
    }
}

/// DELETE, bound.
public struct BoundDelete: Sendable, Hashable {
    /// The table.
    public var table: TableSchema
    /// Which series.
    public var series: Pushdown.ScanSeries
    /// Which times: sorted, disjoint, none empty.
    public var times: [TimeRange]

    /// Creates a bound statement.
    public init(table: TableSchema, series: Pushdown.ScanSeries, times: [TimeRange]) {
        self.table = table
        self.series = series
        self.times = times
    }
}
