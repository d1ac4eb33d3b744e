/// A range of UTF-8 offsets in the text of a query.
public struct SourceSpan: Sendable, Hashable {
    /// Offset of the first byte.
    public var start: Int
    /// Offset after the last byte.
    public var end: Int

    /// Creates a span.
    public init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    /// The smallest span that covers both.
    public func union(_ other: SourceSpan) -> SourceSpan {
        SourceSpan(start: min(start, other.start), end: max(end, other.end))
    }
}

/// Why a query was refused or failed.
public struct QueryError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The text is not in the language.
        case syntax = "syntax_error"
        /// A table that does not exist.
        case unknownTable = "unknown_table"
        /// A table or view of that name exists.
        case tableExists = "table_exists"
        /// A column that does not exist.
        case unknownColumn = "unknown_column"
        /// A function that does not exist.
        case unknownFunction = "unknown_function"
        /// Types that do not fit.
        case type = "type_error"
        /// Words that make sense alone, but not together.
        case semantic = "semantic_error"
        /// A bound on the text was passed: length, depth, literals.
        case limit = "limit_exceeded"
        /// The query was cancelled.
        case cancelled = "cancelled"
        /// The query ran out of time.
        case timeout = "timeout"
        /// Nothing can be written at the moment, or by this process; what was asked for may work later.
        case unavailable = "unavailable"
        /// The data could not be read.
        case storage = "storage_error"
        /// A fault of Tickgate itself.
        case bug = "internal_error"
    }

    /// The kind of failure.
    public var code: Code
    /// What is wrong, in a sentence without the position.
    public var message: String
    /// Where in the text; nil if nowhere.
    public var span: SourceSpan?
    /// What could have stood there, if that is known.
    public var expected: [String]
    /// What to do, for example `did you mean 'price'?`.
    public var hint: String?
    /// What else is wrong with the text, in its order, as far as it does not follow from this.
    public var further: [QueryError] = []
    /// What QuestDB says of it; nil where it has no words of its own for it.
    public var questDB: QuestDBWording?

    /// This error alone, then the further ones.
    public var all: [QueryError] {
        var first = self
        first.further = []
        return [first] + further
    }

    /// Creates an error.
    public init(
        _ code: Code,
        _ message: String,
        at span: SourceSpan? = nil,
        expected: [String] = [],
        hint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.span = span
        self.expected = expected
        self.hint = hint
    }

    /// The message and the hint.
    public var description: String { hint.map { "\(message); \($0)" } ?? message }
}
