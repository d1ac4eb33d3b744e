/// Calls over windows within the arguments of aggregates: `max(price - avg(price) OVER (…))`.
///
/// A window looks at rows, an aggregate at groups of them, so the windows are columns of a sub-query, which has WHERE as well:
/// `SELECT max(price - w) FROM (SELECT *, avg(price) OVER (…) AS w FROM trades WHERE …) AS trades`.
struct NestedWindows {
    private var calls: [Expression] = []

    /// The SELECT with such calls in a sub-query. Over a join they stay, for the binder to refuse.
    static func lifted(_ select: SelectStatement) -> SelectStatement {
        guard select.joins.isEmpty, select.latest == nil else { return select }
        var windows = NestedWindows()
        var outer = select
        outer.items = select.items.map { item in
            guard case .expression(let expression, let alias) = item.kind else { return item }
            var item = item
            item.kind = .expression(windows.lift(expression), alias: alias)
            return item
        }
        outer.having = select.having.map { windows.lift($0) }
        outer.orderBy = select.orderBy.map { term in
            var term = term
            term.expression = windows.lift(term.expression)
            return term
        }
        if windows.calls.isEmpty { return select }
        let nowhere = select.source.span
        var items = [SelectItem(.all(of: nil), span: nowhere)]
        for (index, call) in windows.calls.enumerated() {
            let name = Identifier(name(index), span: call.span)
            items.append(SelectItem(.expression(call, alias: name), span: call.span))
        }
        var inner = SelectStatement(items: items, source: select.source)
        inner.filter = select.filter
        inner.windows = select.windows
        var alias = select.source.alias
        if alias == nil, case .table(let table) = select.source.kind { alias = table }
        outer.source = SourceClause(.query(inner), alias: alias, span: nowhere)
        outer.filter = nil
        return outer
    }

    /// The column of a call; no bare name has a space.
    private static func name(_ index: Int) -> String { "window \(index)" }

    /// The expression with the calls in its aggregates replaced by columns.
    private mutating func lift(_ expression: Expression) -> Expression {
        guard case .call(var call) = expression.kind, call.window == nil, Self.isAggregate(call) else {
            return Self.map(expression) { lift($0) }
        }
        call = Self.map(call) { replace($0) }
        return Expression(.call(call), span: expression.span)
    }

    /// An argument of an aggregate, with columns for the calls over windows in it.
    private mutating func replace(_ expression: Expression) -> Expression {
        guard case .call(let call) = expression.kind, Self.isWindow(call), !Self.hasAggregate(call) else {
            return Self.map(expression) { replace($0) }
        }
        let index = calls.firstIndex(of: expression) ?? calls.count
        if index == calls.count { calls.append(expression) }
        let name = Identifier(Self.name(index), span: expression.span)
        return Expression(.column(ColumnReference(name)), span: expression.span)
    }

    // MARK: Calls

    private static func isAggregate(_ call: FunctionCall) -> Bool {
        guard case .aggregate = FunctionCatalog.function(named: call.name.name)?.function else { return false }
        return true
    }

    private static func isWindow(_ call: FunctionCall) -> Bool {
        if call.window != nil { return true }
        guard FunctionCatalog.function(named: call.name.name) == nil else { return false }
        if case .window(let function) = WindowCatalog.function(named: call.name.name)?.function {
            return function.standsAlone
        }
        return IndicatorCatalog.function(named: call.name.name) != nil
    }

    /// Whether an aggregate of groups is within a call: that cannot be had of rows.
    private static func hasAggregate(_ call: FunctionCall) -> Bool {
        Expression.Kind.call(call).children.contains(where: isOrHasAggregate)
    }

    private static func isOrHasAggregate(_ expression: Expression) -> Bool {
        if case .call(let call) = expression.kind, call.window == nil, isAggregate(call) { return true }
        return expression.kind.children.contains(where: isOrHasAggregate)
    }

    // MARK: Trees

    /// The call with its expressions replaced.
    private static func map(_ call: FunctionCall, _ change: (Expression) -> Expression) -> FunctionCall {
        var call = call
        switch call.arguments {
        case .list(let expressions): call.arguments = .list(expressions.map(change))
        case .distinct(let expression): call.arguments = .distinct(change(expression))
        case .all: break
        }
        call.filter = call.filter.map(change)
        if var window = call.window {
            window.partition = window.partition.map(change)
            for index in window.order.indices {
                window.order[index].expression = change(window.order[index].expression)
            }
            call.window = window
        }
        return call
    }

    private static func map(_ clause: CaseClause, _ change: (Expression) -> Expression) -> CaseClause {
        CaseClause(
            of: clause.operand.map(change),
            clause.branches.map { CaseClause.Branch(change($0.condition), change($0.value)) },
            otherwise: clause.otherwise.map(change)
        )
    }

    /// The expression with those directly below replaced.
    private static func map(_ expression: Expression, _ change: (Expression) -> Expression) -> Expression {
        let kind: Expression.Kind
        switch expression.kind {
        case .literal, .column, .duration, .parameter, .query, .exists: return expression
        case .unary(let symbol, let operand): kind = .unary(symbol, change(operand))
        case .binary(let symbol, let left, let right): kind = .binary(symbol, change(left), change(right))
        case .logical(let symbol, let operands): kind = .logical(symbol, operands.map(change))
        case .inList(let operand, let values, let isNegated):
            kind = .inList(change(operand), values.map(change), isNegated: isNegated)
        case .between(let operand, let lower, let upper, let isNegated):
            kind = .between(change(operand), lower: change(lower), upper: change(upper), isNegated: isNegated)
        case .betweenSymmetric(let operand, let one, let other, let isNegated):
            kind = .betweenSymmetric(change(operand), change(one), change(other), isNegated: isNegated)
        case .isNull(let operand, let isNegated): kind = .isNull(change(operand), isNegated: isNegated)
        case .call(let call): kind = .call(map(call, change))
        case .caseOf(let clause): kind = .caseOf(map(clause, change))
        case .cast(let operand, let type): kind = .cast(change(operand), type)
        case .infix(let symbol, let left, let right): kind = .infix(symbol, change(left), change(right))
        case .complement(let operand): kind = .complement(change(operand))
        case .like(let operand, var clause):
            clause.pattern = change(clause.pattern)
            kind = .like(change(operand), clause)
        case .isTruth(let operand, let truth, let isNegated):
            kind = .isTruth(change(operand), truth, isNegated: isNegated)
        case .isDistinct(let left, let right, let isNegated):
            kind = .isDistinct(change(left), change(right), isNegated: isNegated)
        case .inQuery(let operand, let query, let isNegated):
            kind = .inQuery(change(operand), query, isNegated: isNegated)
        }
        return Expression(kind, span: expression.span)
    }
}
