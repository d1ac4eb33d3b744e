public import Columnar

/// A query in an expression. It reads nothing of the rows around it, so it is answered once, before them.
public struct BoundSubquery: Sendable, Hashable {
    /// What is asked of its rows.
    public enum Question: Sendable, Hashable {
        /// The one value that it gives: null of no rows, an error of several.
        case value
        /// Whether the operand equals a value of its one column: null if it does not, and the operand or a value is null;
        /// false of no rows.
        case contains(BoundExpression, isNegated: Bool)
        /// Whether it gives a row.
        case exists
    }

    /// What is asked.
    public var question: Question
    /// The query.
    public var select: BoundSelect
    /// Where it stands in the text.
    public var span: SourceSpan

    /// Creates one.
    public init(_ question: Question, _ select: BoundSelect, span: SourceSpan) {
        self.question = question
        self.select = select
        self.span = span
    }

    /// The type of the answer.
    public var type: ColumnType {
        switch question {
        case .value: select.columns.first?.type ?? .boolean
        case .contains, .exists: .boolean
        }
    }
}

extension BoundSubquery {
    /// The same query with another operand, if it has one.
    public func mapOperand(_ transform: (BoundExpression) -> BoundExpression) -> BoundSubquery {
        guard case .contains(let operand, let isNegated) = question else { return self }
        return BoundSubquery(.contains(transform(operand), isNegated: isNegated), select, span: span)
    }

    /// Whether the answer is the same for all rows.
    var isConstant: Bool {
        if case .contains(let operand, _) = question { operand.isConstant } else { true }
    }
}

extension BoundSelect {
    /// All tables that are read, those of sub-queries in expressions too, each as often as it stands in the query.
    public var tables: [TableSchema] {
        var tables = source.tables
        forEachExpression { $0.collectTables(into: &tables) }
        return tables
    }

    /// Calls `body` with the expressions of the query itself, and those of its joins; not those of queries in FROM.
    public func forEachExpression(_ body: (BoundExpression) -> Void) {
        _ = mapExpressions { expression in
            body(expression)
            return expression
        }
    }

    /// The same query with each of its expressions replaced, and those of its joins; not those of queries in FROM.
    public func mapExpressions<Failure: Error>(
        _ transform: (BoundExpression) throws(Failure) -> BoundExpression
    ) throws(Failure) -> BoundSelect {
        var select = self
        select.source = try source.mapExpressions(transform)
        if let predicate { select.predicate = try transform(predicate) }
        if case .aggregate(var aggregation) = shape {
            aggregation.keys = try Self.map(aggregation.keys, transform)
            aggregation.aggregates = try Self.map(aggregation.aggregates, transform)
            select.shape = .aggregate(aggregation)
        }
        if let having { select.having = try transform(having) }
        for index in windows.indices {
            select.windows[index].arguments = try Self.map(windows[index].arguments, transform)
            select.windows[index].partition = try Self.map(windows[index].partition, transform)
            for term in windows[index].order.indices {
                let expression = windows[index].order[term].expression
                select.windows[index].order[term].expression = try transform(expression)
            }
        }
        select.outputs = try Self.map(outputs, transform)
        return select
    }

    fileprivate static func map<Failure: Error>(
        _ expressions: [BoundExpression],
        _ transform: (BoundExpression) throws(Failure) -> BoundExpression
    ) throws(Failure) -> [BoundExpression] {
        var mapped: [BoundExpression] = []
        mapped.reserveCapacity(expressions.count)
        for expression in expressions { mapped.append(try transform(expression)) }
        return mapped
    }

    fileprivate static func map<Failure: Error>(
        _ calls: [AggregateCall],
        _ transform: (BoundExpression) throws(Failure) -> BoundExpression
    ) throws(Failure) -> [AggregateCall] {
        var calls = calls
        for index in calls.indices { calls[index].arguments = try map(calls[index].arguments, transform) }
        return calls
    }
}

extension BoundSource {
    /// The same source with each expression of its joins replaced.
    fileprivate func mapExpressions<Failure: Error>(
        _ transform: (BoundExpression) throws(Failure) -> BoundExpression
    ) throws(Failure) -> BoundSource {
        guard case .join(var join) = self else { return self }
        join.left = try join.left.mapExpressions(transform)
        join.right = try join.right.mapExpressions(transform)
        if let condition = join.condition { join.condition = try transform(condition) }
        if case .window(var window) = join.kind {
            window.aggregates = try BoundSelect.map(window.aggregates, transform)
            join.kind = .window(window)
        }
        return .join(join)
    }

    /// The same source with each query in it replaced.
    public func mapQueries<Failure: Error>(
        _ transform: (BoundSelect) throws(Failure) -> BoundSelect
    ) throws(Failure) -> BoundSource {
        switch self {
        case .table, .values, .sequence, .book: return self
        case .query(let select): return .query(try transform(select))
        case .set(var set):
            set.left = try transform(set.left)
            set.right = try transform(set.right)
            return .set(set)
        case .join(var join):
            join.left = try join.left.mapQueries(transform)
            join.right = try join.right.mapQueries(transform)
            return .join(join)
        }
    }
}

extension BoundExpression {
    fileprivate func collectTables(into tables: inout [TableSchema]) {
        if case .query(let query) = self { tables += query.select.tables }
        for child in children { child.collectTables(into: &tables) }
    }

    /// Whether a sub-query is in it.
    public var hasSubquery: Bool {
        contains { if case .query = $0 { true } else { false } }
    }
}

extension BoundExpression {
    /// The same expression with each sub-query replaced by its answer, and what is constant then computed.
    public func answering<Failure: Error>(
        _ answer: (BoundSubquery) throws(Failure) -> BoundExpression
    ) throws(Failure) -> BoundExpression {
        guard hasSubquery else { return self }
        switch self {
        case .literal, .column, .bucket, .key, .aggregate, .window: return self
        case .unary(.not, let operand, _): return ConstantFolding.not(try operand.answering(answer))
        case .unary(let symbol, let operand, let type): return .unary(symbol, try operand.answering(answer), type)
        case .binary(let symbol, let left, let right, let type):
            let left = try left.answering(answer)
            return ConstantFolding.binary(symbol, left, try right.answering(answer), type)
        case .inList(let operand, let values, let isNegated):
            return .inList(try operand.answering(answer), values, isNegated: isNegated)
        case .isNull(let operand, let isNegated):
            let operand = try operand.answering(answer)
            return operand.constant.map { .boolean($0.isNull != isNegated) } ?? .isNull(operand, isNegated: isNegated)
        case .call(let function, let arguments, let type):
            var answered: [BoundExpression] = []
            for argument in arguments { answered.append(try argument.answering(answer)) }
            return .call(function, answered, type)
        case .query(var query):
            if case .contains(let operand, let isNegated) = query.question {
                query.question = .contains(try operand.answering(answer), isNegated: isNegated)
            }
            return try answer(query)
        }
    }
}

extension ConstantFolding {
    /// An operator over operands of which some may be constants.
    fileprivate static func binary(
        _ symbol: BinaryOperator,
        _ left: BoundExpression,
        _ right: BoundExpression,
        _ type: ColumnType
    ) -> BoundExpression {
        switch symbol {
        case .and: return logical(.and, [left, right])
        case .or: return logical(.or, [left, right])
        default: break
        }
        if let a = left.constant, let b = right.constant {
            let outcome = symbol.precedence == .comparison ? comparison(symbol, a, b) : arithmetic(symbol, a, b)
            if case .value(let value) = outcome { return .literal(value, type) }
        }
        let isUnknown = left.isNullConstant || right.isNullConstant
        return isUnknown ? .null(type) : .binary(symbol, left, right, type)
    }
}
