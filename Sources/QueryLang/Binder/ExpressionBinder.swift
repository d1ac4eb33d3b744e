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
    /// The aggregates of a WINDOW JOIN met so far, with the types of their outputs.
    var joinAggregates = UniqueList<AggregateCall>()
    var joinOutputTypes: [ColumnType] = []
    /// The first output of each.
    var joinOutputStarts: [Int] = []
    var place = Place.selectList
    /// Where the columns of the expression stand that is being bound.
    private(set) var columnSpans: [Int: SourceSpan] = [:]

    init(scope: Scope) { self.scope = scope }

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
        switch place {
        case .aggregate, .window: break
        default: if columnSpans[column] == nil { columnSpans[column] = span }
        }
    }

    mutating func operand(_ expression: Expression) throws(QueryError) -> Operand {
        Operand(expression: try bind(expression), span: expression.span)
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
            return ConstantFolding.not(try TypeRules.boolean(self.operand(operand), of: "NOT"))
        case .binary(let symbol, let left, let right):
            let (left, right) = (try operand(left), try operand(right))
            return symbol.precedence == .comparison
                ? try TypeRules.compare(symbol, left, right) : try TypeRules.arithmetic(symbol, left, right)
        case .logical(let symbol, let operands):
            var bound: [BoundExpression] = []
            for term in operands { bound.append(try TypeRules.boolean(operand(term), of: symbol.rawValue)) }
            return ConstantFolding.logical(symbol, bound)
        case .inList(let operand, let values, let isNegated):
            return try inList(operand, values, isNegated: isNegated)
        case .between(let operand, let lower, let upper, let isNegated):
            let value = try self.operand(operand)
            let isAbove = try TypeRules.compare(.greaterOrEqual, value, self.operand(lower))
            let isBelow = try TypeRules.compare(.lessOrEqual, value, self.operand(upper))
            let isBetween = ConstantFolding.logical(.and, [isAbove, isBelow])
            return isNegated ? ConstantFolding.not(isBetween) : isBetween
        case .isNull(let operand, let isNegated):
            let value = try bind(operand)
            if let constant = value.constant { return .boolean(constant.isNull != isNegated) }
            return .isNull(value, isNegated: isNegated)
        case .call(let call):
            return try self.call(call, span: expression.span)
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
