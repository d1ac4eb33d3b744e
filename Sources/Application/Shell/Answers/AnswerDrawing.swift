/// Draws one answer: its rows, and what is said behind them.
struct AnswerDrawing {
    /// What kind of answer it is.
    enum Form {
        case rows
        /// Of a statement that changes something: a number of rows, or a word.
        case outcome
        /// Of EXPLAIN and SHOW: a single column is text with lines of its own.
        case text
    }

    private let form: Form
    private let layout: ResultLayout
    private let rowsMax: Int?
    /// Names of columns whose numbers were kept in 32 bits.
    private let singles: Set<String>
    private var pages: ResultPages?
    private var columns: [AnswerColumn] = []
    private var rowCount = 0
    /// The lines that a statement's outcome, or a text, are told in.
    private var lines: [String] = []

    init(form: Form, layout: ResultLayout, rowsMax: Int?, singles: Set<String> = []) {
        self.form = form
        self.layout = layout
        self.rowsMax = rowsMax
        self.singles = singles
    }

    /// Whether as many rows came as are to be drawn, and one more, which is not.
    private(set) var isFull = false

    mutating func begin(_ columns: [AnswerColumn]) {
        self.columns = columns
        pages = ResultPages(columns: columns, layout: layout)
    }

    /// Takes a row; gives the lines that are to be written now.
    mutating func add(_ row: [AnswerValue]) -> [String] {
        if let rowsMax, rowCount == rowsMax, form == .rows {
            isFull = true
            return []
        }
        rowCount += 1
        if form == .outcome, let line = outcome(row) {
            lines.append(line)
            return []
        }
        if form == .text, columns.count == 1, case .text(let text)? = row.first {
            return StatementReader.lines(of: text).map(DisplayWidth.printable)
        }
        let values = singles.isEmpty ? row : narrowed(row)
        return pages?.add(values) ?? []
    }

    private func narrowed(_ row: [AnswerValue]) -> [AnswerValue] {
        zip(row, columns).map { value, column in
            guard case .double(let number) = value, singles.contains(column.name) else { return value }
            return .single(Float(number))
        }
    }

    /// `3 rows written`, or the word: `created`.
    private func outcome(_ row: [AnswerValue]) -> String? {
        guard row.count == 1, let column = columns.first, columns.count == 1 else { return nil }
        switch (column.name, row[0]) {
        case ("rows", .integer(let count)): return "\(ShellSession.count(count, "row")) written"
        case ("status", .text(let word)): return DisplayWidth.printable(word)
        default: return nil
        }
    }

    /// The lines of rows that wait.
    mutating func flush() -> [String] { pages?.flush() ?? [] }

    /// The last lines of a whole answer. `total` is the time that it took as seen from here; nil if times are not told.
    mutating func finish(_ summary: AnswerSummary, total: String?) -> [String] {
        var times = ""
        if let total {
            times = "\(Self.milliseconds(summary.elapsedMicroseconds)) on the gateway, \(total) in all"
            if summary.blocksScanned > 0 {
                let (rows, blocks) = (summary.rowsScanned, summary.blocksScanned)
                times += "; \(ShellSession.count(rows, "row")) in \(ShellSession.count(blocks, "block")) scanned"
            }
        }
        if form == .text, columns.count == 1 { return total == nil ? [] : ["(\(times))"] }
        if !lines.isEmpty {
            if !times.isEmpty { lines[lines.count - 1] += " (\(times))" }
            return lines
        }
        let end = pages?.finish() ?? []
        let count = ShellSession.count(Int64(rowCount), "row")
        return end + ["(\(count)\(leftOut)\(times.isEmpty ? "" : "; \(times)"))"]
    }

    /// The last lines if more rows would come than are to be drawn.
    mutating func finishEarly() -> [String] {
        flush() + [
            "(the first \(ShellSession.count(Int64(rowCount), "row"))\(leftOut); there are more:"
                + " \\rows all draws every one, \\o file writes them as CSV)"
        ]
    }

    private var leftOut: String {
        guard let count = pages?.columnsLeftOut, count > 0 else { return "" }
        return ", without the last \(ShellSession.count(Int64(count), "column")): \\x shows every one"
    }

    /// `1.25 ms`, `3.5 s`.
    static func milliseconds(_ microseconds: Int64) -> String {
        guard microseconds < 1_000_000 else { return "\(Double(microseconds / 10_000) / 100) s" }
        return "\(Double(microseconds / 10) / 100) ms"
    }
}
