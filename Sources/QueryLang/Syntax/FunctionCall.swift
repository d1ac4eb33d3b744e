/// A call of a function: `round(x, 2)`, `count(*)`, `count(DISTINCT x)`, `avg(x) FILTER (WHERE y) OVER (…)`.
public struct FunctionCall: Sendable, Hashable {
    /// What stands in the parentheses.
    public enum Arguments: Sendable, Hashable {
        /// Expressions; none for `f()`.
        case list([Expression])
        /// `*`.
        case all
        /// `DISTINCT expression`.
        case distinct(Expression)
    }

    /// The function.
    public var name: Identifier
    /// What it is called with.
    public var arguments: Arguments
    /// `IGNORE NULLS` or `RESPECT NULLS`; nil without either.
    public var nulls: NullTreatment?
    /// FILTER (WHERE …); nil without it.
    public var filter: Expression?
    /// OVER; nil without it.
    public var window: WindowClause?

    /// What a function that picks values makes of nulls.
    public enum NullTreatment: String, Sendable, Hashable, CaseIterable {
        /// They are passed over.
        case ignore = "IGNORE"
        /// They are values.
        case respect = "RESPECT"
    }

    /// Creates a call.
    public init(_ name: Identifier, _ arguments: Arguments, over window: WindowClause? = nil) {
        self.name = name
        self.arguments = arguments
        self.window = window
    }

    /// The expressions in the parentheses.
    public var values: [Expression] {
        switch arguments {
        case .list(let expressions): expressions
        case .all: []
        case .distinct(let expression): [expression]
        }
    }
}
