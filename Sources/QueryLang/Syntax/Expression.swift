/// A name of a table, column, function or alias, as written.
public struct Identifier: Sendable, Hashable {
    /// The name without its quotes.
    public var name: String
    /// Where it stands.
    @IgnoredInComparison public var span: SourceSpan
    /// Whether it was written in quotes.
    @IgnoredInComparison public var isQuoted: Bool

    /// Creates a name.
    public init(_ name: String, span: SourceSpan, isQuoted: Bool = false) {
        self.name = name
        self._span = IgnoredInComparison(wrappedValue: span)
        self._isQuoted = IgnoredInComparison(wrappedValue: isQuoted)
    }
}

/// A column as written: `price`, or `t.price`.
public struct ColumnReference: Sendable, Hashable {
    /// The alias or the table that the column is said to be of.
    public var qualifier: Identifier?
    /// The column.
    public var name: Identifier

    /// Creates a reference.
    public init(_ name: Identifier, of qualifier: Identifier? = nil) {
        self.qualifier = qualifier
        self.name = name
    }

    /// Where it stands.
    public var span: SourceSpan { qualifier.map { $0.span.union(name.span) } ?? name.span }
}

/// A constant, as written.
public enum Literal: Sendable, Hashable {
    /// `NULL`.
    case null
    /// `TRUE` or `FALSE`.
    case boolean(Bool)
    /// Digits. The sign is an operator, so that the smallest int64 can be written too.
    case integer(UInt64)
    /// Digits with a fraction or an exponent; finite and not negative.
    case decimal(Double)
    /// Text in single quotes.
    case string(String)
}

/// `AND` and `OR`.
public enum LogicalOperator: String, Sendable, Hashable, CaseIterable {
    /// True if all are.
    case and = "AND"
    /// True if one is.
    case or = "OR"
}

/// An expression. Equality leaves out where it stands.
public struct Expression: Sendable, Hashable {
    /// What an expression can be. Children are of any kind, but for ``logical(_:_:)``.
    public indirect enum Kind: Sendable, Hashable {
        /// A constant.
        case literal(Literal)
        /// A column, or an alias of the select list.
        case column(ColumnReference)
        /// A unary operator.
        case unary(UnaryOperator, Expression)
        /// An arithmetic operator or a comparison.
        case binary(BinaryOperator, Expression, Expression)
        /// Two or more operands, none of them itself a ``logical(_:_:)`` of the same operator.
        case logical(LogicalOperator, [Expression])
        /// `operand [NOT] IN (values)`; also `operand [NOT] IN 'text'`, which is a list of one.
        case inList(Expression, [Expression], isNegated: Bool)
        /// `operand [NOT] BETWEEN lower AND upper`.
        case between(Expression, lower: Expression, upper: Expression, isNegated: Bool)
        /// `operand [NOT] BETWEEN SYMMETRIC one AND other`: between them, whichever is smaller.
        case betweenSymmetric(Expression, Expression, Expression, isNegated: Bool)
        /// `operand IS [NOT] NULL`.
        case isNull(Expression, isNegated: Bool)
        /// A call of a function.
        case call(FunctionCall)
        /// `CASE … END`.
        case caseOf(CaseClause)
        /// `CAST(operand AS type)`, also `TRY_CAST` and `operand::type`.
        case cast(Expression, Identifier)
        /// An operator that means a function.
        case infix(InfixOperator, Expression, Expression)
        /// `~operand`.
        case complement(Expression)
        /// `operand [NOT] LIKE pattern`.
        case like(Expression, LikeClause)
        /// `operand IS [NOT] TRUE`, or FALSE.
        case isTruth(Expression, Bool, isNegated: Bool)
        /// `left IS [NOT] DISTINCT FROM right`.
        case isDistinct(Expression, Expression, isNegated: Bool)
        /// A length of time.
        case duration(TimeLength)
        /// `$1` or `:name`.
        case parameter(ParameterReference)
        /// `(SELECT …)`: the value of a query that gives one.
        case query(SelectStatement)
        /// `operand [NOT] IN (SELECT …)`.
        case inQuery(Expression, SelectStatement, isNegated: Bool)
        /// `EXISTS (SELECT …)`.
        case exists(SelectStatement)
    }

    /// What it is.
    public let kind: Kind
    /// Where it stands, parentheses around it left out.
    @IgnoredInComparison public var span: SourceSpan
    /// Nodes on the longest way down; at most ``QueryLimits/nestingDepthMax`` in what the parser returns.
    @IgnoredInComparison public private(set) var height: Int

    /// Creates an expression.
    public init(_ kind: Kind, span: SourceSpan) {
        self.kind = kind
        self._span = IgnoredInComparison(wrappedValue: span)
        let below = kind.children.reduce(kind.query?.height ?? 0) { Swift.max($0, $1.height) }
        self._height = IgnoredInComparison(wrappedValue: 1 + below)
    }
}

extension Expression {
    /// The literal that this is, perhaps with a minus sign before it; nil if it is something else.
    var signedLiteral: (Literal, isNegated: Bool)? {
        switch kind {
        case .literal(let literal): return (literal, false)
        case .unary(.negate, let operand):
            if case .literal(let literal) = operand.kind { return (literal, true) }
            return nil
        default: return nil
        }
    }
}

extension Expression.Kind {
    /// The sub-query that it asks; nil if it is none of the kinds that do.
    public var query: SelectStatement? {
        switch self {
        case .query(let select), .inQuery(_, let select, _), .exists(let select): select
        default: nil
        }
    }

    /// The expressions directly below.
    public var children: [Expression] {
        switch self {
        case .literal, .column, .duration, .parameter, .query, .exists: []
        case .unary(_, let operand), .isNull(let operand, _), .cast(let operand, _), .complement(let operand),
            .isTruth(let operand, _, _), .inQuery(let operand, _, _):
            [operand]
        case .binary(_, let left, let right), .infix(_, let left, let right), .isDistinct(let left, let right, _):
            [left, right]
        case .caseOf(let clause): clause.children
        case .like(let operand, let clause): [operand, clause.pattern]
        case .logical(_, let operands): operands
        case .inList(let operand, let values, _): [operand] + values
        case .between(let operand, let lower, let upper, _): [operand, lower, upper]
        case .betweenSymmetric(let operand, let one, let other, _): [operand, one, other]
        case .call(let call):
            call.values + (call.filter.map { [$0] } ?? [])
                + (call.window.map { $0.partition + $0.order.map(\.expression) } ?? [])
        }
    }
}
