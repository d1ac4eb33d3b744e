/// Shows where in a text an error is.
public enum QueryDiagnostic {
    /// A place in a text, for people and for programs.
    public struct Position: Sendable, Hashable {
        /// UTF-8 offset of the offending character.
        public let offset: Int
        /// Line, from 1.
        public let line: Int
        /// Column in Unicode scalars, from 1.
        public let column: Int
        /// UTF-8 length of what is offending; 0 at the end of the text.
        public let length: Int
    }

    /// Scalars of a line that a snippet shows; more would wrap in a terminal, and a text may be one long line.
    public static let snippetWidth = 120
    /// Scalars of a word that a message quotes.
    private static let wordLengthMax = 40

    /// Where a span begins; a span outside the text is moved into it.
    public static func position(of span: SourceSpan, in text: String) -> Position {
        Locator(text).position(of: span)
    }

    /// The line of the text and a line of carets under the offending part of it; nil if the error has no place.
    public static func snippet(_ error: QueryError, in text: String) -> String? {
        error.span.map { Locator(text).snippet(of: $0) }
    }

    /// The error for people, to be shown in a fixed-width font.
    ///
    ///     SELECT prize FROM trades
    ///            ^^^^^ unknown column 'prize'; did you mean 'price'?
    ///
    /// In a text of several lines a line `line 2, column 8:` comes first. Further errors follow, each in the same way.
    public static func render(_ error: QueryError, in text: String) -> String {
        error.all.map { renderAlone($0, in: text) }.joined(separator: "\n")
    }

    private static func renderAlone(_ error: QueryError, in text: String) -> String {
        guard let span = error.span else { return sentence(error) }
        let locator = Locator(text)
        let snippet = locator.snippet(of: span) + " " + sentence(error)
        guard locator.hasManyLines else { return snippet }
        let position = locator.position(of: span)
        return "line \(position.line), column \(position.column):\n" + snippet
    }

    /// Message, what was expected, and hint in one line.
    public static func sentence(_ error: QueryError) -> String {
        var text = error.message
        if error.code == .syntax, !error.expected.isEmpty { text += ", expected " + alternatives(error.expected) }
        if let hint = error.hint { text += "; " + hint }
        return text
    }

    private static func alternatives(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// A word as a message quotes it: cut, and with nothing in it that a terminal would obey.
    static func shortened(_ word: String) -> String {
        var scalars = String.UnicodeScalarView(word.unicodeScalars.prefix(wordLengthMax).map(shown))
        if word.unicodeScalars.count > wordLengthMax { scalars.append("…") }
        return String(scalars)
    }

    /// The scalar itself, or a space for one that controls how text is shown.
    static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: " "
        default: scalar
        }
    }
}

/// Finds lines and columns in a text.
private struct Locator {
    let bytes: [UInt8]

    init(_ text: String) { self.bytes = Array(text.utf8) }

    var hasManyLines: Bool { bytes.contains(UInt8(ascii: "\n")) }

    private func clamped(_ span: SourceSpan) -> Range<Int> {
        let start = min(max(span.start, 0), bytes.count)
        return start..<min(max(span.end, start), bytes.count)
    }

    private func lineStart(of offset: Int) -> Int {
        bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    }

    private func scalars(_ range: Range<Int>) -> [Unicode.Scalar] {
        Array(String(decoding: bytes[range], as: UTF8.self).unicodeScalars)
    }

    func position(of span: SourceSpan) -> QueryDiagnostic.Position {
        let range = clamped(span)
        let start = lineStart(of: range.lowerBound)
        return QueryDiagnostic.Position(
            offset: range.lowerBound,
            line: bytes[..<start].reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) },
            column: scalars(start..<range.lowerBound).count + 1,
            length: range.count
        )
    }

    /// Two lines. A long line is cut around the carets; control characters show as spaces.
    func snippet(of span: SourceSpan) -> String {
        let range = clamped(span)
        let start = lineStart(of: range.lowerBound)
        let end = bytes[range.lowerBound...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        var line = scalars(start..<end).map(QueryDiagnostic.shown)
        var column = scalars(start..<range.lowerBound).count
        var width = max(scalars(range.lowerBound..<min(range.upperBound, max(end, range.lowerBound))).count, 1)
        // Carriage returns and the like at the end.
        while line.last == " ", line.count > column + width { line.removeLast() }
        let limit = QueryDiagnostic.snippetWidth
        if line.count > limit {
            let first = max(0, min(column - limit / 3, line.count - limit))
            let isCutAfter = first + limit < line.count
            line = (first > 0 ? ["…"] : []) + line[first..<min(first + limit, line.count)] + (isCutAfter ? ["…"] : [])
            column -= first > 0 ? first - 1 : first
            width = min(width, max(line.count - column, 1))
        }
        let shown = String(String.UnicodeScalarView(line))
        return shown + "\n" + String(repeating: " ", count: column) + String(repeating: "^", count: width)
    }
}
