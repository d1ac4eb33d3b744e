/// Completes a statement of the query language: names of tables after FROM, columns of the tables that the statement names,
/// functions, keywords, symbols within quotes.
struct StatementCompleter {
    private let catalog: CompletionCatalog
    private let before: CompletionTokens
    private let all: CompletionTokens
    private let length: Int
    /// What stands behind the cursor.
    private let after: String

    init(catalog: CompletionCatalog, before: String, after: String) {
        self.catalog = catalog
        self.before = CompletionTokens(before)
        self.all = CompletionTokens(before + after)
        self.length = before.count
        self.after = after
    }

    func complete() -> Completion {
        guard !before.endsInComment else { return .none }
        guard let last = before.tokens.last, last.isOpen || last.end == length else {
            return candidates("", start: length, previous: before.tokens[...])
        }
        let previous = before.tokens.dropLast()
        switch last.kind {
        case .string:
            guard last.isOpen else { return .none }
            return Completion(
                start: last.start,
                candidates: Completer.matching(catalog.symbols, last.text)
                    .map { Self.unclosed(Self.quoted($0, by: "'"), before: after) }
            )
        case .name(let quote):
            guard last.isOpen else { return .none }
            let names = Self.expectsTable(previous) ? catalog.tables + catalog.buckets : columnNames
            return Completion(
                start: last.start,
                candidates: Completer.matching(names, last.text)
                    .map { Self.unclosed(Self.quoted($0, by: quote), before: after) }
            )
        case .word: return candidates(last.text, start: last.start, previous: previous)
        case .symbol: return candidates("", start: length, previous: before.tokens[...])
        }
    }

    // MARK: - What can stand at the place

    private func candidates(
        _ typed: String,
        start: Int,
        previous: ArraySlice<CompletionTokens.Token>
    ) -> Completion {
        if Self.expectsTable(previous) {
            let names = Completer.matching(catalog.tables + catalog.buckets, typed).map(Self.asName)
            return Completion(start: start, candidates: names)
        }
        if previous.last?.kind == .symbol("."), let owner = previous.dropLast().last?.name {
            return Completion(start: start, candidates: Completer.matching(columns(of: owner), typed).map(Self.asName))
        }
        if previous.isEmpty || previous.last?.kind == .symbol(";") {
            return Completion(start: start, candidates: Self.cased(StatementWords.beginnings, typed))
        }
        if let words = StatementWords.following(previous.last?.name) {
            return Completion(start: start, candidates: Self.cased(words, typed))
        }
        var candidates = Completer.matching(columnNames, typed).map(Self.asName)
        // Without a letter the columns are an answer; functions and keywords would only hide them.
        if !typed.isEmpty || candidates.isEmpty {
            candidates += Completer.matching(catalog.functions, typed).map { $0 + "(" }
            candidates += Self.cased(StatementWords.keywords, typed)
        }
        var seen: Set<String> = []
        return Completion(start: start, candidates: candidates.filter { seen.insert($0.lowercased()).inserted })
    }

    /// Whether a table is named next.
    private static func expectsTable(_ previous: ArraySlice<CompletionTokens.Token>) -> Bool {
        guard let last = previous.last, last.kind == .word else { return false }
        return StatementWords.beforeTable.contains(last.text.uppercased())
    }

    /// Columns of all tables that the statement names, before and behind the cursor; while it names none, of all.
    private var columnNames: [String] {
        let sources = self.sources
        guard !sources.isEmpty else {
            return catalog.columns.filter { !$0.key.hasPrefix("system.") }.flatMap(\.value)
        }
        var names: [String] = []
        for (table, alias) in sources {
            names += catalog.columns[table.lowercased()] ?? []
            if let alias { names.append(alias) }
        }
        return names
    }

    private func columns(of owner: String) -> [String] {
        for (table, alias) in sources
        where alias?.lowercased() == owner.lowercased() || table.lowercased() == owner.lowercased() {
            return catalog.columns[table.lowercased()] ?? []
        }
        return owner.lowercased() == "system"
            ? catalog.tables.filter { $0.hasPrefix("system.") }.map { String($0.dropFirst("system.".count)) } : []
    }

    /// The tables behind FROM and JOIN, with their aliases.
    private var sources: [(table: String, alias: String?)] {
        var sources: [(String, String?)] = []
        let tokens = all.tokens
        for (index, token) in tokens.enumerated() {
            guard token.kind == .word, StatementWords.beforeTable.contains(token.text.uppercased()),
                index + 1 < tokens.count, let table = tokens[index + 1].name
            else { continue }
            var next = index + 2
            var name = table
            // system.tables is one name.
            if next + 1 < tokens.count, tokens[next].kind == .symbol("."), let member = tokens[next + 1].name {
                name += "." + member
                next += 2
            }
            if next < tokens.count, tokens[next].kind == .word, tokens[next].text.uppercased() == "AS" { next += 1 }
            var alias: String?
            // What is typed just now is no alias, or it would complete itself.
            if next < tokens.count, tokens[next].end != length, let word = tokens[next].name,
                !StatementWords.isKeyword(word)
            {
                alias = word
            }
            sources.append((name, alias))
        }
        return sources
    }

    // MARK: - Spelling

    /// Keywords in the case in which they are typed.
    private static func cased(_ words: [String], _ typed: String) -> [String] {
        let isLower = typed.contains(where: \.isLowercase)
        return Completer.matching(words, typed).map { isLower ? $0.lowercased() : $0 }
    }

    /// The name as it stands in a statement: bare if it can be, with backquotes if it is a bucket.
    static func asName(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isBare = parts.allSatisfy { part in
            guard let first = part.unicodeScalars.first, first.properties.isAlphabetic || first == "_" else {
                return false
            }
            return part.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "@"
            }
        }
        if isBare, !StatementWords.reserved.contains(name.uppercased()) { return name }
        return quoted(name, by: name.contains("/") ? "`" : "\"")
    }

    /// Without its last quote if that stands behind the cursor already.
    private static func unclosed(_ text: String, before after: String) -> String {
        after.first == text.last ? String(text.dropLast()) : text
    }

    private static func quoted(_ name: String, by quote: Character) -> String {
        "\(quote)\(name.replacing(String(quote), with: "\(quote)\(quote)"))\(quote)"
    }
}
