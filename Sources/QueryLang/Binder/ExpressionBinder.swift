import Columnar

/// Resolves names and types of expressions over one source.
///
/// Aggregate calls become `.aggregate(i, …)` and window calls `.window(i, …)`, i their index in what has been met; all
/// other leaves are columns and constants. ``GroupRewriter`` turns columns into keys afterwards.
struct ExpressionBinder {
    /// Where an expression stands: decides which calls and aliases may be used.
    enum Place: Equatable {
        case join
        case filter
        case selectList
        case groupBy
        case having
        case orderBy
        /// In a row of VALUES: there are no columns.
        case values
        /// In the parentheses of an aggregate.
        case aggregate(String)
        /// In the parentheses of a window call, or in its OVER.
        case window(String)

        /// What an error calls it.
        var name: String {
            switch self {
            case .join: "ON"
            case .filter: "WHERE"
            case .selectList: "SELECT"
            case .groupBy: "GROUP BY"
            case .having: "HAVING"
            case .orderBy: "ORDER BY"
            case .values: "VALUES"
            case .aggregate(let name), .window(let name): "\(name)()"
            }
        }

        /// How an error says that something is not allowed here.
        var cannotStand: String {
            switch self {
            case .aggregate, .window: "cannot stand within \(name)"
            default: "cannot stand in \(name)"
            }
        }

        /// Whether the columns of the answer have names here.
        var seesOutputs: Bool { self == .orderBy || self == .having }
    }

    /// What names mean.
    let scope: Scope
    /// Binds queries in expressions; nil where there can be none.
    var queries: Binder?
    /// By whose rules.
    let dialect: QueryDialect
    /// The columns of the answer with what they are, as HAVING and ORDER BY see them; empty until they are known.
    var outputs: [(name: String, expression: BoundExpression)] = []
    /// Names of the select list, for hints.
    var aliases: [String] = []
    /// The columns that can be used of a group as they are; nil without grouping. A name of another one is rather a
    /// column of the answer, where these can be named.
    var groupedColumns: Set<Int>?
    /// The aggregate calls met so far.
    var aggregates = UniqueList<AggregateCall>()
    /// The type of the outputs of each.
    var aggregateTypes: [ColumnType] = []
    /// The calls of the select list in their order, by index in `aggregates`: what the list of FILL goes by.
    var aggregateUses: [Int] = []
    /// Whether equal calls of the select list are each on their own, because FILL has a value for each.
    var keepsRepeats = false
    /// The window calls met so far.
    var windows = UniqueList<WindowDraft>()
    /// Where they stand.
    var windowSpans: [SourceSpan] = []
    /// The windows of the WINDOW clause.
    var namedWindows = NamedWindows()
    /// What a number means after RANGE over timestamps, in nanoseconds.
    var rangeUnitNanoseconds: Int64 = 1
    /// Whether the current row at the end of RANGE means that row alone, and not the rows after it that are equal too.
    var rangeEndsWithRow = false
    /// The expressions that have an alias in the select list, by alias in small letters: windows may name them.
    var aliased: [String: Expression] = [:]
    /// The aggregates of a WINDOW JOIN met so far, with the types of their outputs.
    var joinAggregates = UniqueList<AggregateCall>()
    var joinOutputTypes: [ColumnType] = []
    /// The first output of each.
    var joinOutputStarts: [Int] = []
    /// The functions of the order book met so far.
    var book = BookUse()
    var place = Place.selectList
    /// In how many branches of CASE the expression stands: one that is not taken must not fail.
    var branchDepth = 0
    /// Where the columns of the expression stand that is being bound.
    private(set) var columnSpans: [Int: SourceSpan] = [:]

    init(scope: Scope, _ dialect: QueryDialect) {
        self.scope = scope
        self.dialect = dialect
        if dialect == .questdb { (rangeUnitNanoseconds, rangeEndsWithRow) = (1000, true) }
    }

    /// Binds an expression that stands in `place`.
    mutating func bind(_ expression: Expression, in place: Place) throws(QueryError) -> BoundExpression {
        let outer = self.place
        self.place = place
        defer { self.place = outer }
        return try bind(expression)
    }

    /// Binds an expression that is not part of another one; the origin tells where its columns stand.
    mutating func bindWhole(_ expression: Expression, in place: Place) throws(QueryError) -> (BoundExpression, Origin) {
        columnSpans = [:]
        let bound = try bind(expression, in: place)
        return (bound, Origin(span: expression.span, columns: columnSpans))
    }

    /// Notes where a column stands.
    mutating func note(_ column: Int, at span: SourceSpan) {
        noteLevel(column, at: span)
        switch place {
        case .aggregate, .window: break
        default: if columnSpans[column] == nil { columnSpans[column] = span }
        }
    }

    mutating func operand(_ expression: Expression) throws(QueryError) -> Operand {
        Operand(expression: try bind(expression), span: expression.span)
    }

    /// Binds operands that do not depend on each other, and throws what is wrong with any of them.
    mutating func operands(_ expressions: [Expression]) throws(QueryError) -> [Operand] {
        var errors = QueryErrors()
        var operands: [Operand] = []
        for expression in expressions {
            do throws(QueryError) {
                operands.append(try operand(expression))
            } catch {
                errors.add(error)
            }
        }
        try errors.check()
        return operands
    }

    private mutating func bind(_ expression: Expression) throws(QueryError) -> BoundExpression {
        switch expression.kind {
        case .literal(let literal):
            return try ExpressionBinder.bound(literal, isNegated: false, expression.span)
        case .column(let column):
            return try self.column(column)
        case .unary(.negate, let operand):
            if case .literal(let literal) = operand.kind {
                return try ExpressionBinder.bound(literal, isNegated: true, expression.span)
            }
            return try TypeRules.negated(self.operand(operand))
        case .unary(.not, let operand):
            return not(try TypeRules.boolean(self.operand(operand), of: "NOT"))
        case .binary(let symbol, let left, let right): return try binary(symbol, left, right)
        case .logical(let symbol, let operands):
            return ConstantFolding.logical(symbol, try truths(operands, of: symbol.rawValue))
        case .inList(let operand, let values, let isNegated):
            return try inList(operand, values, isNegated: isNegated)
        case .between(let operand, let lower, let upper, let isNegated):
            return try between(operand, lower, upper, isNegated: isNegated)
        case .isNull(let operand, let isNegated): return try isNull(operand, isNegated: isNegated)
        case .call(let call):
            return try self.call(call, span: expression.span)
        default: return try bindRarer(expression)
        }
    }

    /// Binds one of the kinds that ``bind(_:)`` leaves out: what is in it takes room on the stack for every level of nesting.
    private mutating func bindRarer(_ expression: Expression) throws(QueryError) -> BoundExpression {
        switch expression.kind {
        case .caseOf(let clause): return try caseOf(clause)
        case .cast(let operand, let type): return try cast(operand, as: type)
        case .infix(let symbol, let left, let right): return try infix(symbol, left, right)
        case .complement(let operand): return try complement(operand)
        case .betweenSymmetric(let operand, let one, let other, let isNegated):
            return try betweenSymmetric(operand, one, other, isNegated: isNegated)
        case .like(let operand, let clause): return try like(operand, clause)
        case .isTruth(let operand, let truth, let isNegated):
            return try isTruth(operand, truth, isNegated: isNegated)
        case .isDistinct(let left, let right, let isNegated):
            return try isDistinct(left, right, isNegated: isNegated)
        case .duration(let duration): return try ExpressionBinder.bound(duration, at: expression.span)
        case .parameter(let reference):
            guard let value = reference.value else {
                throw QueryError(
                    .semantic,
                    "there is no value for the parameter \(reference.text)",
                    at: expression.span
                )
            }
            return .literal(value.scalar, value.type)
        case .query(let select):
            return try query(select, at: expression.span)
        case .inQuery(let operand, let select, let isNegated):
            return try inQuery(operand, select, isNegated: isNegated, at: expression.span)
        case .exists(let select):
            return .query(BoundSubquery(.exists, try subquery(select, at: expression.span), span: expression.span))
        case .literal, .column, .unary, .binary, .logical, .inList, .between, .isNull, .call:
            return try bind(expression)
        }
    }

    private mutating func binary(
        _ symbol: BinaryOperator,
        _ left: Expression,
        _ right: Expression
    ) throws(QueryError) -> BoundExpression {
        if let time = try shifted(symbol, left, right) { return time }
        let sides = try operands([left, right])
        return try combined(symbol, sides)
    }

    /// Apart from ``binary(_:_:_:)``, so that it takes no room on the stack while operands are bound.
    private func combined(_ symbol: BinaryOperator, _ sides: [Operand]) throws(QueryError) -> BoundExpression {
        do throws(QueryError) {
            return symbol.precedence == .comparison
                ? try compare(symbol, sides[0], sides[1]) : try arithmetic(symbol, sides[0], sides[1])
        } catch {
            throw mismatch(error, symbol.rawValue, sides)
        }
    }

    private mutating func isNull(_ operand: Expression, isNegated: Bool) throws(QueryError) -> BoundExpression {
        let value = try bind(operand)
        if let constant = value.constant { return .boolean(constant.isNull != isNegated) }
        return .isNull(value, isNegated: isNegated)
    }

    /// Binds the operands of AND or OR.
    private mutating func truths(_ terms: [Expression], of user: String) throws(QueryError) -> [BoundExpression] {
        var errors = QueryErrors()
        var bound: [BoundExpression] = []
        for term in terms {
            do throws(QueryError) {
                bound.append(try TypeRules.boolean(operand(term), of: user))
            } catch {
                errors.add(error)
            }
        }
        try errors.check()
        return bound
    }

    // MARK: Dialects

    /// A comparison by the rules of the dialect.
    func compare(_ symbol: BinaryOperator, _ left: Operand, _ right: Operand) throws(QueryError) -> BoundExpression {
        switch dialect {
        case .tickgate:
            return try TypeRules.compare(symbol, left, right)
        case .questdb:
            let (left, right) = try questDBSides(left, right)
            return try QuestDBRules.compare(symbol, left, right)
        case .marketstore:
            let (left, right) = try bucketSides(left, right)
            return try TypeRules.compare(symbol, left, right)
        }
    }

    /// An arithmetic operator by the rules of the dialect.
    private func arithmetic(
        _ symbol: BinaryOperator,
        _ left: Operand,
        _ right: Operand
    ) throws(QueryError) -> BoundExpression {
        if dialect == .questdb, let time = try questDBArithmetic(symbol, left, right) { return time }
        if dialect == .marketstore, let value = try bucketArithmetic(symbol, left, right) { return value }
        let value = try TypeRules.arithmetic(symbol, left, right, overflowIsNull: branchDepth > 0)
        return dialect == .questdb && (symbol == .divide || symbol == .modulo) ? QuestDBRules.finite(value) : value
    }

    /// Logical negation by the rules of the dialect.
    func not(_ operand: BoundExpression) -> BoundExpression {
        switch dialect {
        case .tickgate, .marketstore: ConstantFolding.not(operand)
        case .questdb: QuestDBRules.not(operand)
        }
    }

    // MARK: Literals

    /// A constant as written, `isNegated` if a minus sign stands before it.
    static func bound(
        _ literal: Literal,
        isNegated: Bool,
        _ span: SourceSpan
    ) throws(QueryError) -> BoundExpression {
        switch literal {
        case .null: return .null(isNegated ? .int64 : .string)
        case .boolean(let value) where !isNegated: return .boolean(value)
        case .string(let text) where !isNegated: return .literal(.text(text), .string)
        case .boolean, .string: throw QueryError(.type, "'-' takes a number", at: span)
        case .decimal(let value): return .literal(.float64(isNegated ? -value : value), .float64)
        case .integer(let magnitude):
            let value = isNegated ? negative(magnitude) : Int64(exactly: magnitude)
            guard let value else { throw QueryError(.type, "the integer does not fit int64", at: span) }
            return .literal(.int64(value), .int64)
        }
    }

    private static func negative(_ magnitude: UInt64) -> Int64? {
        magnitude == Int64.min.magnitude ? .min : Int64(exactly: magnitude).map { -$0 }
    }
}
