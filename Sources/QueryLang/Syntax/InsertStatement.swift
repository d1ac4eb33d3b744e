/// `INSERT INTO table [(columns)] VALUES (…), …`, or `… SELECT …`.
public struct InsertStatement: Sendable, Hashable {
    /// Where the rows come from.
    public enum Content: Sendable, Hashable {
        /// VALUES; never empty.
        case values([ValuesRow])
        /// A SELECT.
        case query(SelectStatement)
    }

    /// The table.
    public var table: Identifier
    /// The columns that have values, in the order of these; nil for all.
    public var columns: [Identifier]?
    /// The rows.
    public var content: Content

    /// Creates a statement.
    public init(table: Identifier, columns: [Identifier]? = nil, content: Content) {
        self.table = table
        self.columns = columns
        self.content = content
    }
}

/// One row of VALUES.
public struct ValuesRow: Sendable, Hashable {
    /// The values; never empty.
    public var values: [Expression]
    /// Where it stands, with its parentheses.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a row.
    public init(_ values: [Expression], span: SourceSpan) {
        self.values = values
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// `DELETE FROM table [WHERE condition]`.
public struct DeleteStatement: Sendable, Hashable {
    /// The table.
    public var table: Identifier
    /// Which rows go; nil for all.
    public var filter: Expression?

    /// Creates a statement.
    public init(table: Identifier, filter: Expression? = nil) {
        self.table = table
        self.filter = filter
    }
}
