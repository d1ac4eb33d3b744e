public import Columnar

/// A statement whose names and types are resolved: the input of the planner.
public enum BoundStatement: Sendable, Hashable {
    /// Reads rows.
    case select(BoundSelect)
    /// Tells how rows would be read; with ANALYZE it reads them, and tells what each step did.
    case explain(BoundSelect, isAnalyze: Bool)
    /// Lists the tables: name, kind, timeframe, designated timestamp, series key, columns.
    case showTables
    /// Lists the columns of a table: column, type, designated (boolean), series_key (boolean).
    case showColumns(TableSchema)
    /// Lists or tells something else.
    case show(BoundShow)
    /// Changes something.
    case command(BoundCommand)

    /// What a caller must be allowed to do.
    public var statementClass: StatementClass {
        switch self {
        case .select, .explain, .showTables, .showColumns, .show: .read
        case .command(let command): command.statementClass
        }
    }
}

/// What a statement may change, for authorisation.
public enum StatementClass: String, Sendable, Hashable {
    /// Changes nothing.
    case read
    /// Adds or changes rows.
    case write
    /// Changes tables, jobs or the server.
    case admin
}

/// A column of an answer.
public struct ResultColumn: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The type.
    public let type: ColumnType
    /// The SQL type that it was declared with, or that the rules of a dialect give; nil if ``type`` says it all.
    public let declared: DeclaredType?

    /// Creates a column.
    public init(name: String, type: ColumnType, declared: DeclaredType? = nil) {
        self.name = name
        self.type = type
        self.declared = declared
    }
}
