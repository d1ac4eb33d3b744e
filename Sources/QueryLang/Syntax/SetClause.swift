/// What is made of the rows of two queries.
public enum SetOperation: String, Sendable, Hashable, CaseIterable {
    /// The rows of both.
    case union = "UNION"
    /// The rows of the first that are not in the second.
    case except = "EXCEPT"
    /// The rows of the first that are in the second too.
    case intersect = "INTERSECT"

    /// INTERSECT binds tighter than the others, as in SQL.
    var bindsTighter: Bool { self == .intersect }
}

/// `left UNION [ALL] right`, likewise EXCEPT and INTERSECT.
public struct SetClause: Sendable, Hashable {
    /// What is made of the rows.
    public var operation: SetOperation
    /// Whether equal rows count each; without ALL they are one.
    public var isAll: Bool
    /// The first query.
    public var left: SelectStatement
    /// The second query.
    public var right: SelectStatement
    /// Where the words between them stand.
    @IgnoredInComparison public var span: SourceSpan

    /// Creates a set operation.
    public init(
        _ operation: SetOperation,
        isAll: Bool,
        _ left: SelectStatement,
        _ right: SelectStatement,
        span: SourceSpan
    ) {
        self.operation = operation
        self.isAll = isAll
        self.left = left
        self.right = right
        self._span = IgnoredInComparison(wrappedValue: span)
    }

    /// What an error calls it.
    var name: String { operation.rawValue + (isAll ? " ALL" : "") }
}

extension SelectStatement {
    /// Everything that a source gives.
    init(allOf kind: SourceClause.Kind, span: SourceSpan) {
        self.init(items: [SelectItem(.all(of: nil), span: span)], source: SourceClause(kind, span: span))
    }

    /// The source, if the statement is a set operation or VALUES as they are, so that they need no SELECT around them.
    var bareSource: SourceClause.Kind? { hasTail || !with.isEmpty ? nil : body }

    /// What ``bareSource`` is, with ORDER BY or LIMIT behind it or without.
    var body: SourceClause.Kind? {
        switch source.kind {
        case .set, .values: break
        case .table, .query, .function, .nothing: return nil
        }
        let isEverything = items.count == 1 && items[0].kind == .all(of: nil) && !isDistinct
        let isPlain = joins.isEmpty && filter == nil && sampleBy == nil && groupBy.isEmpty && having == nil
        let isUnnamed = source.alias == nil && source.columns.isEmpty
        return isEverything && isPlain && isUnnamed && latest == nil ? source.kind : nil
    }

    /// Whether ORDER BY or LIMIT follows.
    var hasTail: Bool { !orderBy.isEmpty || limit != nil }

    /// The set operation that this is; nil if it is something else.
    var setClause: SetClause? { if case .set(let set)? = body { set } else { nil } }

    /// Nodes on the longest way down through its expressions and sub-queries.
    var height: Int {
        var height = 0
        func add(_ expression: Expression) { height = max(height, expression.height) }
        for case .expression(let expression, _) in items.map(\.kind) { add(expression) }
        if let filter { add(filter) }
        if let having { add(having) }
        groupBy.forEach(add)
        for item in orderBy { add(item.expression) }
        for table in with { height = max(height, table.query.height) }
        for join in joins {
            if case .condition(let condition) = join.constraint { add(condition) }
            height = max(height, join.source.height)
        }
        return QueryLimits.subqueryLevels + max(height, source.height)
    }
}

extension SourceClause {
    fileprivate var height: Int {
        switch kind {
        case .table, .nothing: 0
        case .query(let select): select.height
        case .set(let set): max(set.left.height, set.right.height)
        case .values(let rows): rows.joined().reduce(0) { max($0, $1.height) }
        case .function(let call): call.values.reduce(0) { max($0, $1.height) }
        }
    }
}
