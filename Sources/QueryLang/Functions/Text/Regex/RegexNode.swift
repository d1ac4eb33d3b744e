/// A part of a regular expression, as written.
indirect enum RegexNode: Sendable {
    /// One scalar of a set.
    case set(ScalarSet)
    /// One after the other; of none, nothing.
    case sequence([RegexNode])
    /// One of several, the first ones preferred.
    case choice([RegexNode])
    /// So many times; without a maximum for ever. As often as can be, unless it is lazy.
    case repetition(RegexNode, min: Int, max: Int?, isLazy: Bool)
    /// A place that asks for something without taking a scalar.
    case assertion(RegexAssertion)
    /// A group in parentheses, by its number from 1.
    case group(RegexNode, number: Int)
}

/// What a place can be asked.
enum RegexAssertion: Sendable {
    /// `^`, `\A`.
    case textStart
    /// `$`, `\z`.
    case textEnd
    /// `^` after `(?m)`.
    case lineStart
    /// `$` after `(?m)`.
    case lineEnd
    /// `\b`.
    case wordEdge
    /// `\B`.
    case noWordEdge

    /// Whether it holds between two scalars, nil at the ends of the text.
    func holds(_ before: Unicode.Scalar?, _ after: Unicode.Scalar?) -> Bool {
        func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map(ScalarSet.words.contains) ?? false }
        switch self {
        case .textStart: return before == nil
        case .textEnd: return after == nil
        case .lineStart: return before == nil || before == "\n"
        case .lineEnd: return after == nil || after == "\n"
        case .wordEdge: return isWord(before) != isWord(after)
        case .noWordEdge: return isWord(before) == isWord(after)
        }
    }
}
