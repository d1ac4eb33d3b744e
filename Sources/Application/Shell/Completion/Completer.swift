/// Finds what can be meant by what was typed so far.
struct Completer {
    let catalog: CompletionCatalog
    /// The names in a directory, those of directories with a slash behind; nil if it cannot be read.
    let files: (String) -> [String]?

    /// Completes the text before the cursor; `after` is what stands behind it.
    func complete(_ before: String, after: String = "") -> Completion {
        let leading = before.prefix { $0.isWhitespace }.count
        if before.dropFirst(leading).hasPrefix("\\") { return completeCommand(before) }
        return StatementCompleter(catalog: catalog, before: before, after: after).complete()
    }

    /// What of `names` begins with what was typed, without regard to case.
    static func matching(_ names: [String], _ typed: String) -> [String] {
        let typed = typed.lowercased()
        return Set(names.filter { $0.lowercased().hasPrefix(typed) }).sorted()
    }

    // MARK: - Backslash commands

    private func completeCommand(_ text: String) -> Completion {
        let parsed = CommandWords(text)
        var words = parsed.words
        let typed: CommandWords.Word
        if let last = words.last, !parsed.endsBetweenWords {
            typed = last
            words.removeLast()
        } else {
            typed = CommandWords.Word(text: "", start: text.count)
        }
        guard let name = words.first?.text else {
            return Completion(
                start: typed.start,
                candidates: Self.matching(ShellCommandForm.all.flatMap(\.names), typed.text)
            )
        }
        guard let form = ShellCommandForm.named(name) else { return .none }
        if case .statement? = form.arguments.last, words.count >= form.arguments.count {
            // Seconds may stand before the statement of \watch.
            let statement = words.dropFirst(form.arguments.count).drop { Double($0.text) != nil }
            return completeStatement(text, from: statement.first?.start, typed)
        }
        let place = words.count - 1
        guard place < form.arguments.count else {
            return Completion(start: typed.start, candidates: flags(form, typed))
        }
        return complete(form.arguments[place], form, typed)
    }

    private func complete(
        _ argument: ShellCommandForm.Argument,
        _ form: ShellCommandForm,
        _ typed: CommandWords.Word
    ) -> Completion {
        switch argument {
        case .bucket: return Completion(start: typed.start, candidates: Self.matching(catalog.buckets, typed.text))
        case .table:
            let names = catalog.tables + catalog.buckets
            return Completion(start: typed.start, candidates: Self.matching(names, typed.text))
        case .flag: return Completion(start: typed.start, candidates: Self.matching(["on", "off"], typed.text))
        case .words(let words): return Completion(start: typed.start, candidates: Self.matching(words, typed.text))
        case .command:
            let names = ShellCommandForm.all.map(\.names[0])
            let wanted = typed.text.hasPrefix("\\") ? typed.text : "\\" + typed.text
            return Completion(start: typed.start, candidates: Self.matching(names, wanted))
        case .file: return completeFile(typed)
        case .anything, .statement: return Completion(start: typed.start, candidates: flags(form, typed))
        }
    }

    /// Words of later arguments, which may stand for those before them: `csv` in the place of a date.
    private func flags(_ form: ShellCommandForm, _ typed: CommandWords.Word) -> [String] {
        guard form.kind == .show, case .words(let words)? = form.arguments.last else { return [] }
        return Self.matching(words, typed.text)
    }

    private func completeStatement(_ text: String, from start: Int?, _ typed: CommandWords.Word) -> Completion {
        let start = start ?? typed.start
        let statement = String(text.dropFirst(start))
        var completion = StatementCompleter(catalog: catalog, before: statement, after: "").complete()
        completion.start += start
        return completion
    }

    private func completeFile(_ typed: CommandWords.Word) -> Completion {
        let path = typed.text
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        guard let names = files(directory) else { return .none }
        let name = String(path.dropFirst(directory.count))
        // Hidden files show when they are asked for.
        let shown = names.filter { name.hasPrefix(".") || !$0.hasPrefix(".") }
        let candidates = shown.filter { $0.hasPrefix(name) }.sorted().map { Self.quoted(directory + $0, typed.quote) }
        return Completion(start: typed.start, candidates: candidates)
    }

    /// A path with a space stands in quotes, which stay open after a directory.
    private static func quoted(_ path: String, _ quote: Character?) -> String {
        guard quote != nil || path.contains(" ") else { return path }
        let mark = String(quote ?? (path.contains("'") ? "\"" : "'"))
        return mark + path + (path.hasSuffix("/") ? "" : mark)
    }
}
