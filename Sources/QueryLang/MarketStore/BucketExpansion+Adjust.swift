import Columnar

/// `adjust('split', 'dividend')`: prices over, and volumes times, the product of the rates of all later corporate actions.
///
/// The actions of a symbol lie in its bucket `SYMBOL/1D/ACTIONS`, one announcement a row, as ICE tells them: it is new, updates
/// an earlier one, or deletes it. A split of two for one has the rate 2 from its expiration date on, so that earlier prices
/// are halved.
extension BucketExpansion {
    func adjusted(_ call: BucketCall) throws(QueryError) -> BoundSelect {
        let kinds = try notifications(call)
        _ = try time(of: call)
        let sources = try actionSources(call)
        var from = from
        if !sources.isEmpty {
            let query = try binder.nested(at: call.span).outside.rates(Self.rates(of: sources, kinds))
            var constraint: JoinClause.Constraint?
            if let series = self.from.scope.seriesColumn {
                let symbol = Identifier("adjust symbol", span: call.span, isQuoted: true)
                let other = Expression(.column(ColumnReference(symbol)), span: call.span)
                let isSame = Expression.Kind.binary(.equal, reference(to: series, at: call.span), other)
                constraint = .condition(Expression(isSame, span: call.span))
            }
            let source = SourceClause(.nothing, span: call.span)
            let join = JoinClause(.asof(tolerance: nil), source, on: constraint, span: call.span)
            var joining = JoinBinder(join, left: from, right: BoundFrom(query), queries: binder)
            from = try joining.bind()
        }
        var outer = select
        outer.items = try items(call, isAdjusted: !sources.isEmpty)
        var list = SelectBinder(outer, from: from, queries: binder)
        return try list.bind()
    }

    /// The codes of the notifications that count.
    private func notifications(_ call: BucketCall) throws(QueryError) -> [UInt8] {
        var kinds: [UInt8] = []
        for word in call.literals.isEmpty ? ["split", "dividend"] : call.literals {
            switch word.lowercased() {
            case "split": kinds += [UInt8(ascii: "7"), UInt8(ascii: "+")]
            case "dividend": kinds += [UInt8(ascii: "/")]
            default:
                throw QueryError(
                    .semantic,
                    "adjust() knows no actions of the kind '\(QueryDiagnostic.shortened(word))'",
                    at: call.span,
                    expected: ["split", "dividend"],
                    hint: "it is \(call.function.text)"
                )
            }
        }
        return kinds
    }

    /// SELECTs of the announcements that matter, each with a column `symbol`.
    private func actionSources(_ call: BucketCall) throws(QueryError) -> [String] {
        if from.scope.seriesColumn != nil {
            let tables = binder.catalog.tables.map(\.name).filter { name in
                name == Self.family || name.hasPrefix("\(Self.family)~")
            }
            // Its own name alone would be that of all.
            let names = tables.map { $0 == Self.family ? "\($0)~1" : $0 }
            return names.map { "SELECT time, symbol, \(Self.columns) FROM \(Self.quoted($0))" }
        }
        guard case .table(let name) = select.source.kind, let slash = name.name.firstIndex(of: "/") else {
            throw QueryError(
                .semantic,
                "adjust() must know of which symbol the rows are",
                at: call.span,
                hint: "write FROM `SYMBOL/1Min/OHLCV`, or select the series key"
            )
        }
        let key = "\(name.name[..<slash])/\(Self.family)"
        let actions = Identifier(key, span: call.span, isQuoted: true)
        guard try binder.view(named: actions) != nil else { return [] }
        return ["SELECT *, '' AS symbol FROM \(Self.quoted(key))"]
    }

    private static let family = "1D/ACTIONS"
    private static let columns =
        "TextNumber, UpdateTextNumber, DeleteTextNumber, NotificationType, Status, ExpirationDate, Rate"

    private static func quoted(_ name: String) -> String {
        Identifier(name, span: SourceSpan(start: 0, end: 0), isQuoted: true).text
    }

    /// From when on which product of rates holds, by symbol.
    private static func rates(of sources: [String], _ kinds: [UInt8]) -> String {
        let (updated, deleted) = (UInt8(ascii: "U"), UInt8(ascii: "D"))
        let kinds = kinds.map { "\($0)" }.joined(separator: ", ")
        let union = sources.joined(separator: " UNION ALL ")
        // An announcement is known by its number; what was told of it last counts.
        return """
            WITH announcements AS (SELECT *, CASE Status WHEN \(updated) THEN UpdateTextNumber WHEN \(deleted) \
            THEN DeleteTextNumber ELSE TextNumber END AS id FROM (\(union))), \
            actions AS (SELECT symbol, id, last(Status) AS status, last(NotificationType) AS kind, \
            from_epoch_s(last(ExpirationDate)) AS at, last(Rate) AS rate FROM announcements GROUP BY symbol, id), \
            changes AS (SELECT symbol, at, product(rate) AS rate FROM actions \
            WHERE status != \(deleted) AND kind IN (\(kinds)) AND at IS NOT NULL AND rate > 0 GROUP BY symbol, at) \
            SELECT * FROM (SELECT symbol AS "adjust symbol", \
            coalesce(lag(at) OVER (PARTITION BY symbol ORDER BY at), '1678-01-01') AS "adjust time", \
            product(rate) OVER (PARTITION BY symbol ORDER BY at DESC ROWS UNBOUNDED PRECEDING) AS "adjust rate" \
            FROM changes UNION ALL SELECT symbol, max(at), 1.0 FROM changes GROUP BY symbol) TIMESTAMP("adjust time")
            """
    }

    /// The list with all columns of FROM in the place of the call.
    private func items(_ call: BucketCall, isAdjusted: Bool) throws(QueryError) -> [SelectItem] {
        let scope = from.scope
        var items: [SelectItem] = []
        for (item, other) in zip(select.items, calls) {
            guard other != nil else {
                items.append(item)
                continue
            }
            if case .expression(_, let alias?) = item.kind {
                throw QueryError(.semantic, "adjust() gives the columns of FROM, so it has no alias", at: alias.span)
            }
            for column in 0..<scope.visibleCount where !scope.columns[column].isHidden {
                let value = reference(to: column, at: call.span)
                let adjusted = isAdjusted ? self.adjusted(value, scope.columns[column]) : value
                let name = scope.columns[column].name
                items.append(Self.item(adjusted, name, declared: scope.columns[column].declared, at: call.span))
            }
        }
        return items
    }

    /// A column after the actions: `Volume` grows as prices fall, which are rounded to MarketStore's four decimals.
    private func adjusted(_ value: Expression, _ column: Scope.Column) -> Expression {
        let span = value.span
        let name = Identifier("adjust rate", span: span, isQuoted: true)
        let rate = Expression(.column(ColumnReference(name)), span: span)
        let isVolume = column.name.lowercased() == "volume"
        let changed: Expression
        switch (column.type, isVolume) {
        case (.float64, false):
            let decimals = Expression(.literal(.integer(4)), span: span)
            let quotient = Expression(.binary(.divide, value, rate), span: span)
            changed = Self.call("round", [quotient, decimals], at: span)
        case (.float64, true): changed = Expression(.binary(.multiply, value, rate), span: span)
        case (.int64, true):
            let product = Expression(.binary(.multiply, Self.double(value), rate), span: span)
            let whole = Self.call("trunc", [product], at: span)
            changed = Expression(.cast(whole, Identifier("long", span: span)), span: span)
        default: return value
        }
        return Self.call("coalesce", [changed, value], at: span)
    }
}

extension Binder {
    /// Binds the query of the rates.
    fileprivate func rates(_ text: String) throws(QueryError) -> BoundSelect {
        var inner = self
        inner.dialect = .tickgate
        return try inner.bind(try Parser.query(text))
    }
}
