import QueryLang

/// Random statements over the test tables' names: what the grammar can say, not only what can be bound.
struct RandomStatements {
    var random: SeededGenerator

    init(seed: UInt64) { self.random = SeededGenerator(seed: seed) }

    var nowhere: SourceSpan { SourceSpan(start: 0, end: 0) }

    private static let names = [
        "price", "size", "time", "symbol", "side", "id", "order", "Select", "a b", "x\"y", "1Min/OHLCV", "naïve",
        "when",
        "e\u{301}", "\"", "\"\u{301}", "`", "_", "x@v1", "@x", "tables", "fill", "desc", "-- no comment", "列",
        "first", "range", "rows", "window", "tolerance", "lt", "asof", "partition", "left", "offset", "none", "a.b",
        "latest", "minutes", "then", "end", "case", "interval", "try_cast", "all", "zone", "nulls", "with", "right",
        "m",
        "over", "preceding", "current", "align", "cross", "explain", "distinct", "union", "if", "table", "view",
        "column",
        "wal", "key", "ttl", "timestamp", "cache", "system", "groups", "cumulative", "ignore", "filter", "exclude",
        "ties", "symmetric", "asymmetric", "date", "full", "splice",
    ]
    private static let texts = [
        "", "buy", "it's", "''", "2024-08-08", "-- no comment", "/*", "é", "'\u{301}x", "\u{0}\n\t", "😀", "NULL",
    ]

    mutating func statement() -> Statement {
        switch Int.random(in: 0..<14, using: &random) {
        case 0: Statement(.showTables, span: nowhere)
        case 1: Statement(.showColumns(name()), span: nowhere)
        case 2: Statement(.explain(select(1), isAnalyze: random.oneIn(2)), span: nowhere)
        case 3, 4: Statement(.select(bare(2)), span: nowhere)
        case 5, 6, 7, 8: Statement(command(), span: nowhere)
        default: Statement(.select(select(2)), span: nowhere)
        }
    }

    mutating func name() -> Identifier { Identifier(random.pick(Self.names), span: nowhere) }

    mutating func column() -> ColumnReference { ColumnReference(name(), of: random.oneIn(3) ? name() : nil) }

    /// A SELECT with sub-queries at most `depth` deep.
    mutating func select(_ depth: Int) -> SelectStatement {
        if depth > 0, random.oneIn(12) { return without(depth) }
        var select = SelectStatement(items: list(3) { $0.item() }, source: source(depth))
        if depth > 0, random.oneIn(6) { select.with = list(2) { $0.commonTable(depth - 1) } }
        select.isDistinct = random.oneIn(5)
        if random.oneIn(3) { select.joins = list(2) { $0.join(depth) } }
        if random.oneIn(2) { select.filter = expression(4) }
        if random.oneIn(3) { select.sampleBy = sample() }
        if random.oneIn(4) { select.groupBy = list(3) { $0.expression(2) } }
        if random.oneIn(4) { select.having = expression(3) }
        if random.oneIn(4) {
            let time = random.oneIn(2) ? column() : nil
            select.latest = LatestClause(time: time, keys: list(2) { $0.column() }, span: nowhere)
        }
        if random.oneIn(4) { select.windows = namedWindows() }
        if random.oneIn(3) { select.orderBy = order() }
        if random.oneIn(3) { select.limit = LimitClause(range(), span: nowhere) }
        return select
    }

    mutating func order() -> [OrderItem] {
        list(3) {
            let nulls: NullsPlace? = $0.random.oneIn(4) ? $0.random.pick(NullsPlace.allCases) : nil
            return OrderItem($0.expression(2), isDescending: $0.random.oneIn(2), nulls: nulls, span: $0.nowhere)
        }
    }

    /// What LIMIT can say.
    mutating func range() -> RowRange {
        let lower = random.pick([0, 0, 1, -1, -10, Int.max, -Int.max])
        let upper = random.pick([0, 1, 10, -1, -10, Int.max, -Int.max])
        return RowRange(lower: lower, upper: lower < 0 && random.oneIn(2) ? nil : upper)
    }

    mutating func list<Element>(_ most: Int, _ element: (inout Self) -> Element) -> [Element] {
        (0..<Int.random(in: 1...most, using: &random)).map { _ in element(&self) }
    }

    private mutating func item() -> SelectItem {
        guard !random.oneIn(6) else { return SelectItem(.all(of: random.oneIn(2) ? name() : nil), span: nowhere) }
        return SelectItem(.expression(expression(3), alias: random.oneIn(2) ? name() : nil), span: nowhere)
    }

    mutating func expression(_ depth: Int) -> Expression { Expression(kind(depth), span: nowhere) }

    private mutating func kind(_ depth: Int) -> Expression.Kind {
        guard depth > 0 else { return leaf() }
        let next = depth - 1
        if random.oneIn(30) { return subquery(next) }
        switch Int.random(in: 0..<15, using: &random) {
        case 0: return .unary(.not, expression(next))
        case 1: return .unary(.negate, expression(next))
        case 2...4:
            let symbols = BinaryOperator.allCases.filter { $0 != .and && $0 != .or }
            return .binary(random.pick(symbols), expression(next), expression(next))
        case 5, 6: return logical(next)
        case 7: return .inList(expression(next), list(3) { $0.expression(next) }, isNegated: random.oneIn(2))
        case 8:
            return .between(
                expression(next),
                lower: expression(next),
                upper: expression(next),
                isNegated: random.oneIn(2)
            )
        case 9: return .isNull(expression(next), isNegated: random.oneIn(2))
        case 10, 11: return .call(call(next))
        case 12, 13: return scalar(next)
        default: return leaf()
        }
    }

    private mutating func logical(_ depth: Int) -> Expression.Kind {
        let symbol = random.pick(LogicalOperator.allCases)
        var operands: [Expression] = []
        while operands.count < 2 {
            for operand in list(3, { $0.expression(depth) }) {
                if case .logical(symbol, _) = operand.kind { continue }
                operands.append(operand)
            }
        }
        return .logical(symbol, operands)
    }

    private mutating func leaf() -> Expression.Kind {
        switch Int.random(in: 0..<10, using: &random) {
        case 8: .duration(TimeLength(random.pick([0, 1, 15, UInt64.max]), random.pick(TimeUnit.allCases)))
        case 9: .parameter(ParameterReference(random.pick([.position(1), .position(37), .name("from"), .name("_é2")])))
        case 0: .literal(.null)
        case 1: .literal(.boolean(random.oneIn(2)))
        case 2: .literal(.integer(random.pick([0, 1, 42, UInt64.max])))
        case 3:
            .literal(
                .decimal(
                    random.pick([0, 0.1, 1.5, 1e22, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, 100])
                )
            )
        case 4: .literal(.string(random.pick(Self.texts)))
        default: .column(column())
        }
    }
}
