/// What stands after FROM or JOIN: a table, a query in parentheses or a table function, with
/// `[TIMESTAMP (column)] [[AS] alias [(columns)]]`.
public struct SourceClause: Sendable, Hashable {
    /// What rows can come from.
    public indirect enum Kind: Sendable, Hashable {
        /// A table.
        case table(Identifier)
        /// A sub-query; never one that is just a set operation or VALUES.
        case query(SelectStatement)
        /// `(a UNION b)`, likewise EXCEPT and INTERSECT.
        case set(SetClause)
        /// `(VALUES (1, 'a'), (2, 'b'))`: rows of expressions, all of one length.
        case values([[Expression]])
        /// A call of a function that gives rows.
        case function(FunctionCall)
        /// No FROM at all: one row without columns.
        case nothing
    }

    /// What the rows come from.
    public var kind: Kind
    /// `TIMESTAMP (column)`: the column that is its designated timestamp; nil for the one that it has.
    public var timestamp: Identifier?
    /// What its columns are qualified by, instead of the table's name.
    public var alias: Identifier?
    /// What its columns are called, in parentheses after the alias; empty for as they are.
    public var columns: [Identifier]
    /// Where it stands, with its alias.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a source.
    public init(
        _ kind: Kind,
        timestamp: Identifier? = nil,
        alias: Identifier? = nil,
        columns: [Identifier] = [],
        span: SourceSpan
    ) {
        self.kind = kind
        self.timestamp = timestamp
        self.alias = alias
        self.columns = columns
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// `… JOIN source ON …`.
public struct JoinClause: Sendable, Hashable {
    /// The joins there are.
    public enum Kind: Sendable, Hashable {
        /// `[INNER] JOIN`.
        case inner
        /// `LEFT [OUTER] JOIN`.
        case left
        /// `RIGHT [OUTER] JOIN`.
        case right
        /// `FULL [OUTER] JOIN`.
        case full
        /// `SPLICE JOIN`.
        case splice
        /// `CROSS JOIN`, or a comma.
        case cross
        /// `ASOF JOIN … [TOLERANCE …]`.
        case asof(tolerance: Interval?)
        /// `LT JOIN … [TOLERANCE …]`.
        case lt(tolerance: Interval?)
        /// `WINDOW JOIN … RANGE BETWEEN … AND … [INCLUDE | EXCLUDE PREVAILING]`.
        case window(FrameClause, includesPrevailing: Bool)
    }

    /// Which rows belong together.
    public enum Constraint: Sendable, Hashable {
        /// `ON (a, b)` or `ON a`: columns that both sides have, and that must be equal.
        case columns([Identifier])
        /// `ON expression`; never a bare name, which is ``columns(_:)``.
        case condition(Expression)
    }

    /// Which join it is.
    public var kind: Kind
    /// The right side.
    public var source: SourceClause
    /// ON; nil without it.
    public var constraint: Constraint?
    /// Where its first words stand, up to JOIN.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a join.
    public init(_ kind: Kind, _ source: SourceClause, on constraint: Constraint?, span: SourceSpan) {
        self.kind = kind
        self.source = source
        self.constraint = constraint
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
