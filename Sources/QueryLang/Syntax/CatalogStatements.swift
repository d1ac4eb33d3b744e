/// `ALTER TABLE table …`.
public struct AlterTableStatement: Sendable, Hashable {
    /// What is to change.
    public enum Change: Sendable, Hashable {
        /// `ADD COLUMN [IF NOT EXISTS] name type, …`; never empty.
        case addColumns([ColumnDefinition], isOptional: Bool)
        /// `SET TTL 30d`, or `SET TTL NONE`: how long rows are kept.
        case setTimeToLive(Interval?)
    }

    /// The table.
    public var table: Identifier
    /// What is to change.
    public var change: Change

    /// Creates a statement.
    public init(table: Identifier, change: Change) {
        self.table = table
        self.change = change
    }
}

/// `DROP TABLE [IF EXISTS] name`, `DROP VIEW …` or `DROP MATERIALIZED VIEW …`.
public struct DropStatement: Sendable, Hashable {
    /// What is dropped.
    public enum Object: String, Sendable, Hashable {
        /// A table.
        case table = "TABLE"
        /// A view.
        case view = "VIEW"
        /// A materialized view, with its table.
        case materializedView = "MATERIALIZED VIEW"
    }

    /// What is dropped.
    public var object: Object
    /// Its name.
    public var name: Identifier
    /// Whether nothing is to happen if there is none.
    public var isOptional: Bool

    /// Creates a statement.
    public init(_ object: Object, name: Identifier, isOptional: Bool = false) {
        self.object = object
        self.name = name
        self.isOptional = isOptional
    }
}

/// `CREATE [OR REPLACE] VIEW name AS SELECT …`.
public struct CreateViewStatement: Sendable, Hashable {
    /// The name.
    public var name: Identifier
    /// Whether a view of the name may be there already.
    public var replaces: Bool
    /// The query.
    public var query: SelectStatement

    /// Creates a statement.
    public init(name: Identifier, replaces: Bool = false, query: SelectStatement) {
        self.name = name
        self.replaces = replaces
        self.query = query
    }
}

/// `SHOW …`, aside from SHOW TABLES and SHOW COLUMNS.
public enum ShowStatement: Sendable, Hashable {
    /// `SHOW CREATE TABLE table`: the statement that makes one like it.
    case createTable(Identifier)
    /// `SHOW CREATE VIEW view`.
    case createView(Identifier)
    /// `SHOW CREATE MATERIALIZED VIEW view`.
    case createMaterializedView(Identifier)
    /// `SHOW MATERIALIZED VIEWS`.
    case materializedViews
    /// `SHOW SYMBOLS [FROM table] [LIKE 'pattern']`: the names of series.
    case symbols(table: Identifier?, pattern: String?)
    /// `SHOW VIEWS`.
    case views
    /// `SHOW FUNCTIONS`.
    case functions
    /// `SHOW QUERIES`.
    case queries
    /// `SHOW FEATURES`: the features of all feature views.
    case features
    /// `SHOW CREATE FEATURE VIEW view`.
    case createFeatureView(Identifier)
}
