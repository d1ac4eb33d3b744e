import Columnar

extension ExpressionBinder {
    /// How many columns of the scope have names here.
    private var namedCount: Int {
        if case .aggregate = place { scope.columns.count } else { scope.visibleCount }
    }

    /// The column, or the column of the answer, that a reference means here.
    mutating func column(_ reference: ColumnReference) throws(QueryError) -> BoundExpression {
        guard reference.qualifier == nil else { return column(try index(of: reference), at: reference.span) }
        let name = reference.name
        let wanted = name.name.lowercased()
        if let value = try aliasedValue(name) { return value }
        let output = place.seesOutputs ? outputs.first { $0.name.lowercased() == wanted } : nil
        guard let output else { return column(try index(of: reference), at: reference.span) }
        if case .column(let index) = scope.meaning(of: name.name, among: namedCount),
            groupedColumns?.contains(index) ?? true
        {
            return column(index, at: reference.span)
        }
        return output.expression
    }

    /// Within a window, and for QuestDB in all of the select list, what has this alias in the select list, if no column is called so.
    private mutating func aliasedValue(_ name: Identifier) throws(QueryError) -> BoundExpression? {
        let isSeen = if case .window = place { true } else { dialect == .questdb && place == .selectList }
        guard isSeen, scope.meaning(of: name.name, among: scope.columns.count) == .nothing,
            let expression = aliased.removeValue(forKey: name.name.lowercased())
        else { return nil }
        // While it is bound, the alias means nothing: it cannot be made of itself.
        defer { aliased[name.name.lowercased()] = expression }
        return try bind(expression, in: place)
    }

    private mutating func column(_ index: Int, at span: SourceSpan) -> BoundExpression {
        note(index, at: span)
        return .column(index, scope.columns[index].type)
    }

    /// The column of the source that a reference means.
    func index(of reference: ColumnReference) throws(QueryError) -> Int {
        let name = reference.name
        if let qualifier = reference.qualifier {
            guard let relation = scope.relation(named: qualifier.name) else {
                throw correlated(name, of: qualifier) ?? unknownSource(qualifier)
            }
            guard let index = scope.column(named: name.name, of: relation) else {
                let shown = "\(qualifier.name).\(name.name)"
                throw unknownColumn(name, of: relation).inQuestDB("Invalid column: \(shown)", at: qualifier.span.start)
            }
            guard index < namedCount else { throw rightOfWindowJoin(name) }
            return index
        }
        switch scope.meaning(of: name.name, among: namedCount) {
        case .column(let index): return index
        case .ambiguous(let indices): throw ambiguous(name, indices)
        case .nothing:
            guard scope.meaning(of: name.name, among: scope.columns.count) == .nothing else {
                throw rightOfWindowJoin(name)
            }
            throw correlated(name) ?? unknownColumn(name).inQuestDB("Invalid column: \(name.name)")
        }
    }

    // MARK: Errors

    private func unknownColumn(_ name: Identifier) -> QueryError {
        let columns = scope.columns.filter { !$0.isHidden }.map(\.name)
        let shown = QueryDiagnostic.shortened(name.name)
        let hint: String?
        if place == .values {
            hint = "VALUES has no columns; text stands in 'single quotes'"
        } else if aliases.contains(where: { $0.lowercased() == name.name.lowercased() }) {
            hint = "'\(shown)' is an alias of the select list, which \(place.name) does not see"
        } else if scope.isNothing {
            hint = "there is no FROM"
        } else if let near = NearestName.find(name.name, among: columns + outputs.map(\.name)) {
            hint = "did you mean '\(QueryDiagnostic.shortened(near))'?"
        } else if name.isQuoted {
            hint = "names stand in \"double quotes\", text in 'single quotes'"
        } else {
            hint = scope.relations.count == 1 ? listing(scope.relations[0]) : nil
        }
        return QueryError(.unknownColumn, "unknown column '\(shown)'", at: name.span, expected: columns, hint: hint)
    }

    private func unknownColumn(_ name: Identifier, of relation: Scope.Relation) -> QueryError {
        let columns = relation.columns.map { scope.columns[$0] }.filter { !$0.isHidden }.map(\.name)
        let near = NearestName.find(name.name, among: columns)
        return QueryError(
            .unknownColumn,
            "\(relation.shownName) has no column '\(QueryDiagnostic.shortened(name.name))'",
            at: name.span,
            expected: columns,
            hint: near.map { "did you mean '\(QueryDiagnostic.shortened($0))'?" } ?? listing(relation)
        )
    }

    /// How to see the columns of a source.
    private func listing(_ relation: Scope.Relation) -> String? {
        guard let table = relation.table else {
            let names = relation.columns.prefix(20).map { scope.text(of: $0) }.joined(separator: ", ")
            return "the columns of \(relation.shownName) are \(names)\(relation.columns.count > 20 ? ", …" : "")"
        }
        let name = Identifier(table.name, span: SourceSpan(start: 0, end: 0)).text
        return "SHOW COLUMNS FROM \(name) lists the columns"
    }

    /// The error for a qualifier that nothing in FROM has.
    func unknownSource(_ qualifier: Identifier) -> QueryError {
        let names = scope.relations.compactMap(\.name)
        let wanted = qualifier.name.lowercased()
        let renamed = scope.relations.first { $0.table?.name.lowercased() == wanted }
        let hint: String =
            if let name = renamed?.name {
                "it is called '\(QueryDiagnostic.shortened(name))' here"
            } else if let near = NearestName.find(qualifier.name, among: names) {
                "did you mean '\(QueryDiagnostic.shortened(near))'?"
            } else if names.isEmpty {
                "give the sub-query an alias to qualify its columns by"
            } else {
                "FROM has " + names.map(QueryDiagnostic.shortened).joined(separator: ", ")
            }
        let message = "nothing in FROM is called '\(QueryDiagnostic.shortened(qualifier.name))'"
        return QueryError(.unknownTable, message, at: qualifier.span, expected: names, hint: hint)
            .inQuestDB("Invalid table name or alias")
    }

    private func ambiguous(_ name: Identifier, _ indices: [Int]) -> QueryError {
        let sources = indices.map { scope.relation(of: $0)?.shownName ?? "a sub-query" }
        let texts = indices.map(scope.text)
        let isQualified = sources.allSatisfy { $0.hasPrefix("'") }
        return QueryError(
            .semantic,
            "the column '\(QueryDiagnostic.shortened(name.name))' is ambiguous: it is in "
                + sources.joined(separator: " and in "),
            at: name.span,
            expected: texts,
            hint: isQualified
                ? "write " + texts.joined(separator: " or ") : "give the sub-query an alias to qualify its columns by"
        ).inQuestDB("Ambiguous column [name=\(name.name)]")
    }

    private func rightOfWindowJoin(_ name: Identifier) -> QueryError {
        let shown = QueryDiagnostic.shortened(name.name)
        return QueryError(
            .semantic,
            "'\(shown)' is of the right side of a WINDOW JOIN, of which only aggregates can be had",
            at: name.span,
            hint: "for example last(\(shown))"
        )
    }
}
