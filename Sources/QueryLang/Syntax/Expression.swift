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
        case column(Identifier)
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
        /// `operand IS [NOT] NULL`.
        case isNull(Expression, isNegated: Bool)
        /// A call of a function.
        case call(Identifier, [Expression])
        /// `count(*)`.
        case callOfAll(Identifier)
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
        self._height = IgnoredInComparison(wrappedValue: 1 + kind.children.reduce(0) { Swift.max($0, $1.height) })
    }
}

extension Expression.Kind {
    /// The expressions directly below.
    public var children: [Expression] {
        switch self {
        case .literal, .column, .callOfAll: []
        case .unary(_, let operand), .isNull(let operand, _): [operand]
        case .binary(_, let left, let right): [left, right]
        case .logical(_, let operands): operands
        case .inList(let operand, let values, _): [operand] + values
        case .between(let operand, let lower, let upper, _): [operand, lower, upper]
        case .call(_, let arguments): arguments
        }
    }
}
