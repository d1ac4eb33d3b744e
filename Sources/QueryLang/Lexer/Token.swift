/// A word of the text.
struct Token: Equatable {
    enum Kind: Equatable {
        /// Letters without quotes: a keyword or a name.
        case word(String)
        /// A name in double quotes or backquotes.
        case quotedName(String)
        /// Text in single quotes.
        case string(String)
        /// Digits.
        case integer(UInt64)
        /// Digits with a fraction or an exponent.
        case decimal(Double)
        /// Digits and a unit: `15m`.
        case interval(Interval)
        /// `$1` or `:name`.
        case parameter(ParameterReference.Key)
        /// An operator or a separator.
        case symbol(Symbol)
        /// The end of the text.
        case end
    }

    /// Operators and separators.
    enum Symbol: String, CaseIterable {
        case leftParenthesis = "("
        case rightParenthesis = ")"
        case comma = ","
        case dot = "."
        case semicolon = ";"
        case star = "*"
        case plus = "+"
        case minus = "-"
        case slash = "/"
        case percent = "%"
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case concatenate = "||"
        case ampersand = "&"
        case bar = "|"
        case caret = "^"
        case tilde = "~"
        case shiftLeft = "<<"
        case shiftRight = ">>"
        case cast = "::"
        case matchesAnyCase = "~*"
        case doesNotMatch = "!~"
        case doesNotMatchAnyCase = "!~*"
    }

    var kind: Kind
    var span: SourceSpan

    /// The keyword, if it is one.
    var keyword: Keyword? {
        if case .word(let word) = kind { Keyword(word: word) } else { nil }
    }
}
