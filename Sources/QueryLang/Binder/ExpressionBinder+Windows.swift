import Columnar

extension ExpressionBinder {
    /// Binds a call with OVER that gives one value.
    mutating func window(
        _ call: ResolvedCall,
        over clause: WindowClause,
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        try checkIsSingle(call.signature, span: span)
        return try windowColumns(call, over: clause, span: span)[0]
    }

    // Apart from what calls itself again through arguments: without optimisation every value of a function has its place on
    // the stack, and calls stand in one another by the hundred.

    private static func takesNoWindow(_ name: String, _ clause: WindowClause) -> QueryError {
        QueryError(.semantic, "\(name)() looks at one row alone, so it takes no OVER", at: clause.span)
    }

    private mutating func order(of window: WindowClause, _ name: String) throws(QueryError) -> [WindowOrder] {
        var order: [WindowOrder] = []
        for term in window.order {
            guard term.nulls == nil else {
                throw QueryError(
                    .semantic,
                    "NULLS FIRST and NULLS LAST cannot stand in OVER",
                    at: term.span,
                    hint: "write ORDER BY (x IS NULL), x"
                )
            }
            let expression = try bind(term.expression, in: .window(name))
            order.append(WindowOrder(expression: expression, isDescending: term.isDescending))
        }
        return order
    }

    /// Binds a call with OVER; one expression for each of its columns.
    mutating func windowColumns(
        _ call: ResolvedCall,
        over clause: WindowClause,
        span: SourceSpan
    ) throws(QueryError) -> [BoundExpression] {
        let name = call.signature.name
        let usesFrame: Bool
        switch call.signature.function {
        case .scalar:
            throw Self.takesNoWindow(name, clause)
        case .aggregate:
            try checkIsSingle(call.signature, span: span)
            usesFrame = true
        case .window(let function): usesFrame = function.hasFrame
        case .indicator: usesFrame = false
        }
        try checkWindowPlace(name, span: span)
        let window = try namedWindows.resolved(clause)
        // A window that several functions share may have a frame for the others.
        if let frame = clause.frame, !usesFrame {
            throw QueryError(.semantic, "\(name)() takes no frame", at: frame.span)
        }
        var partition: [BoundExpression] = []
        for term in window.partition { partition.append(try bind(term, in: .window(name))) }
        var order = try order(of: window, name)
        var rangeUnit = rangeUnitNanoseconds
        if dialect == .questdb, order.count == 1, order[0].expression.type == .timestamp {
            // QuestDB reads its table from the end.
            let isTime = scope.timeColumn != nil && order[0].expression.columnIndex == scope.timeColumn
            order[0].reversesTies = order[0].isDescending && isTime
            rangeUnit = unit(of: order[0].expression)
        }
        var (frame, needsTime) = (WindowFrame.whole, false)
        if usesFrame {
            (frame, needsTime) = try FrameRules.frame(
                window,
                order: order.map(\.expression),
                rangeUnit: rangeUnit,
                rangeEndsWithRow: rangeEndsWithRow
            )
        }
        order = placingNulls(order, frame)
        let draft = WindowParts(
            partition: partition,
            order: order,
            frame: frame,
            implied: needsTime ? .order : .nothing,
            span: span
        )
        if case .indicator(let function, let output) = call.signature.function {
            return try indicator(function, output, call, draft)
        }
        return [try value(of: call, draft)]
    }

    /// In QuestDB's dialect the order with NULL before all values, after them where it descends; but a RANGE of distances
    /// needs an order of one term.
    private func placingNulls(_ order: [WindowOrder], _ frame: WindowFrame) -> [WindowOrder] {
        let isMeasured = frame.unit == .range && (frame.start.isDistance || frame.end.isDistance)
        guard dialect == .questdb, !isMeasured else { return order }
        return order.flatMap { term -> [WindowOrder] in
            // The designated timestamp is never null.
            if scope.timeColumn != nil, term.expression.columnIndex == scope.timeColumn { return [term] }
            let isNull = BoundExpression.isNull(term.expression, isNegated: !term.isDescending)
            return [WindowOrder(expression: isNull, isDescending: false), term]
        }
    }

    /// Binds a call without OVER.
    mutating func windowPerSeries(
        _ function: WindowCatalog.Name,
        _ call: ResolvedCall,
        span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        let name = call.signature.name
        guard function.standsAlone else {
            throw QueryError(
                .semantic,
                "\(name)() needs OVER",
                at: span,
                hint: "for example \(call.signature.text) OVER (PARTITION BY … ORDER BY …)"
            ).inQuestDB("window function called in non-window context, make sure to add OVER clause")
        }
        try checkWindowPlace(name, span: span)
        return try value(
            of: call,
            WindowParts(partition: [], order: [], frame: .whole, implied: .partitionAndOrder, span: span)
        )
    }

    func checkWindowPlace(_ name: String, span: SourceSpan) throws(QueryError) {
        switch place {
        case .selectList, .orderBy, .window: return
        case .aggregate, .join, .filter, .groupBy, .having, .values:
            throw QueryError(
                .semantic,
                "\(name)() over a window \(place.cannotStand)",
                at: span,
                hint: "compute it in a sub-query"
            )
        }
    }

    /// All of a call but its function.
    struct WindowParts {
        var partition: [BoundExpression]
        var order: [WindowOrder]
        var frame: WindowFrame
        var implied: WindowDraft.Implied
        var span: SourceSpan
    }

    mutating func window(
        _ function: WindowFunction,
        _ arguments: [BoundExpression],
        _ type: ColumnType,
        _ parts: WindowParts,
        filter: BoundExpression? = nil
    ) -> BoundExpression {
        var call = WindowCall(
            function: function,
            arguments: arguments,
            partition: parts.partition,
            order: parts.order,
            frame: parts.frame,
            type: type,
            filter: filter
        )
        call.span = parts.span
        let index = windows.index(of: WindowDraft(call: call, implied: parts.implied))
        if index == windowSpans.count { windowSpans.append(parts.span) }
        return .window(index, type)
    }
}

extension WindowFrame.Bound {
    /// Whether it lies a distance away from the row.
    fileprivate var isDistance: Bool {
        switch self {
        case .preceding, .following: true
        case .unboundedPreceding, .currentRow, .unboundedFollowing: false
        }
    }
}
