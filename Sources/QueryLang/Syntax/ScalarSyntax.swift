public import Columnar

/// `CASE [operand] WHEN … THEN … [ELSE …] END`.
public struct CaseClause: Sendable, Hashable {
    /// One WHEN with its THEN.
    public struct Branch: Sendable, Hashable {
        /// A condition, or what the operand must equal.
        public var condition: Expression
        /// The value then.
        public var value: Expression

        /// Creates a branch.
        public init(_ condition: Expression, _ value: Expression) {
            self.condition = condition
            self.value = value
        }
    }

    /// What the branches compare with; nil if they are conditions.
    public var operand: Expression?
    /// At least one.
    public var branches: [Branch]
    /// ELSE; NULL without it.
    public var otherwise: Expression?

    /// Creates a CASE.
    public init(of operand: Expression? = nil, _ branches: [Branch], otherwise: Expression? = nil) {
        self.operand = operand
        self.branches = branches
        self.otherwise = otherwise
    }

    /// The expressions in it, as they are written.
    var children: [Expression] {
        (operand.map { [$0] } ?? []) + branches.flatMap { [$0.condition, $0.value] } + (otherwise.map { [$0] } ?? [])
    }
}

/// Operators between two operands that become calls of functions.
public enum InfixOperator: String, Sendable, Hashable, CaseIterable {
    /// One text after the other.
    case concatenate = "||"
    /// Bits that are set in both.
    case bitAnd = "&"
    /// Bits that are set in one.
    case bitOr = "|"
    /// Bits that are set in one alone.
    case bitXor = "^"
    /// Bits moved up.
    case shiftLeft = "<<"
    /// Bits moved down, the sign kept.
    case shiftRight = ">>"
    /// A regular expression is found in a text.
    case matches = "~"
    /// The same whatever the case of letters.
    case matchesAnyCase = "~*"
    /// A regular expression is not found in a text.
    case doesNotMatch = "!~"
    /// The same whatever the case of letters.
    case doesNotMatchAnyCase = "!~*"

    var precedence: Precedence {
        switch self {
        case .concatenate: .concatenation
        case .bitAnd: .bitAnd
        case .bitOr: .bitOr
        case .bitXor: .bitXor
        case .shiftLeft, .shiftRight: .shift
        case .matches, .matchesAnyCase, .doesNotMatch, .doesNotMatchAnyCase: .comparison
        }
    }

    /// The function that it means.
    var function: ScalarFunction {
        switch self {
        case .concatenate: .concatenate
        case .bitAnd: .bitAnd
        case .bitOr: .bitOr
        case .bitXor: .bitXor
        case .shiftLeft: .shiftLeft
        case .shiftRight: .shiftRight
        case .matches, .doesNotMatch: .matches
        case .matchesAnyCase, .doesNotMatchAnyCase: .matchesAnyCase
        }
    }
}

/// `[NOT] LIKE pattern [ESCAPE 'c']`, or ILIKE.
public struct LikeClause: Sendable, Hashable {
    /// The pattern.
    public var pattern: Expression
    /// The character of ESCAPE; nil without it.
    public var escape: String?
    /// ILIKE: letters are the same in any case.
    public var ignoresCase: Bool
    /// NOT.
    public var isNegated: Bool

    /// Creates a condition.
    public init(_ pattern: Expression, escape: String? = nil, ignoresCase: Bool = false, isNegated: Bool = false) {
        self.pattern = pattern
        self.escape = escape
        self.ignoresCase = ignoresCase
        self.isNegated = isNegated
    }
}

/// A length of time as an operand: `5m`, `1 month` after a sign, `INTERVAL '1' month`.
public struct TimeLength: Sendable, Hashable {
    /// How many units.
    public var count: UInt64
    /// The unit.
    public var unit: TimeUnit

    /// Creates a length of time.
    public init(_ count: UInt64, _ unit: TimeUnit) {
        self.count = count
        self.unit = unit
    }

    /// Its canonical text.
    var text: String { "INTERVAL '\(count)' \(unit.rawValue)" }
}

/// `$1` or `:name`: a value that stands outside of the text.
public struct ParameterReference: Sendable, Hashable {
    /// Which one.
    public enum Key: Sendable, Hashable {
        /// `$1` is the first.
        case position(Int)
        /// `:name`.
        case name(String)
    }

    /// Which one.
    public var key: Key
    /// The value, once the text was read with one.
    @IgnoredInComparison public var value: QueryParameters.Value?

    /// Creates a reference.
    public init(_ key: Key, value: QueryParameters.Value? = nil) {
        self.key = key
        self._value = IgnoredInComparison(wrappedValue: value)
    }

    /// As it is written.
    public var text: String {
        switch key {
        case .position(let number): "$\(number)"
        case .name(let name): ":\(name)"
        }
    }
}
