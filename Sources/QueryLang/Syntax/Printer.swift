extension Statement {
    /// Its canonical text: one line, keywords in capitals, no parentheses but needed ones. Parsing it gives an equal
    /// statement, unless spaces have made it longer than ``QueryLimits/textBytesMax``.
    public var text: String {
        var printer = Printer()
        switch kind {
        case .select(let select): printer.append(select)
        case .showTables: printer.text = "SHOW TABLES"
        case .showColumns(let table):
            printer.text = "SHOW COLUMNS FROM "
            printer.append(table)
        }
        return printer.text
    }
}

extension Expression {
    /// Its canonical text.
    public var text: String {
        var printer = Printer()
        printer.append(self)
        return printer.text
    }
}

extension Identifier {
    /// The name, in quotes if it needs them.
    public var text: String {
        var printer = Printer()
        printer.append(self)
        return printer.text
    }
}

/// Writes nodes as text.
private struct Printer {
    var text = ""

    // MARK: Clauses

    mutating func append(_ select: SelectStatement) {
        text += "SELECT "
        list(select.items) { $0.append($1) }
        text += " FROM "
        append(select.table)
        if let filter = select.filter {
            text += " WHERE "
            append(filter)
        }
        if let sampleBy = select.sampleBy { text += " SAMPLE BY \(sampleBy.interval.text)" }
        if !select.groupBy.isEmpty {
            text += " GROUP BY "
            list(select.groupBy) { $0.append($1) }
        }
        if let latest = select.latest { append(latest) }
        if !select.orderBy.isEmpty {
            text += " ORDER BY "
            list(select.orderBy) {
                $0.append($1.expression)
                if $1.isDescending { $0.text += " DESC" }
            }
        }
        if let limit = select.limit { text += " LIMIT \(limit.count)" }
    }

    private mutating func append(_ item: SelectItem) {
        switch item.kind {
        case .all: text += "*"
        case .expression(let expression, let alias):
            append(expression)
            if let alias {
                text += " AS "
                append(alias)
            }
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

    private mutating func list<Element>(_ elements: [Element], _ body: (inout Printer, Element) -> Void) {
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            body(&self, element)
        }
    }

    mutating func append(_ name: Identifier) {
        guard !isBare(name.name) else { return text += name.name }
        text += quoted(name.name, by: "\"")
    }

    /// Whether the lexer reads the name as one word that is a name.
    private func isBare(_ name: String) -> Bool {
        let isWord = name.unicodeScalars.enumerated().allSatisfy { index, scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "_": true
            case "0"..."9", "@": index > 0
            default: scalar.value >= 0x80 && scalar.properties.isAlphabetic
            }
        }
        return isWord && !name.isEmpty && Keyword.isName(name)
    }

    /// The text with each quote doubled, in quotes. By scalar, since a quote may carry a combining mark.
    private func quoted(_ content: String, by quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in content.unicodeScalars {
            if scalar == quote { result.append(quote) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }

    // MARK: Expressions

    mutating func append(_ expression: Expression, atLeast minimum: Precedence = .or) {
        guard expression.precedence < minimum else { return append(expression.kind) }
        text += "("
        append(expression.kind)
        text += ")"
    }

    private mutating func append(_ kind: Expression.Kind) {
        switch kind {
        case .literal(let literal): append(literal)
        case .column(let name): append(name)
        case .unary(.not, let operand):
            text += "NOT "
            append(operand, atLeast: .not)
        case .unary(.negate, let operand):
            text += "-"
            // Two minus signs in a row would begin a comment.
            if case .unary(.negate, _) = operand.kind { text += " " }
            append(operand, atLeast: .sign)
        case .binary(let symbol, let left, let right):
            append(left, atLeast: symbol.precedence)
            text += " \(symbol.rawValue) "
            append(right, atLeast: symbol.precedence.tighter)
        case .logical(let symbol, let operands):
            for (index, operand) in operands.enumerated() {
                if index > 0 { text += " \(symbol.rawValue) " }
                append(operand, atLeast: symbol.precedence.tighter)
            }
        case .inList, .between, .isNull: appendPredicate(kind)
        case .call(let name, let arguments):
            append(name)
            text += "("
            list(arguments) { $0.append($1) }
            text += ")"
        case .callOfAll(let name):
            append(name)
            text += "(*)"
        }
    }

    private mutating func appendPredicate(_ kind: Expression.Kind) {
        switch kind {
        case .inList(let operand, let values, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " NOT IN (" : " IN ("
            list(values) { $0.append($1) }
            text += ")"
        case .between(let operand, let lower, let upper, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " NOT BETWEEN " : " BETWEEN "
            append(lower, atLeast: .sum)
            text += " AND "
            append(upper, atLeast: .sum)
        case .isNull(let operand, let isNegated):
            append(operand, atLeast: .comparison)
            text += isNegated ? " IS NOT NULL" : " IS NULL"
        default: break
        }
    }

    private mutating func append(_ literal: Literal) {
        switch literal {
        case .null: text += "NULL"
        case .boolean(let value): text += value ? "TRUE" : "FALSE"
        case .integer(let value): text += String(value)
        case .decimal(let value): text += value.description
        case .string(let value): text += quoted(value, by: "'")
        }
    }
}
