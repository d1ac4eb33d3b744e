/// What was entered before, oldest first: bounded, and each text once.
struct History: Equatable {
    /// Entries that are kept; older ones go.
    static let entriesMax = 1_000
    /// A longer text is not kept: nobody looks for it here.
    static let entryBytesMax = 64 << 10

    private(set) var entries: [String] = []

    /// Takes a text as the latest; one that is there moves. Texts that begin with a space are not kept.
    mutating func add(_ text: String) {
        guard let first = text.first, !first.isWhitespace, text.utf8.count <= Self.entryBytesMax else { return }
        entries.removeAll { $0 == text }
        entries.append(text)
        if entries.count > Self.entriesMax { entries.removeFirst(entries.count - Self.entriesMax) }
    }

    /// The latest entry before `place` that has the text; places count from 0.
    func search(_ text: String, before place: Int) -> Int? {
        guard !text.isEmpty else { return nil }
        let wanted = text.lowercased()
        return entries[..<min(max(place, 0), entries.count)].lastIndex { $0.lowercased().contains(wanted) }
    }

    // MARK: - The file

    /// An entry a line; `\n` is a line break within one, `\\` a backslash.
    init(file text: String) {
        for line in text.split(whereSeparator: \.isNewline) { add(Self.unescaped(line)) }
    }

    init() {}

    /// The text of the file.
    var file: String { entries.map { Self.escaped($0) + "\n" }.joined() }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\r\n", with: "\\n").replacing("\n", with: "\\n")
    }

    private static func unescaped(_ line: Substring) -> String {
        var text = ""
        var isEscaped = false
        for character in line {
            if isEscaped {
                text.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                text.append(character)
            }
        }
        return text
    }
}
