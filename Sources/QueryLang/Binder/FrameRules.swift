import Columnar

/// What a frame may be, and what it is if none is written.
enum FrameRules {
    /// The frame of an OVER whose ORDER BY has these expressions, and whether its order is to be that of the designated
    /// timestamp.
    static func frame(
        _ window: WindowClause,
        order: [BoundExpression]
    ) throws(QueryError) -> (WindowFrame, needsTime: Bool) {
        guard let clause = window.frame else { return (order.isEmpty ? .whole : .running, false) }
        let frame = WindowFrame(
            unit: clause.unit,
            start: try bound(clause.start, clause),
            end: try bound(clause.end, clause)
        )
        try checkDirection(frame, clause)
        guard clause.unit == .range else { return (frame, false) }
        if clause.start.isInTime || clause.end.isInTime { try checkTimeOrder(window, order, clause) }
        return (frame, order.isEmpty)
    }

    /// The window of a WINDOW JOIN, in nanoseconds before and after.
    static func window(_ clause: FrameClause) throws(QueryError) -> (preceding: Int64, following: Int64) {
        guard let start = try distance(bound(clause.start, clause)), let end = try distance(bound(clause.end, clause))
        else {
            throw QueryError(
                .semantic,
                "the window of a WINDOW JOIN cannot be unbounded",
                at: clause.span,
                hint: "ASOF JOIN finds the last row before, however long ago"
            )
        }
        guard start <= end else { throw endsBefore(clause) }
        return (-start, end)
    }

    /// Nanoseconds after the row.
    private static func distance(_ bound: WindowFrame.Bound) -> Int64? {
        switch bound {
        case .unboundedPreceding, .unboundedFollowing: nil
        case .preceding(let distance): -distance
        case .currentRow: 0
        case .following(let distance): distance
        }
    }

    private static func bound(
        _ bound: FrameClause.Bound,
        _ clause: FrameClause
    ) throws(QueryError) -> WindowFrame.Bound {
        switch bound {
        case .unboundedPreceding: .unboundedPreceding
        case .currentRow: .currentRow
        case .unboundedFollowing: .unboundedFollowing
        case .preceding(let distance): .preceding(try length(distance, clause))
        case .following(let distance): .following(try length(distance, clause))
        }
    }

    private static func length(
        _ distance: FrameClause.Distance,
        _ clause: FrameClause
    ) throws(QueryError) -> Int64 {
        switch (distance, clause.unit) {
        case (.rows(let count), .rows):
            guard let rows = Int64(exactly: count) else {
                throw QueryError(.semantic, "the number of rows does not fit int64", at: clause.span)
            }
            return rows
        case (.time(let interval), .range):
            guard let length = interval.nanoseconds else {
                throw QueryError(.semantic, "the interval is longer than 292 years", at: clause.span)
            }
            return length
        case (.rows(let count), .range):
            let hint = "write an interval such as \(count)s, or ROWS to count rows"
            throw QueryError(.semantic, "RANGE takes intervals of time", at: clause.span, hint: hint)
        case (.time(let interval), .rows):
            let hint = "write RANGE for intervals such as \(interval.text)"
            throw QueryError(.semantic, "ROWS takes numbers of rows", at: clause.span, hint: hint)
        }
    }

    private static func checkDirection(_ frame: WindowFrame, _ clause: FrameClause) throws(QueryError) {
        if frame.start == .unboundedFollowing || frame.end == .unboundedPreceding { throw endsBefore(clause) }
        if let start = distance(frame.start), let end = distance(frame.end), start > end { throw endsBefore(clause) }
    }

    private static func endsBefore(_ clause: FrameClause) -> QueryError {
        QueryError(.semantic, "the window ends before it begins", at: clause.span)
    }

    private static func checkTimeOrder(
        _ window: WindowClause,
        _ order: [BoundExpression],
        _ clause: FrameClause
    ) throws(QueryError) {
        guard let first = order.first else { return }
        let isTime = order.count == 1 && first.type == .timestamp && !window.order[0].isDescending
        guard !isTime else { return }
        throw QueryError(
            .semantic,
            "a RANGE of time needs ORDER BY of one timestamp, ascending",
            at: window.order[0].span.union(window.order[order.count - 1].span),
            hint: "without ORDER BY it goes by the designated timestamp"
        )
    }
}

extension FrameClause.Bound {
    /// Whether it lies a length of time away.
    fileprivate var isInTime: Bool {
        switch self {
        case .preceding(.time), .following(.time): true
        default: false
        }
    }
}
