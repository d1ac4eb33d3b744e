import Columnar

/// What a frame may be, and what it is if none is written.
enum FrameRules {
    /// The frame of an OVER whose ORDER BY has these expressions, and whether its order is to be that of the designated
    /// timestamp. A number after RANGE over timestamps counts `rangeUnit` nanoseconds, and CURRENT ROW means the row alone
    /// if `rangeEndsWithRow`.
    static func frame(
        _ window: WindowClause,
        order: [BoundExpression],
        rangeUnit: Int64,
        rangeEndsWithRow: Bool
    ) throws(QueryError) -> (WindowFrame, needsTime: Bool) {
        guard let clause = window.frame else {
            var frame = order.isEmpty ? WindowFrame.whole : .running
            frame.endsWithRow = rangeEndsWithRow && !order.isEmpty
            return (frame, false)
        }
        let isTime = order.first.map { $0.type == .timestamp } ?? true
        let numberUnit: Int64 = clause.unit == .range && isTime ? rangeUnit : 1
        let frame = WindowFrame(
            unit: clause.unit,
            start: try bound(clause.start, clause, numberUnit),
            end: try bound(clause.end, clause, numberUnit),
            excluding: clause.exclusion,
            endsWithRow: clause.unit == .range && rangeEndsWithRow
        )
        try checkDirection(frame, clause)
        switch clause.unit {
        case .rows:
            let needsOrder = clause.exclusion == .group || clause.exclusion == .ties
            if needsOrder, order.isEmpty { throw withoutOrder("EXCLUDE \(clause.exclusion.rawValue)", clause) }
            return (frame, false)
        case .groups:
            if order.isEmpty { throw withoutOrder("GROUPS", clause) }
            return (frame, false)
        case .range:
            try checkRange(window, order, clause)
            return (frame, order.isEmpty)
        }
    }

    private static func withoutOrder(_ words: String, _ clause: FrameClause) -> QueryError {
        QueryError(
            .semantic,
            "\(words) needs ORDER BY, which says what rows are equal",
            at: clause.span,
            hint: "write ORDER BY into the window"
        )
    }

    /// The window of a WINDOW JOIN, in nanoseconds before and after.
    static func window(_ clause: FrameClause) throws(QueryError) -> (preceding: Int64, following: Int64) {
        for case .preceding(.rows(let count)) in [clause.start, clause.end] { throw noInterval(count, clause) }
        for case .following(.rows(let count)) in [clause.start, clause.end] { throw noInterval(count, clause) }
        guard let start = try distance(bound(clause.start, clause, 1)),
            let end = try distance(bound(clause.end, clause, 1))
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

    private static func noInterval(_ count: UInt64, _ clause: FrameClause) -> QueryError {
        QueryError(
            .semantic,
            "a WINDOW JOIN takes intervals of time",
            at: clause.span,
            hint: "write an interval such as \(count)s"
        )
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
        _ clause: FrameClause,
        _ numberUnit: Int64
    ) throws(QueryError) -> WindowFrame.Bound {
        switch bound {
        case .unboundedPreceding: .unboundedPreceding
        case .currentRow: .currentRow
        case .unboundedFollowing: .unboundedFollowing
        case .preceding(let distance): .preceding(try length(distance, clause, numberUnit))
        case .following(let distance): .following(try length(distance, clause, numberUnit))
        }
    }

    private static func length(
        _ distance: FrameClause.Distance,
        _ clause: FrameClause,
        _ numberUnit: Int64
    ) throws(QueryError) -> Int64 {
        switch (distance, clause.unit) {
        case (.rows(let count), _):
            let product = Int64(exactly: count)?.multipliedReportingOverflow(by: numberUnit)
            guard let product, !product.overflow else {
                let what = clause.unit == .range ? "distance" : "number of \(clause.unit.rawValue.lowercased())"
                throw QueryError(.semantic, "the \(what) does not fit int64", at: clause.span)
            }
            return product.partialValue
        case (.time(let interval), .range):
            guard let length = interval.nanoseconds else {
                throw QueryError(.semantic, "the interval is longer than 292 years", at: clause.span)
            }
            return length
        case (.time(let interval), .rows), (.time(let interval), .groups):
            let hint = "write RANGE for intervals such as \(interval.text)"
            let unit = clause.unit.rawValue
            throw QueryError(.semantic, "\(unit) takes numbers of \(unit.lowercased())", at: clause.span, hint: hint)
        }
    }

    /// Refuses frames whose end lies before their start whatever the distances are. What these make empty is allowed.
    private static func checkDirection(_ frame: WindowFrame, _ clause: FrameClause) throws(QueryError) {
        func side(_ bound: WindowFrame.Bound) -> Int {
            switch bound {
            case .unboundedPreceding: -2
            case .preceding: -1
            case .currentRow: 0
            case .following: 1
            case .unboundedFollowing: 2
            }
        }
        let isOutside = frame.start == .unboundedFollowing || frame.end == .unboundedPreceding
        guard !isOutside, side(frame.start) <= side(frame.end) else { throw endsBefore(clause) }
    }

    private static func endsBefore(_ clause: FrameClause) -> QueryError {
        QueryError(.semantic, "the window ends before it begins", at: clause.span)
    }

    /// Refuses distances over what they cannot be added to.
    private static func checkRange(
        _ window: WindowClause,
        _ order: [BoundExpression],
        _ clause: FrameClause
    ) throws(QueryError) {
        guard let first = order.first else { return }
        let isInTime = clause.start.isInTime || clause.end.isInTime
        let isInNumbers = clause.start.isInNumbers || clause.end.isInNumbers
        guard isInTime || isInNumbers else { return }
        let isMeasurable = order.count == 1 && (first.type == .timestamp || first.type == .int64 && !isInTime)
        guard !isMeasurable else { return }
        throw QueryError(
            .semantic,
            isInTime
                ? "a RANGE of time needs ORDER BY of one timestamp"
                : "a RANGE of numbers needs ORDER BY of one int64 or timestamp",
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

    /// Whether it lies a number away.
    fileprivate var isInNumbers: Bool {
        switch self {
        case .preceding(.rows), .following(.rows): true
        default: false
        }
    }
}
