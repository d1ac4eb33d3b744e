/// A statement as written: names are not resolved. Equality leaves out where its parts stand.
public struct Statement: Sendable, Hashable {
    /// The statements there are.
    public enum Kind: Sendable, Hashable {
        /// `SELECT …`.
        case select(SelectStatement)
        /// `SHOW TABLES`.
        case showTables
        /// `SHOW COLUMNS FROM table`.
        case showColumns(Identifier)
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

/// The clauses of a SELECT.
public struct SelectStatement: Sendable, Hashable {
    /// The select list; never empty.
    public var items: [SelectItem]
    /// FROM.
    public var table: Identifier
    /// WHERE.
    public var filter: Expression?
    /// SAMPLE BY.
    public var sampleBy: SampleClause?
    /// GROUP BY; empty without the clause.
    public var groupBy: [Expression]
    /// LATEST BY or LATEST ON.
    public var latest: LatestClause?
    /// ORDER BY; empty without the clause.
    public var orderBy: [OrderItem]
    /// LIMIT.
    public var limit: LimitClause?

    /// Creates a SELECT of a table's rows, to which clauses can be added.
    public init(items: [SelectItem], table: Identifier) {
        self.items = items
        self.table = table
        self.groupBy = []
        self.orderBy = []
    }
}

/// One item of the select list.
public struct SelectItem: Sendable, Hashable {
    /// What an item can be.
    public enum Kind: Sendable, Hashable {
        /// `*`: all columns of the table.
        case all
        /// `expression [[AS] alias]`.
        case expression(Expression, alias: Identifier?)
    }

    /// What it is.
    public var kind: Kind
    /// Where it stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates an item.
    public init(_ kind: Kind, span: SourceSpan) {
        self.kind = kind
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// `SAMPLE BY interval`.
public struct SampleClause: Sendable, Hashable {
    /// The length of a bucket.
    public var interval: SampleInterval
    /// Where the clause stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a clause.
    public init(_ interval: SampleInterval, span: SourceSpan) {
        self.interval = interval
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// `LATEST BY keys`, or `LATEST ON time PARTITION BY keys`.
public struct LatestClause: Sendable, Hashable {
    /// The timestamp of `LATEST ON`; nil in the short form.
    public var time: Identifier?
    /// The keys; never empty.
    public var keys: [Identifier]
    /// Where the clause stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a clause.
    public init(time: Identifier?, keys: [Identifier], span: SourceSpan) {
        self.time = time
        self.keys = keys
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// One term of ORDER BY.
public struct OrderItem: Sendable, Hashable {
    /// An expression, an alias, or the number of a column of the answer, from 1.
    public var expression: Expression
    /// Whether `DESC` follows.
    public var isDescending: Bool
    /// Where it stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a term.
    public init(_ expression: Expression, isDescending: Bool, span: SourceSpan) {
        self.expression = expression
        self.isDescending = isDescending
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// `LIMIT count`.
public struct LimitClause: Sendable, Hashable {
    /// How many rows at most.
    public var count: Int
    /// Where the number stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a clause.
    public init(_ count: Int, span: SourceSpan) {
        self.count = count
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
