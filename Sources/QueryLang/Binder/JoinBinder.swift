import Columnar

/// Binds one join: the keys and the condition of ON, and what its kind asks for.
struct JoinBinder {
    private let join: JoinClause
    private let queries: Binder
    private let left: BoundFrom
    private let right: BoundFrom
    private let dialect: QueryDialect
    private var keys: [BoundJoin.Key] = []
    /// Names in small letters of the columns that ON (…) names.
    private var shared: Set<String> = []
    private var conditions: [BoundExpression] = []

    init(_ join: JoinClause, left: BoundFrom, right: BoundFrom, queries: Binder) {
        self.join = join
        self.queries = queries
        self.dialect = queries.dialect
        self.left = left
        self.right = right
    }

    mutating func bind() throws(QueryError) -> BoundFrom {
        try checkNames()
        switch join.constraint {
        case .columns(let names): for name in names { try addKey(name) }
        case .condition(let condition): try add(condition)
        case nil: break
        }
        let kind = try kind()
        let isWindowed = if case .window = kind { true } else { false }
        let condition = ConstantFolding.logical(.and, conditions)
        let bound = BoundJoin(
            kind: kind,
            left: left.source,
            right: right.source,
            keys: keys,
            condition: condition == .boolean(true) ? nil : condition
        )
        var scope = left.scope.joined(with: right.scope, shared: shared, isWindowed: isWindowed)
        switch join.kind {
        case .right:
            scope.timeColumn = right.scope.timeColumn.map { $0 + left.scope.columns.count }
            scope.seriesColumn = right.scope.seriesColumn.map { $0 + left.scope.columns.count }
        case .full, .splice: (scope.timeColumn, scope.seriesColumn) = (nil, nil)
        default: return BoundFrom(source: .join(bound), scope: scope)
        }
        if let name = shared.first {
            // What is called so is the left side's column, which a right row without partner has not.
            throw QueryError(
                .semantic,
                "ON (\(name)) does not say which side's column is meant in a \(self.name)",
                at: join.span,
                hint: join.kind == .right
                    ? "write ON with =, or a LEFT JOIN with the sides exchanged" : "write ON with ="
            )
        }
        switch join.kind {
        case .full: return BoundFrom(source: .join(bound), scope: scope)
        case .splice:
            let spliced = SplicedRows(left: left.source, right: right.source, keys: keys)
            return BoundFrom(source: .query(spliced.query(scope.columns.map(\.name), dialect)), scope: scope)
        default: break
        }
        return BoundFrom(source: .query(mirrored(bound, scope.columns.map(\.name))), scope: scope)
    }

    /// `a RIGHT JOIN b` as `b LEFT JOIN a` with the columns in the order of the text.
    private func mirrored(_ join: BoundJoin, _ names: [String]) -> BoundSelect {
        let (left, right) = (join.left.types, join.right.types)
        let keys = join.keys.map { BoundJoin.Key(left: $0.right, right: $0.left) }
        func moved(_ index: Int) -> Int { index < left.count ? right.count + index : index - left.count }
        var condition = join.condition
        condition = condition?.movingColumns(moved)
        let source = BoundJoin(kind: .left, left: join.right, right: join.left, keys: keys, condition: condition)
        let types = left + right
        let outputs = types.indices.map { BoundExpression.column(moved($0), types[$0]) }
        var taken = OutputNames(dialect)
        let columns = zip(names, types).map { ResultColumn(name: taken.column($0), type: $1) }
        var select = BoundSelect(source: .join(source), outputs: outputs, columns: columns)
        select.timeOutput = join.right.timeColumn.map { $0 + left.count }
        select.seriesOutput = join.right.seriesColumn.map { $0 + left.count }
        return select
    }

    /// Two sources of one name could not be told apart.
    private func checkNames() throws(QueryError) {
        for relation in right.scope.relations {
            guard let name = relation.name, left.scope.relation(named: name) != nil else { continue }
            throw QueryError(
                .semantic,
                "the name '\(QueryDiagnostic.shortened(name))' stands twice in FROM",
                at: join.source.span,
                hint: "give one of them an alias"
            ).inQuestDB("Duplicate table or alias: \(name)", at: (join.source.alias?.span ?? join.source.span).start)
        }
    }

    // MARK: Kinds

    /// What an error calls the join.
    private var name: String {
        switch join.kind {
        case .inner: "JOIN"
        case .left: "LEFT JOIN"
        case .right: "RIGHT JOIN"
        case .full: "FULL JOIN"
        case .splice: "SPLICE JOIN"
        case .cross: "CROSS JOIN"
        case .asof: "ASOF JOIN"
        case .lt: "LT JOIN"
        case .window: "WINDOW JOIN"
        }
    }

    private func kind() throws(QueryError) -> BoundJoin.Kind {
        switch join.kind {
        case .inner, .cross: return .inner
        case .left, .right: return .left
        case .full: return .full
        case .splice:
            try checkTimes()
            return .asof(tolerance: nil)
        case .asof(let tolerance):
            try checkTimes()
            return .asof(tolerance: tolerance?.nanoseconds)
        case .lt(let tolerance):
            try checkTimes()
            return .lt(tolerance: tolerance?.nanoseconds)
        case .window(let clause, let includesPrevailing):
            try checkTimes()
            let (preceding, following) = try FrameRules.window(clause)
            let window = WindowJoin(
                preceding: preceding,
                following: following,
                includesPrevailing: includesPrevailing,
                aggregates: [],
                outputTypes: []
            )
            return .window(window)
        }
    }

    /// Whether ON may ask more than equal keys.
    private var takesConditions: Bool {
        switch join.kind {
        case .inner, .left, .right, .full: true
        case .cross, .asof, .lt, .splice, .window: false
        }
    }

    private func checkTimes() throws(QueryError) {
        let side = left.scope.timeColumn == nil ? "left" : right.scope.timeColumn == nil ? "right" : nil
        guard let side else { return }
        throw QueryError(
            .semantic,
            "the \(side) side of the \(name) has no designated timestamp",
            at: side == "left" ? join.span : join.source.span,
            hint: "a sub-query has one if it selects that of its source as it is"
        ).inQuestDB("\(side) side of time series join has no timestamp", at: join.span.start)
    }

    // MARK: ON

    /// `ON (name)`: the column of that name on both sides.
    private mutating func addKey(_ name: Identifier) throws(QueryError) {
        let reference = ColumnReference(name)
        var binder = ExpressionBinder(scope: left.scope, dialect)
        binder.place = .join
        let leftIndex = try binder.index(of: reference)
        binder = ExpressionBinder(scope: right.scope, dialect)
        binder.place = .join
        let rightIndex = try binder.index(of: reference)
        let key = BoundJoin.Key(left: leftIndex, right: rightIndex)
        guard areComparable(key) else { throw cannotCompare(key, at: name.span) }
        keys.append(key)
        shared.insert(name.name.lowercased())
    }

    /// Equalities of a left with a right column become keys, all else conditions.
    private mutating func add(_ expression: Expression) throws(QueryError) {
        let terms: [Expression] =
            if case .logical(.and, let operands) = expression.kind { operands } else { [expression] }
        let scope = left.scope.joined(with: right.scope, shared: [], isWindowed: false)
        var binder = ExpressionBinder(scope: scope, dialect)
        binder.queries = queries
        for term in terms {
            let bound = try binder.bind(term, in: .join)
            let key = key(bound)
            if let key, areComparable(key) {
                keys.append(key)
            } else if takesConditions {
                conditions.append(try TypeRules.boolean(Operand(expression: bound, span: term.span), of: "ON"))
            } else if let key {
                throw cannotCompare(key, at: term.span)
            } else {
                throw isNoKey(term)
            }
        }
    }

    /// The columns that a term says are equal, if one is of the left and one of the right side.
    private func key(_ term: BoundExpression) -> BoundJoin.Key? {
        let sides: (BoundExpression, BoundExpression)?
        if case .binary(.equal, let a, let b, _) = term { sides = (a, b) } else { sides = QuestDBRules.equality(term) }
        guard case .column(let a, _)? = sides?.0, case .column(let b, _)? = sides?.1 else { return nil }
        let (lower, upper) = (min(a, b), max(a, b))
        let leftCount = left.scope.columns.count
        return lower < leftCount && upper >= leftCount ? BoundJoin.Key(left: lower, right: upper - leftCount) : nil
    }

    private func types(_ key: BoundJoin.Key) -> (ColumnType, ColumnType) {
        (left.scope.columns[key.left].type, right.scope.columns[key.right].type)
    }

    private func areComparable(_ key: BoundJoin.Key) -> Bool {
        let (left, right) = types(key)
        return left == right || left.isNumeric && right.isNumeric || left.isText && right.isText
    }

    private func cannotCompare(_ key: BoundJoin.Key, at span: SourceSpan) -> QueryError {
        let (left, right) = types(key)
        return QueryError(.type, "cannot join by \(left.name) and \(right.name)", at: span)
    }

    private func isNoKey(_ term: Expression) -> QueryError {
        var hint = "WHERE can ask more of the rows that were joined, a sub-query of those that are to be"
        if case .column(let column) = term.kind {
            hint = "ON (\(column.name.text)) asks that column to be equal on both sides"
        }
        return QueryError(
            .semantic,
            "ON of \(name) takes equalities of a left with a right column only",
            at: term.span,
            hint: hint
        )
    }
}
