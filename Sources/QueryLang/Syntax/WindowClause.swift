/// `OVER name`, or `OVER ([name] [PARTITION BY …] [ORDER BY …] [frame])`.
public struct WindowClause: Sendable, Hashable {
    /// The window of the WINDOW clause that this one starts from; what it says itself takes the place of what that says.
    public var base: Identifier?
    /// PARTITION BY; empty without it.
    public var partition: [Expression]
    /// ORDER BY; empty without it.
    public var order: [OrderItem]
    /// ROWS, RANGE or GROUPS; nil without any.
    public var frame: FrameClause?
    /// Where the clause stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Words that begin a part of a window, so that the name of another one needs quotes to stand there.
    static let partWords: Set<String> = ["PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS", "CUMULATIVE"]

    /// Whether it says nothing but a name.
    public var isNameOnly: Bool { base != nil && partition.isEmpty && order.isEmpty && frame == nil }

    /// Creates a window.
    public init(
        base: Identifier? = nil,
        partition: [Expression] = [],
        order: [OrderItem] = [],
        frame: FrameClause? = nil,
        span: SourceSpan
    ) {
        self.base = base
        self.partition = partition
        self.order = order
        self.frame = frame
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}

/// One window of the WINDOW clause: `name AS (…)`.
public struct NamedWindow: Sendable, Hashable {
    /// What it is called.
    public var name: Identifier
    /// What it is.
    public var window: WindowClause

    /// Creates a window with a name.
    public init(_ name: Identifier, _ window: WindowClause) {
        self.name = name
        self.window = window
    }
}

/// `ROWS BETWEEN start AND end`, RANGE or GROUPS. `ROWS start` has the current row as its end, and `CUMULATIVE` is `ROWS
/// UNBOUNDED PRECEDING`.
public struct FrameClause: Sendable, Hashable {
    /// How far away an end is.
    public enum Distance: Sendable, Hashable {
        /// A number: of rows after ROWS, of groups of equal rows after GROUPS; after RANGE it is added to what ORDER BY
        /// goes by.
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

    /// ROWS, RANGE or GROUPS.
    public var unit: WindowFrame.Unit
    /// Where it begins.
    public var start: Bound
    /// Where it ends.
    public var end: Bound
    /// EXCLUDE: which rows are left out.
    public var exclusion: WindowFrame.Exclusion
    /// Where the frame stands.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a frame.
    public init(
        _ unit: WindowFrame.Unit,
        from start: Bound,
        to end: Bound,
        excluding exclusion: WindowFrame.Exclusion = .noOthers,
        span: SourceSpan
    ) {
        self.unit = unit
        self.start = start
        self.end = end
        self.exclusion = exclusion
        self._span = IgnoredInComparison(wrappedValue: span)
    }
}
