import Columnar

/// The clauses of a SELECT.
///
/// A query of another form is the SELECT of everything that it gives: `a UNION ALL b ORDER BY x` is `SELECT * FROM (a UNION
/// ALL b) ORDER BY x`, `VALUES (1)` is `SELECT * FROM (VALUES (1))`, `trades WHERE price > 1` has `SELECT * FROM` left out.
public struct SelectStatement: Sendable, Hashable {
    /// WITH: queries that have names in this one.
    public var with: [CommonTable]
    /// `SELECT DISTINCT`.
    public var isDistinct: Bool
    /// The select list; never empty.
    public var items: [SelectItem]
    /// FROM.
    public var source: SourceClause
    /// The joins after it, in their order.
    public var joins: [JoinClause]
    /// WHERE.
    public var filter: Expression?
    /// SAMPLE BY.
    public var sampleBy: SampleClause?
    /// GROUP BY; empty without the clause.
    public var groupBy: [Expression]
    /// HAVING.
    public var having: Expression?
    /// WINDOW; empty without the clause.
    public var windows: [NamedWindow] = []
    /// LATEST BY or LATEST ON.
    public var latest: LatestClause?
    /// ORDER BY; empty without the clause.
    public var orderBy: [OrderItem]
    /// LIMIT.
    public var limit: LimitClause?

    /// Creates a SELECT of a source's rows, to which clauses can be added.
    public init(items: [SelectItem], source: SourceClause) {
        self.with = []
        self.isDistinct = false
        self.items = items
        self.source = source
        self.joins = []
        self.groupBy = []
        self.orderBy = []
    }
}

/// One item of the select list.
public struct SelectItem: Sendable, Hashable {
    /// What an item can be.
    public enum Kind: Sendable, Hashable {
        /// `*`: all columns; `t.*`: all of one source.
        case all(of: Identifier?)
        /// `expression [[AS] alias]`.
        case expression(Expression, alias: Identifier?)
    }

    /// What it is.
    public var kind: Kind
    /// Where it stands.
    @IgnoredInComparison public var span: SourceSpan
    /// The expression as it was written; nil if it never was, or the item has a name without it.
    @IgnoredInComparison public var text: String?
    /// The SQL type that its values are told as; nil if its expression says it.
    @IgnoredInComparison var declared: DeclaredType?

    /// Creates an item.
    public init(_ kind: Kind, span: SourceSpan, text: String? = nil) {
        self.kind = kind
        self._span = IgnoredInComparison(wrappedValue: span)
        self._text = IgnoredInComparison(wrappedValue: text)
        self._declared = IgnoredInComparison(wrappedValue: nil)
    }
}

/// `LATEST BY keys`, or `LATEST ON time PARTITION BY keys`.
public struct LatestClause: Sendable, Hashable {
    /// The timestamp of `LATEST ON`; nil in the short form.
    public var time: ColumnReference?
    /// The keys; never empty.
    public var keys: [ColumnReference]
    /// Where the clause stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a clause.
    public init(time: ColumnReference?, keys: [ColumnReference], span: SourceSpan) {
        self.time = time
        self.keys = keys
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// One term of ORDER BY, of a SELECT or of a window.
public struct OrderItem: Sendable, Hashable {
    /// An expression; of a SELECT also an alias, or the number of a column of the answer, from 1.
    public var expression: Expression
    /// Whether `DESC` follows.
    public var isDescending: Bool
    /// `NULLS FIRST` or `NULLS LAST`; without either, nulls come last in ascending order, first in descending.
    public var nulls: NullsPlace?
    /// Where it stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a term.
    public init(_ expression: Expression, isDescending: Bool, nulls: NullsPlace? = nil, span: SourceSpan) {
        self.expression = expression
        self.isDescending = isDescending
        self.nulls = nulls
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// Where ORDER BY puts nulls.
public enum NullsPlace: String, Sendable, Hashable, CaseIterable {
    /// Before all values.
    case first = "FIRST"
    /// After all values.
    case last = "LAST"
}

/// `LIMIT n`, `LIMIT lower, upper` or `LIMIT n OFFSET m`, all as the range of rows that is meant.
public struct LimitClause: Sendable, Hashable {
    /// The rows: `0..<n` for `LIMIT n`, `-n..<end` for `LIMIT -n`, `m..<m + n` for `LIMIT n OFFSET m`.
    public var range: RowRange
    /// Where the numbers stand.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a clause.
    public init(_ range: RowRange, span: SourceSpan) {
        self.range = range
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
