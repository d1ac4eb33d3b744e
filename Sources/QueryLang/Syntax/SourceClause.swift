/// What stands after FROM or JOIN: `table [[AS] alias]` or `(SELECT …) [[AS] alias]`.
public struct SourceClause: Sendable, Hashable {
    /// What rows can come from.
    public indirect enum Kind: Sendable, Hashable {
        /// A table.
        case table(Identifier)
        /// A sub-query.
        case query(SelectStatement)
    }

    /// What the rows come from.
    public var kind: Kind
    /// What its columns are qualified by, instead of the table's name.
    public var alias: Identifier?
    /// Where it stands, with its alias.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a source.
    public init(_ kind: Kind, alias: Identifier? = nil, span: SourceSpan) {
        self.kind = kind
        self.alias = alias
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
