/// A statement as written: names are not resolved. Equality leaves out where its parts stand.
public struct Statement: Sendable, Hashable {
    /// The statements there are.
    public enum Kind: Sendable, Hashable {
        /// `SELECT …`.
        case select(SelectStatement)
        /// `EXPLAIN [ANALYZE] SELECT …`.
        case explain(SelectStatement, isAnalyze: Bool)
        /// `SHOW TABLES`.
        case showTables
        /// `SHOW COLUMNS FROM table`.
        case showColumns(Identifier)
        /// Any other `SHOW …`.
        case show(ShowStatement)
        /// `CREATE TABLE …`.
        case createTable(CreateTableStatement)
        /// `CREATE VIEW …`.
        case createView(CreateViewStatement)
        /// `CREATE MATERIALIZED VIEW …`.
        case createMaterializedView(CreateMaterializedViewStatement)
        /// `REFRESH MATERIALIZED VIEW …`.
        case refresh(RefreshStatement)
        /// `ALTER TABLE …`.
        case alterTable(AlterTableStatement)
        /// `DROP TABLE …` or `DROP VIEW …`.
        case drop(DropStatement)
        /// `TRUNCATE TABLE table`.
        case truncate(Identifier)
        /// `INSERT INTO …`.
        case insert(InsertStatement)
        /// `DELETE FROM …`.
        case delete(DeleteStatement)
        /// `CREATE FEATURE VIEW …` and the like.
        case featureView(FeatureViewStatement)
    }

    /// What it is.
    public var kind: Kind
    /// Where it stands, without a trailing semicolon.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a statement.
    public init(_ kind: Kind, span: SourceSpan) {
        self.kind = kind
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
