extension Statement {
    /// Its canonical text: one line, keywords in capitals, no parentheses but needed ones. Parsing it gives an equal
    /// statement, unless spaces have made it longer than ``QueryLimits/textBytesMax``.
    public var text: String {
        var printer = Printer()
        switch kind {
        case .select(let select): printer.append(select)
        case .explain(let select, let isAnalyze):
            printer.text = isAnalyze ? "EXPLAIN ANALYZE " : "EXPLAIN "
            printer.append(select)
        case .showTables: printer.text = "SHOW TABLES"
        case .showColumns(let table):
            printer.text = "SHOW COLUMNS FROM "
            printer.append(table)
        case .show(let show): printer.append(show)
        case .createTable(let create): printer.append(create)
        case .createView(let create): printer.append(create)
        case .createMaterializedView(let create): printer.append(create)
        case .refresh(let refresh): printer.append(refresh)
        case .alterTable(let alter): printer.append(alter)
        case .drop(let drop):
            printer.text = "DROP \(drop.object.rawValue) \(drop.isOptional ? "IF EXISTS " : "")"
            printer.append(drop.name)
        case .truncate(let table):
            printer.text = "TRUNCATE TABLE "
            printer.append(table)
        case .insert(let insert): printer.append(insert)
        case .delete(let delete): printer.append(delete)
        case .featureView(let statement): printer.append(statement)
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

extension ColumnReference {
    /// The name with its qualifier, in quotes where they are needed.
    public var text: String {
        var printer = Printer()
        printer.append(self)
        return printer.text
    }
}

/// Writes nodes as text.
struct Printer {
    var text = ""

    // MARK: Names

    mutating func append(_ name: Identifier) {
        guard !isBare(name.name) else { return text += name.name }
        text += quoted(name.name, by: "\"")
    }

    mutating func append(_ column: ColumnReference) {
        if let qualifier = column.qualifier {
            append(qualifier)
            text += "."
        }
        append(column.name)
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
    func quoted(_ content: String, by quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in content.unicodeScalars {
            if scalar == quote { result.append(quote) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }

    // MARK: Lists

    mutating func list<Element>(_ elements: [Element], _ body: (inout Printer, Element) -> Void) {
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            body(&self, element)
        }
    }

    /// A clause with a list; nothing if the list is empty.
    mutating func clause<Element>(_ words: String, _ elements: [Element], _ body: (inout Printer, Element) -> Void) {
        guard !elements.isEmpty else { return }
        text += words
        list(elements, body)
    }

    mutating func append(_ item: OrderItem) {
        append(item.expression)
        if item.isDescending { text += " DESC" }
        if let nulls = item.nulls { text += " NULLS \(nulls.rawValue)" }
    }
}
