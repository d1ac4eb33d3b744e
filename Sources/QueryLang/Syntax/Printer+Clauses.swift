extension Printer {
    mutating func append(_ select: SelectStatement) {
        clause("WITH ", select.with) { $0.append($1) }
        if !select.with.isEmpty { text += " " }
        if let body = select.body {
            append(bare: body)
        } else {
            appendClauses(of: select)
        }
        clause(" ORDER BY ", select.orderBy) { $0.append($1) }
        if let limit = select.limit { append(limit.range) }
    }

    private mutating func append(_ table: CommonTable) {
        append(table.name)
        append(columns: table.columns)
        text += " AS ("
        append(table.query)
        text += ")"
    }

    /// `(a, b)` with a space before it; nothing of none.
    private mutating func append(columns: [Identifier]) {
        guard !columns.isEmpty else { return }
        text += " ("
        list(columns) { $0.append($1) }
        text += ")"
    }

    /// A set operation or VALUES.
    private mutating func append(bare kind: SourceClause.Kind) {
        switch kind {
        case .set(let set):
            append(set.left, isOf: set, isRight: false)
            text += " \(set.name) "
            append(set.right, isOf: set, isRight: true)
        case .values(let rows):
            text += "VALUES "
            list(rows) { printer, row in
                printer.text += "("
                printer.list(row) { $0.append($1) }
                printer.text += ")"
            }
        case .table, .query, .function, .nothing: break
        }
    }

    /// One side of a set operation, in parentheses if it needs them.
    private mutating func append(_ select: SelectStatement, isOf set: SetClause, isRight: Bool) {
        var isWhole = select.with.isEmpty && !select.hasTail
        if let inner = select.setClause {
            let isTighter = inner.operation.bindsTighter && !set.operation.bindsTighter
            let isLevel = inner.operation.bindsTighter == set.operation.bindsTighter
            isWhole = isWhole && (isTighter || isLevel && !isRight)
        }
        if !isWhole { text += "(" }
        append(select)
        if !isWhole { text += ")" }
    }

    /// SELECT with its clauses up to HAVING.
    private mutating func appendClauses(of select: SelectStatement) {
        text += select.isDistinct ? "SELECT DISTINCT " : "SELECT "
        list(select.items) { $0.append($1) }
        if select.source.kind != .nothing {
            text += " FROM "
            append(select.source)
        }
        for join in select.joins { append(join) }
        if let filter = select.filter {
            text += " WHERE "
            append(filter)
        }
        if let sampleBy = select.sampleBy { append(sampleBy) }
        clause(" GROUP BY ", select.groupBy) { $0.append($1) }
        if let latest = select.latest { append(latest) }
        if let having = select.having {
            text += " HAVING "
            append(having)
        }
        clause(" WINDOW ", select.windows) { $0.append($1) }
    }

    private mutating func append(_ item: SelectItem) {
        switch item.kind {
        case .all(let qualifier):
            if let qualifier {
                append(qualifier)
                text += "."
            }
            text += "*"
        case .expression(let expression, let alias):
            append(expression)
            if let alias {
                text += " AS "
                append(alias)
            }
        }
    }

    private mutating func append(_ source: SourceClause) {
        switch source.kind {
        case .table(let name): append(name)
        case .query(let select):
            text += "("
            append(select)
            text += ")"
        case .set, .values:
            text += "("
            append(bare: source.kind)
            text += ")"
        case .function(let call): append(call)
        case .nothing: break
        }
        if let timestamp = source.timestamp {
            text += " TIMESTAMP ("
            append(timestamp)
            text += ")"
        }
        if let alias = source.alias {
            text += " AS "
            append(alias)
            append(columns: source.columns)
        }
    }

    private mutating func append(_ join: JoinClause) {
        let (words, tolerance): (String, Interval?) =
            switch join.kind {
            case .inner: ("JOIN", nil)
            case .left: ("LEFT JOIN", nil)
            case .right: ("RIGHT JOIN", nil)
            case .full: ("FULL JOIN", nil)
            case .splice: ("SPLICE JOIN", nil)
            case .cross: ("CROSS JOIN", nil)
            case .asof(let tolerance): ("ASOF JOIN", tolerance)
            case .lt(let tolerance): ("LT JOIN", tolerance)
            case .window: ("WINDOW JOIN", nil)
            }
        text += " \(words) "
        append(join.source)
        switch join.constraint {
        case .columns(let names):
            text += " ON ("
            list(names) { $0.append($1) }
            text += ")"
        case .condition(let condition):
            text += " ON "
            append(condition)
        case nil: break
        }
        if let tolerance { text += " TOLERANCE \(tolerance.text)" }
        if case .window(let range, let includesPrevailing) = join.kind {
            text += " "
            append(range)
            text += includesPrevailing ? " INCLUDE PREVAILING" : " EXCLUDE PREVAILING"
        }
    }

    private mutating func append(_ sample: SampleClause) {
        text += " SAMPLE BY \(sample.interval.text)"
        if let from = sample.from {
            text += " FROM "
            append(from, atLeast: .sum)
        }
        if let to = sample.to {
            text += " TO "
            append(to, atLeast: .sum)
        }
        if !sample.fills.isEmpty {
            text += " FILL("
            list(sample.fills) { $0.append($1) }
            text += ")"
        }
        if sample.alignment == .firstObservation { text += " ALIGN TO FIRST OBSERVATION" }
        guard sample.timeZone != nil || sample.offset != nil else { return }
        text += " ALIGN TO CALENDAR"
        if let zone = sample.timeZone { text += " TIME ZONE \(quoted(zone.text, by: "'"))" }
        if let offset = sample.offset { text += " WITH OFFSET \(quoted(offset.text, by: "'"))" }
    }

    private mutating func append(_ fill: SampleClause.Fill) {
        switch fill.kind {
        case .none: text += "NONE"
        case .null: text += "NULL"
        case .previous: text += "PREV"
        case .linear: text += "LINEAR"
        case .constant(let value): append(value)
        }
    }

    private mutating func append(_ latest: LatestClause) {
        text += " LATEST "
        if let time = latest.time {
            text += "ON "
            append(time)
            text += " PARTITION "
        }
        text += "BY "
        list(latest.keys) { $0.append($1) }
    }

    private mutating func append(_ range: RowRange) {
        switch (range.lower, range.upper) {
        case (0, let upper?) where upper >= 0: text += " LIMIT \(upper)"
        case (let lower, let upper?): text += " LIMIT \(lower), \(upper)"
        case (let lower, nil): text += lower < 0 ? " LIMIT \(lower)" : " LIMIT \(lower), \(Int.max)"
        }
    }
}
