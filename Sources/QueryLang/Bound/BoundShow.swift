public import Columnar

/// What a SHOW lists, aside from SHOW TABLES and SHOW COLUMNS, and from those that are a SELECT of a `system` table.
public enum BoundShow: Sendable, Hashable {
    /// The statement that makes a table like this one, as one column `statement`.
    case createTable(TableSchema, timeToLive: Int64?)
    /// The statement that makes a view, as one column `statement`.
    case createView(ViewDefinition)
    /// The statement that makes a materialized view, as one column `statement`; with the unit of its partitions.
    case createMaterializedView(MaterializedViewDefinition, TableSchema?, timeToLive: Int64?)
    /// The statement that makes a feature view, as one column `statement`.
    case createFeatureView(FeatureViewDefinition)
    /// The names of series: columns `table` and `symbol`. Of one table or of all that have a series key; those that the
    /// pattern of LIKE fits.
    case symbols(TableSchema?, pattern: String?)
    /// The columns that a view's rows have, as SHOW COLUMNS tells them, and which of them are its designated timestamp and
    /// series key.
    case columns([ResultColumn], time: Int?, series: Int?)
}
