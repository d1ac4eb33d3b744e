extension Printer {
    mutating func append(_ select: SelectStatement) {
        text += select.isDistinct ? "SELECT DISTINCT " : "SELECT "
        list(select.items) { $0.append($1) }
        text += " FROM "
        append(select.source)
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
        clause(" ORDER BY ", select.orderBy) { $0.append($1) }
        if let limit = select.limit { append(limit.range) }
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
        }
        if let alias = source.alias {
            text += " AS "
            append(alias)
        }
    }

    private mutating func append(_ join: JoinClause) {
        let (words, tolerance): (String, Interval?) =
            switch join.kind {
            case .inner: ("JOIN", nil)
            case .left: ("LEFT JOIN", nil)
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
        if !sample.fills.isEmpty {
            text += " FILL("
            list(sample.fills) { $0.append($1) }
            text += ")"
        }
        if sample.alignment == .firstObservation { text += " ALIGN TO FIRST OBSERVATION" }
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
