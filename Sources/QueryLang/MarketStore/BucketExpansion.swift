import Columnar

extension Binder {
    /// Binds a SELECT over what FROM gives; calls of buckets' functions in its list are spelled out first.
    func bind(_ select: SelectStatement, over from: BoundFrom) throws(QueryError) -> BoundSelect {
        guard let expansion = try BucketExpansion(select, from, self) else {
            var binder = SelectBinder(select, from: from, queries: self)
            return try binder.bind()
        }
        return try expansion.bound()
    }
}

/// A SELECT whose list calls buckets' functions: the same in clauses, aggregates and windows.
///
/// FROM is bound once and handed on, so that nesting costs no more than its text.
struct BucketExpansion {
    let select: SelectStatement
    let from: BoundFrom
    let binder: Binder
    /// The call that an item of the select list is; nil for other items.
    let calls: [BucketCall?]

    /// Nil if the list calls none.
    init?(_ select: SelectStatement, _ from: BoundFrom, _ binder: Binder) throws(QueryError) {
        var calls: [BucketCall?] = []
        for item in select.items {
            guard case .expression(let expression, _) = item.kind else {
                calls.append(nil)
                continue
            }
            let call = try BucketCall(expression, binder.dialect)
            // Beside SAMPLE BY, which MarketStore has not, aggregates are ours.
            calls.append(call.flatMap { select.sampleBy == nil || $0.function.isOwnName ? $0 : nil })
        }
        guard calls.contains(where: { $0 != nil }) else { return nil }
        (self.select, self.from, self.binder, self.calls) = (select, from, binder, calls)
    }

    func bound() throws(QueryError) -> BoundSelect {
        let made = calls.compactMap(\.self)
        for function in [BucketFunction.gap, .adjust] {
            guard let call = made.first(where: { $0.function == function }) else { continue }
            guard made.count == 1 else {
                throw QueryError(
                    .semantic,
                    "\(function.rawValue)() gives rows of its own, so no other function can stand beside it",
                    at: call.span,
                    hint: "call the other one in a query around it"
                )
            }
            return function == .gap ? try gaps(call) : try adjusted(call)
        }
        return try bind(made.contains { $0.function.isCandler } ? candles() : aggregates())
    }

    func bind(_ select: SelectStatement) throws(QueryError) -> BoundSelect {
        var select = SelectBinder(select, from: from, queries: binder)
        return try select.bind()
    }

    // MARK: Names

    /// Names of the answer's columns, with those of other items taken.
    func names() -> BucketColumnNames {
        var names = BucketColumnNames()
        for (item, call) in zip(select.items, calls) where call == nil {
            guard case .expression(let expression, let alias) = item.kind else { continue }
            names.take(alias?.name ?? OutputNames.base(of: expression))
        }
        return names
    }

    /// A column of FROM as an expression.
    func reference(to column: Int, at span: SourceSpan) -> Expression {
        let scope = from.scope
        let name = Identifier(scope.columns[column].name, span: span, isQuoted: true)
        var qualifier: Identifier?
        if case .ambiguous = scope.meaning(of: name.name, among: scope.columns.count) {
            qualifier = scope.relation(of: column)?.name.map { Identifier($0, span: span, isQuoted: true) }
        }
        return Expression(.column(ColumnReference(name, of: qualifier)), span: span)
    }

    /// The designated timestamp of FROM, which a function needs.
    func time(of call: BucketCall) throws(QueryError) -> Expression {
        guard let column = from.scope.timeColumn else {
            throw QueryError(
                .semantic,
                "\(call.function.rawValue)() needs a designated timestamp, and FROM gives none",
                at: call.span,
                hint: "a sub-query has one if it selects that of its source as it is"
            )
        }
        return reference(to: column, at: call.span)
    }

    /// The type of a column that a call names; nil if it is an expression.
    func type(of column: Expression) throws(QueryError) -> ColumnType? {
        guard case .column(let reference) = column.kind, reference.qualifier == nil else { return nil }
        let scope = from.scope
        switch scope.meaning(of: reference.name.name, among: scope.visibleCount) {
        case .column(let index): return scope.columns[index].type
        case .ambiguous: return nil
        case .nothing:
            let names = scope.columns.prefix(scope.visibleCount).filter { !$0.isHidden }.map(\.name)
            throw QueryError(
                .unknownColumn,
                "unable to retrieve column named \(QueryDiagnostic.shortened(reference.name.name))",
                at: column.span,
                expected: names,
                hint: NearestName.find(reference.name.name, among: names).map { "did you mean '\($0)'?" }
            )
        }
    }

    /// A column as float64.
    func double(_ column: Expression) throws(QueryError) -> Expression {
        let type = try type(of: column)
        guard let type, type != .float64 else { return column }
        if type == .timestamp { return Self.call("epoch_s", [column], at: column.span) }
        return Self.double(column)
    }

    static func double(_ value: Expression) -> Expression {
        Expression(.cast(value, Identifier("double", span: value.span)), span: value.span)
    }

    static func call(_ name: String, _ arguments: [Expression], at span: SourceSpan) -> Expression {
        Expression(.call(FunctionCall(Identifier(name, span: span), .list(arguments))), span: span)
    }

    static func item(
        _ expression: Expression,
        _ name: String,
        declared: DeclaredType? = nil,
        at span: SourceSpan
    ) -> SelectItem {
        let alias = Identifier(name, span: span, isQuoted: true)
        var item = SelectItem(.expression(expression, alias: alias), span: span)
        item.declared = declared
        return item
    }

    // MARK: Aggregates

    /// The list with MarketStore's count, min, max and avg: alone, each has an `Epoch` before it, which is now.
    private func aggregates() throws(QueryError) -> SelectStatement {
        let isAlone = !calls.contains { $0 == nil } && select.groupBy.isEmpty && select.sampleBy == nil
        var names = names()
        var items: [SelectItem] = []
        for (item, call) in zip(select.items, calls) {
            guard let call, case .expression(let expression, let alias) = item.kind else {
                items.append(item)
                continue
            }
            if isAlone { items.append(Self.item(Self.now(at: call.span), names.free("Epoch"), at: call.span)) }
            let name = names.free(alias?.name ?? call.function.column)
            let (value, declared) = try value(call, expression)
            items.append(Self.item(value, name, declared: declared, at: call.span))
        }
        var select = select
        select.items = items
        return select
    }

    /// The second that it is.
    static func now(at span: SourceSpan) -> Expression {
        let second = Expression(.literal(.string("second")), span: span)
        return call("date_trunc", [second, call("now", [], at: span)], at: span)
    }

    private func value(
        _ call: BucketCall,
        _ expression: Expression
    ) throws(QueryError) -> (Expression, DeclaredType?) {
        guard let column = call.columns["*"]?.first, call.function != .count else {
            if let column = call.columns["*"]?.first { _ = try type(of: column) }
            return (expression, nil)
        }
        let isNumber = try type(of: column).map { $0.isNumeric } ?? true
        let name = call.function.rawValue
        if call.function == .avg { return (Self.call(name, [try double(column)], at: call.span), nil) }
        guard isNumber else { return (expression, nil) }
        return (Self.call(name, [try double(column)], at: call.span), .float)
    }
}

/// Names that columns get: the wanted one, or with a number from 0 on, as MarketStore counts.
struct BucketColumnNames {
    private var taken: Set<String> = []

    mutating func take(_ name: String) { taken.insert(name.lowercased()) }

    /// A free name like this one.
    mutating func free(_ name: String) -> String {
        if taken.insert(name.lowercased()).inserted { return name }
        var number = 0
        while !taken.insert("\(name.lowercased())\(number)").inserted { number += 1 }
        return "\(name)\(number)"
    }
}
