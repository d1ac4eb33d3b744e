/// What can stand in the place of what was typed last.
struct Completion: Equatable {
    /// The place of the first character that is replaced.
    var start: Int
    /// What can stand there, sorted; empty if nothing fits.
    var candidates: [String]

    static let none = Completion(start: 0, candidates: [])

    /// What all candidates begin with, without regard to case.
    var commonPrefix: String {
        guard var prefix = candidates.first.map(Array.init) else { return "" }
        for candidate in candidates.dropFirst() {
            var count = 0
            for (left, right) in zip(prefix, candidate) {
                guard left.lowercased() == right.lowercased() else { break }
                count += 1
            }
            prefix.removeLast(prefix.count - count)
        }
        return String(prefix)
    }

    /// Candidates side by side, in columns as narrow as they can be, at most `linesMax` lines.
    func menu(width: Int, linesMax: Int) -> [String] {
        let column = (candidates.map(DisplayWidth.of).max() ?? 0) + 2
        let columns = max(1, (width - 1) / column)
        let lineCount = (candidates.count + columns - 1) / columns
        let shownLines = min(lineCount, max(1, linesMax))
        var lines: [String] = []
        for line in 0..<shownLines {
            var text = ""
            for index in stride(from: line, to: candidates.count, by: lineCount) {
                text += DisplayWidth.padded(candidates[index], to: column, right: false)
            }
            while text.last == " " { text.removeLast() }
            lines.append(DisplayWidth.cut(text, to: max(1, width - 1)))
        }
        if shownLines < lineCount { lines.append("… \(candidates.count) in all; type more of it") }
        return lines
    }
}
