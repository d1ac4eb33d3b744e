/// Unary operators.
public enum UnaryOperator: String, Sendable, Hashable, CaseIterable {
    /// Arithmetic negation.
    case negate = "-"
    /// Logical negation, of three values.
    case not = "NOT"
}

/// Binary operators.
public enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
    /// Sum.
    case add = "+"
    /// Difference.
    case subtract = "-"
    /// Product.
    case multiply = "*"
    /// Quotient: float64; int64 division truncates, and by zero is null.
    case divide = "/"
    /// Remainder.
    case modulo = "%"
    /// Equal.
    case equal = "="
    /// Not equal.
    case notEqual = "!="
    /// Less.
    case less = "<"
    /// Less or equal.
    case lessOrEqual = "<="
    /// Greater.
    case greater = ">"
    /// Greater or equal.
    case greaterOrEqual = ">="
    /// Logical and, of three values.
    case and = "AND"
    /// Logical or, of three values.
    case or = "OR"
}
