/// A call of a function: `round(x, 2)`, `count(*)`, `count(DISTINCT x)`, `avg(x) OVER (…)`.
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
    /// OVER; nil without it.
    public var window: WindowClause?

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

/// `OVER ([PARTITION BY …] [ORDER BY …] [frame])`.
public struct WindowClause: Sendable, Hashable {
    /// PARTITION BY; empty without it.
    public var partition: [Expression]
    /// ORDER BY; empty without it.
    public var order: [OrderItem]
    /// ROWS or RANGE; nil without either.
    public var frame: FrameClause?
    /// Where the clause stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a window.
    public init(partition: [Expression] = [], order: [OrderItem] = [], frame: FrameClause? = nil, span: SourceSpan) {
        self.partition = partition
        self.order = order
        self.frame = frame
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// `ROWS BETWEEN start AND end`, or RANGE. `ROWS start` has the current row as its end.
public struct FrameClause: Sendable, Hashable {
    /// How far away an end is.
    public enum Distance: Sendable, Hashable {
        /// So many rows.
        case rows(UInt64)
        /// So much time.
        case time(Interval)
    }

    /// One end.
    public enum Bound: Sendable, Hashable {
        /// `UNBOUNDED PRECEDING`.
        case unboundedPreceding
        /// `distance PRECEDING`.
        case preceding(Distance)
        /// `CURRENT ROW`.
        case currentRow
        /// `distance FOLLOWING`.
        case following(Distance)
        /// `UNBOUNDED FOLLOWING`.
        case unboundedFollowing
    }

    /// ROWS or RANGE.
    public var unit: WindowFrame.Unit
    /// Where it begins.
    public var start: Bound
    /// Where it ends.
    public var end: Bound
    /// Where the frame stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a frame.
    public init(_ unit: WindowFrame.Unit, from start: Bound, to end: Bound, span: SourceSpan) {
        self.unit = unit
        self.start = start
        self.end = end
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
