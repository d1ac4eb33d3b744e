import Columnar

extension SelectBinder {
    /// Whether answers are groups. Known once the select list is bound.
    var isGrouped: Bool {
        select.sampleBy != nil || !select.groupBy.isEmpty || !binder.aggregates.isEmpty
    }

    /// Refuses clauses that do not go together.
    func checkShape() throws(QueryError) {
        try checkHaving()
        guard isGrouped else { return }
        if let latest = select.latest {
            throw QueryError(
                .semantic,
                "LATEST cannot stand with aggregates, SAMPLE BY or GROUP BY",
                at: latest.span,
                hint: "last(\(exampleColumn)) with GROUP BY gives the last value of each group"
            )
        }
        let isStar: (SelectItem) -> Bool = { if case .all = $0.kind { true } else { false } }
        if let star = select.items.first(where: isStar) {
            let clause = select.sampleBy != nil ? "SAMPLE BY" : !select.groupBy.isEmpty ? "GROUP BY" : "aggregates"
            throw QueryError(
                .semantic,
                "* cannot stand with \(clause)",
                at: star.span,
                hint: "name the columns to group by and aggregate the others, for example last(\(exampleColumn))"
            ).inQuestDB("wildcard column select is not allowed in sample-by queries")
        }
        if let span = select.sampleBy?.span ?? select.groupBy.first?.span, scope.windowedFrom != nil {
            throw QueryError(
                .semantic,
                "SAMPLE BY and GROUP BY cannot stand with a WINDOW JOIN",
                at: span,
                hint: "an outer SELECT can group the rows of the join"
            )
        }
        if let sampleBy = select.sampleBy { try check(sampleBy) }
    }

    private func check(_ sampleBy: SampleClause) throws(QueryError) {
        guard scope.timeColumn != nil else {
            throw withoutTime("SAMPLE BY", at: sampleBy.span)
                .inQuestDB("base query does not provide designated TIMESTAMP column")
        }
        guard !binder.aggregates.isEmpty else {
            throw QueryError(
                .semantic,
                "SAMPLE BY needs an aggregate in the select list",
                at: sampleBy.span,
                hint: "for example last(\(exampleColumn)) or count()"
            ).inQuestDB(
                "at least one aggregation function must be present in 'select' clause",
                at: sampleBy.intervalStart
            )
        }
    }

    private func checkHaving() throws(QueryError) {
        guard let having = select.having, !isGrouped else { return }
        throw QueryError(
            .semantic,
            "HAVING needs GROUP BY, SAMPLE BY or an aggregate in the select list",
            at: having.span,
            hint: "WHERE asks rows"
        )
    }

    /// A column that can be aggregated, for hints.
    var exampleColumn: String {
        let columns = scope.columns.indices.prefix(scope.visibleCount).filter { !scope.columns[$0].isHidden }
        let index = columns.first { scope.columns[$0].type == .float64 } ?? scope.timeColumn ?? columns.first
        return index.map { scope.text(of: $0) } ?? "x"
    }

    private func withoutTime(_ clause: String, at span: SourceSpan) -> QueryError {
        QueryError(
            .semantic,
            "\(clause) needs a designated timestamp, and FROM gives none",
            at: span,
            hint: "a sub-query has one if it selects that of its source as it is"
        )
    }

    // MARK: LATEST

    /// The columns of LATEST; nil without it.
    func latestKeys() throws(QueryError) -> [Int]? {
        guard let latest = select.latest else { return nil }
        guard let time = scope.timeColumn else { throw withoutTime("LATEST", at: latest.span) }
        if let reference = latest.time {
            guard try binder.index(of: reference) == time else {
                let name = scope.text(of: time)
                throw QueryError(
                    .semantic,
                    "LATEST ON takes the designated timestamp, '\(name)'",
                    at: reference.span
                )
            }
        }
        var keys = UniqueList<Int>()
        for key in latest.keys { _ = keys.index(of: try binder.index(of: key)) }
        return keys.elements
    }

    // MARK: Grouping

    /// Finds the keys, and turns the select list into expressions over groups.
    mutating func group() throws(QueryError) {
        if select.groupBy.isEmpty {
            for output in outputs { groups.addImplied(output.expression) }
        } else {
            for term in select.groupBy {
                let key = try groupKey(term)
                guard !key.isConstant else {
                    throw QueryError(.semantic, "GROUP BY a constant groups nothing", at: term.span)
                }
                groups.add(key: key)
            }
        }
        for index in outputs.indices {
            outputs[index].expression = try grouped(outputs[index].expression, outputs[index].origin)
        }
    }

    private mutating func groupKey(_ term: Expression) throws(QueryError) -> BoundExpression {
        if case .literal(.integer(let number)) = term.kind {
            let output = outputs[try ordinal(number, count: outputs.count, term.span)]
            if output.expression.contains(where: \.isAggregate) {
                throw QueryError(.semantic, "an aggregate cannot stand in GROUP BY", at: term.span)
            }
            if output.expression.contains(where: \.isWindow) {
                throw QueryError(.semantic, "a call over a window cannot stand in GROUP BY", at: term.span)
            }
            return output.expression
        }
        if case .column(let column) = term.kind, column.qualifier == nil {
            let wanted = column.name.name.lowercased()
            switch scope.meaning(of: wanted, among: scope.visibleCount) {
            case .column: break
            case .ambiguous:
                let isWanted: (Output) -> Bool = { $0.name.lowercased() == wanted && $0.expression.columnIndex != nil }
                if let output = outputs.first(where: isWanted) { return output.expression }
            case .nothing:
                for case .expression(let item, let alias?) in select.items.map(\.kind)
                where alias.name.lowercased() == wanted {
                    return try binder.bind(item, in: .groupBy)
                }
            }
        }
        return try binder.bind(term, in: .groupBy)
    }

    /// An expression over rows as one over groups.
    func grouped(_ expression: BoundExpression, _ origin: Origin) throws(QueryError) -> BoundExpression {
        let isExplicit = !select.groupBy.isEmpty
        return try groups.rewrite(expression) { column in
            let name = scope.text(of: column)
            return QueryError(
                .semantic,
                "the column '\(name)' is neither aggregated nor grouped by",
                at: origin.span(of: column),
                hint: isExplicit
                    ? "add it to GROUP BY, or take last(\(name))"
                    : "select it as a column of its own, or take last(\(name))"
            ).inQuestDB("column must appear in GROUP BY clause or aggregate function")
        }
    }

    /// The place of a column of the answer by its number.
    func ordinal(_ number: UInt64, count: Int, _ span: SourceSpan) throws(QueryError) -> Int {
        guard let index = Int(exactly: number), index >= 1, index <= count else {
            throw QueryError(.semantic, "there is no column \(number) in the answer: it has \(count)", at: span)
                .inQuestDB("order column position is out of range [max=\(count)]")
        }
        return index - 1
    }
}
