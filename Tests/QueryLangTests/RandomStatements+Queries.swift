import QueryLang

extension RandomStatements {
    // MARK: Queries that are no SELECT of a source

    /// A set operation or VALUES with what may stand around it.
    mutating func bare(_ depth: Int) -> SelectStatement {
        var select = SelectStatement(items: [everything], source: SourceClause(bareSource(depth), span: nowhere))
        if random.oneIn(4) { select.with = list(2) { $0.commonTable(depth - 1) } }
        if random.oneIn(3) { select.orderBy = order() }
        if random.oneIn(3) { select.limit = LimitClause(range(), span: nowhere) }
        return select
    }

    /// A SELECT without FROM.
    mutating func without(_ depth: Int) -> SelectStatement {
        let items = list(2) { SelectItem(.expression($0.expression(2), alias: $0.name()), span: $0.nowhere) }
        var select = SelectStatement(items: items, source: SourceClause(.nothing, span: nowhere))
        if random.oneIn(3) { select.filter = expression(2) }
        return select
    }

    mutating func commonTable(_ depth: Int) -> CommonTable {
        CommonTable(name(), columns: random.oneIn(3) ? list(2) { $0.name() } : [], query(depth))
    }

    mutating func bareSource(_ depth: Int) -> SourceClause.Kind {
        guard depth > 0, !random.oneIn(3) else {
            let width = Int.random(in: 1...3, using: &random)
            return .values(list(3) { random in (0..<width).map { _ in random.expression(1) } })
        }
        let set = SetClause(
            random.pick(SetOperation.allCases),
            isAll: random.oneIn(2),
            query(depth - 1),
            query(depth - 1),
            span: nowhere
        )
        return .set(set)
    }

    mutating func subquery(_ depth: Int) -> Expression.Kind {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .query(query(0))
        case 1: .inQuery(expression(depth), query(0), isNegated: random.oneIn(2))
        default: .exists(query(0))
        }
    }

    /// Any query.
    private mutating func query(_ depth: Int) -> SelectStatement {
        random.oneIn(4) ? bare(max(depth, 0)) : select(max(depth, 0))
    }

    private var everything: SelectItem { SelectItem(.all(of: nil), span: nowhere) }
}
