/// `CREATE TABLE [IF NOT EXISTS] name (column type, …) …`, or `… AS (SELECT …) …`.
public struct CreateTableStatement: Sendable, Hashable {
    /// `name`, or NONE.
    public enum Choice: Sendable, Hashable {
        /// The column of this name.
        case column(Identifier)
        /// None, although there is a column that would be taken.
        case none
    }

    /// What follows the table's name and columns; each clause once, in any order.
    public struct Options: Sendable, Hashable {
        /// `TIMESTAMP (column)`: the designated timestamp.
        public var timestamp: Choice?
        /// `SERIES KEY (column)`.
        public var seriesKey: Choice?
        /// `TIMEFRAME 1Min`: a regular table.
        public var timeframe: Interval?
        /// `PARTITION BY unit`, the unit as written.
        public var partition: Identifier?
        /// `WAL` or `BYPASS WAL`, which say how QuestDB writes; every table here has a log.
        public var hasLog: Bool?
        /// `TTL 30d`.
        public var timeToLive: Interval?
        /// `DEDUP UPSERT KEYS (columns)`.
        public var dedupKeys: [Identifier]?
        /// `WITH name = value, …`: parameters of QuestDB's storage, which have no meaning here.
        public var parameters: [Parameter] = []

        /// Creates options that say nothing.
        public init() {}
    }

    /// `name = value` after WITH.
    public struct Parameter: Sendable, Hashable {
        /// What a parameter can be set to.
        public enum Value: Sendable, Hashable {
            /// A constant.
            case literal(Literal)
            /// A length of time.
            case interval(Interval)
        }

        /// The name.
        public var name: Identifier
        /// The value.
        public var value: Value

        /// Creates a parameter.
        public init(name: Identifier, value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// Where the columns come from.
    public enum Content: Sendable, Hashable {
        /// They are written out; never empty.
        case columns([ColumnDefinition])
        /// They are those of a SELECT, whose rows the table then has.
        case query(SelectStatement)
    }

    /// The table's name.
    public var name: Identifier
    /// Whether nothing is to happen if there is such a table.
    public var isOptional: Bool
    /// The columns.
    public var content: Content
    /// The clauses after them.
    public var options: Options

    /// Creates a statement.
    public init(name: Identifier, isOptional: Bool = false, content: Content, options: Options = Options()) {
        self.name = name
        self.isOptional = isOptional
        self.content = content
        self.options = options
    }
}

/// A column of CREATE TABLE or ADD COLUMN: `name type`.
public struct ColumnDefinition: Sendable, Hashable {
    /// What QuestDB lets one say of a SYMBOL: how its dictionary is kept. Without meaning here.
    public struct SymbolOptions: Sendable, Hashable {
        /// `CAPACITY n`.
        public var capacity: UInt64?
        /// `CACHE` or `NOCACHE`.
        public var isCached: Bool?
        /// `INDEX`.
        public var isIndexed = false
        /// `INDEX CAPACITY n`.
        public var indexCapacity: UInt64?

        /// Creates options that say nothing.
        public init() {}
    }

    /// The column's name.
    public var name: Identifier
    /// The name of the type, as written.
    public var type: Identifier
    /// What follows the type.
    public var symbol: SymbolOptions

    /// Creates a column.
    public init(name: Identifier, type: Identifier, symbol: SymbolOptions = SymbolOptions()) {
        self.name = name
        self.type = type
        self.symbol = symbol
    }
}
