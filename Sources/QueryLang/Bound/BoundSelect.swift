/// A `SELECT`, bound.
///
/// Meaning, step by step: take the rows of ``source``; keep those for which ``predicate`` is true; shape them; keep those
/// for which ``having`` is true; compute ``windows``, then ``outputs``; drop repeated rows if ``isDistinct``; order; limit.
public struct BoundSelect: Sendable, Hashable {
    /// Where the rows come from.
    public var source: BoundSource
    /// WHERE over the columns of ``source``: a boolean expression; null counts as false. Nil means true.
    public var predicate: BoundExpression?
    /// How rows become answers.
    public var shape: Shape
    /// HAVING, with the leaves of ``outputs`` but for windows; null counts as false. Nil means true.
    public var having: BoundExpression?
    /// The window calls; their expressions have the leaves of ``outputs``, but for windows.
    public var windows: [WindowCall]
    /// One expression a column of the answer, then the *hidden* ones: computed for ORDER BY alone (`SELECT price … ORDER BY
    /// time`), and no part of the answer.
    ///
    /// Leaves: `.column` for rows and latest; `.bucket`, `.key` and `.aggregate` for aggregates; `.window` and `.literal`.
    public var outputs: [BoundExpression]
    /// Whether rows that are equal in all columns of the answer come once.
    public var isDistinct: Bool
    /// The answer's columns: the first of ``outputs``.
    public var columns: [ResultColumn]
    /// ORDER BY; empty means by (time, series, arrival) for rows, (bucket, keys) for aggregates.
    public var orderBy: [OrderTerm]
    /// LIMIT; nil means all.
    public var limit: RowRange?
    /// The column of the answer that is its designated timestamp: what an outer query orders, samples and joins by. Nil if
    /// the timestamp of the source is not selected.
    public var timeOutput: Int?
    /// Whether ``timeOutput`` is another column than the source's timestamp: rows are put into its order, and those that have
    /// no value in it are left out.
    public var isRetimed = false
    /// The column of the answer that is its series key; nil if that of the source is not selected.
    public var seriesOutput: Int?

    /// How rows become answers.
    public enum Shape: Sendable, Hashable {
        /// One answer a row.
        case rows
        /// The last row for each combination of values in the columns of ``BoundSelect/source`` with these indices: by
        /// time, then arrival.
        case latest(keys: [Int])
        /// One answer a group.
        case aggregate(Aggregation)
    }

    /// How many of ``outputs`` serve ORDER BY alone.
    public var hiddenCount: Int { outputs.count - columns.count }

    /// Creates a bound SELECT of rows, to which clauses can be added.
    public init(source: BoundSource, outputs: [BoundExpression], columns: [ResultColumn]) {
        self.source = source
        self.shape = .rows
        self.windows = []
        self.outputs = outputs
        self.isDistinct = false
        self.columns = columns
        self.orderBy = []
    }
}

/// Rows of an answer by their places, as LIMIT names them: from `lower` up to but not including `upper`.
///
/// A negative place counts from the end: -1 is that of the last row. `LIMIT 5` is `0..<5`, `LIMIT -5` is `-5..<end`,
/// `LIMIT 2, 5` is `2..<5`, `LIMIT 2, -1` all but the first two and the last one.
public struct RowRange: Sendable, Hashable {
    /// Place of the first row.
    public var lower: Int
    /// Place after the last row; nil for the end.
    public var upper: Int?

    /// Creates a range; it is empty if `upper` is not after `lower`.
    public init(lower: Int, upper: Int?) {
        self.lower = lower
        self.upper = upper
    }

    /// The range in an answer of `count` rows.
    public func resolved(count: Int) -> Range<Int> {
        func place(_ index: Int) -> Int { index < 0 ? max(count + index, 0) : min(index, count) }
        let start = place(lower)
        return start..<max(start, upper.map(place) ?? count)
    }
}

/// One term of ORDER BY.
public struct OrderTerm: Sendable, Hashable {
    /// Index into ``BoundSelect/outputs``.
    public var output: Int
    /// Whether larger values come first. Nulls come last in ascending order, first in descending.
    public var isDescending: Bool

    /// Creates a term.
    public init(output: Int, isDescending: Bool) {
        self.output = output
        self.isDescending = isDescending
    }
}
