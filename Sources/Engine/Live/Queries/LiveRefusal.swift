import Columnar
import QueryLang

/// Why a SELECT cannot be live, and what in its text is the reason.
struct LiveRefusal: Error {
    /// What stands in the text.
    enum Cause {
        case limit
        case distinct
        /// A term of ORDER BY by its place; nil for all of an inner query's.
        case order(Int?)
        case fill
        case alignment
        case combination
        /// A join of another kind than ASOF and LT.
        case join
        /// An ASOF or LT JOIN.
        case asofJoin
        case timestamp
        case window(WindowCall)
        /// A call of one of some functions.
        case call([String])
        case table(String)
        case subquery
        /// FROM, if it names no table.
        case source
        /// What makes groups in an inner query, or below a window.
        case groups
        /// The select list.
        case items
    }

    let message: String
    let hint: String
    let cause: Cause

    init(_ what: String, _ hint: String, _ cause: Cause) {
        self.init(message: "\(what) cannot be live", hint, cause)
    }

    init(message: String, _ hint: String, _ cause: Cause) {
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    /// The refusal as an error of a text; without a place if the text is not the one of a SELECT.
    func error(in text: String) -> QueryError {
        var span: SourceSpan?
        if let statement = try? Parser.parse(text), case .select(let select) = statement.kind {
            // What stands in the text of a view is told by the name of the view.
            span = LiveCausePlace(cause).find(in: select) ?? select.source.span
        }
        return QueryError(.semantic, message, at: span, hint: hint)
    }
}

/// Finds where the cause of a refusal stands: the outermost, and of these the first.
struct LiveCausePlace {
    private let cause: LiveRefusal.Cause

    init(_ cause: LiveRefusal.Cause) { self.cause = cause }

    func find(in select: SelectStatement) -> SourceSpan? { find(in: select, isInner: false) }

    private func find(in select: SelectStatement, isInner: Bool) -> SourceSpan? {
        if let span = clause(of: select, isInner: isInner) { return span }
        for table in select.with { if let span = find(in: table.query, isInner: true) { return span } }
        for source in [select.source] + select.joins.map(\.source) {
            switch source.kind {
            case .query(let inner): if let span = find(in: inner, isInner: true) { return span }
            case .set(let set):
                for side in [set.left, set.right] { if let span = find(in: side, isInner: true) { return span } }
            case .table, .values, .function, .nothing: continue
            }
        }
        return nil
    }

    private func clause(of select: SelectStatement, isInner: Bool) -> SourceSpan? {
        switch cause {
        case .limit: return select.limit?.span
        case .distinct: return select.isDistinct ? select.itemsSpan : nil
        case .order(let place):
            if let place, select.orderBy.indices.contains(place) { return select.orderBy[place].span }
            return Self.union(select.orderBy.map(\.span))
        case .fill: return Self.union(select.sampleBy?.fills.map(\.span) ?? [])
        case .alignment: return select.sampleBy?.span
        case .combination:
            if case .set(let set) = select.source.kind { return set.span }
            return isInner && select.isDistinct ? select.itemsSpan : nil
        case .join: return select.joins.first { !$0.isByTime }?.span
        case .asofJoin: return select.joins.first { $0.isByTime }?.span
        case .timestamp: return select.source.timestamp?.span
        case .table(let name):
            let sources = [select.source] + select.joins.map(\.source)
            return sources.first { source in
                if case .table(let table) = source.kind { table.name.lowercased() == name.lowercased() } else { false }
            }?.span
        case .source:
            switch select.source.kind {
            case .values, .function: return select.source.span
            case .nothing: return select.itemsSpan
            case .table, .query, .set: return nil
            }
        case .groups:
            let hasWindow = select.first { if case .call(let call) = $0.kind { call.window != nil } else { false } }
            return isInner || hasWindow != nil ? select.groupsSpan : nil
        case .items: return select.itemsSpan
        case .subquery: return select.first { $0.kind.query != nil }?.span
        case .call(let names):
            return select.first { expression in
                if case .call(let call) = expression.kind { names.contains(call.name.name.lowercased()) } else { false }
            }?.span
        case .window(let window):
            guard let span = window.span else { return nil }
            return select.first { expression in
                if case .call = expression.kind { expression.span.union(span) == expression.span } else { false }
            }?.span
        }
    }

    private static func union(_ spans: [SourceSpan]) -> SourceSpan? {
        spans.dropFirst().reduce(spans.first) { $0?.union($1) }
    }
}

extension JoinClause {
    fileprivate var isByTime: Bool {
        switch kind {
        case .asof, .lt: true
        case .inner, .left, .right, .full, .splice, .cross, .window: false
        }
    }
}

extension SelectStatement {
    fileprivate var itemsSpan: SourceSpan? { items.dropFirst().reduce(items.first?.span) { $0?.union($1.span) } }

    /// SAMPLE BY, GROUP BY or LATEST, or the select list that aggregates without any.
    fileprivate var groupsSpan: SourceSpan? {
        sampleBy?.span ?? groupBy.dropFirst().reduce(groupBy.first?.span) { $0?.union($1.span) } ?? latest?.span
            ?? itemsSpan
    }

    /// The first of the expressions, and of those in them, that a condition holds for: the innermost of what it holds for.
    fileprivate func first(where holds: (Expression) -> Bool) -> Expression? {
        var roots: [Expression] = []
        for case .expression(let expression, _) in items.map(\.kind) { roots.append(expression) }
        roots += [filter, having].compactMap(\.self) + groupBy + orderBy.map(\.expression)
        for join in joins { if case .condition(let condition) = join.constraint { roots.append(condition) } }
        for root in roots { if let found = Self.first(in: root, where: holds) { return found } }
        return nil
    }

    private static func first(in expression: Expression, where holds: (Expression) -> Bool) -> Expression? {
        for child in expression.kind.children { if let found = first(in: child, where: holds) { return found } }
        return holds(expression) ? expression : nil
    }
}
