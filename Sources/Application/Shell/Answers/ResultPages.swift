/// Draws rows as they come, a page at a time: the rows of a page decide how wide its columns are.
///
/// A page whose rows fit in the columns of the one before it continues it; else it begins with headings of its own. Memory
/// is that of a page.
struct ResultPages {
    /// Rows of a page: enough that headings are rare, few enough to be drawn while more come.
    static let pageRows = 500
    /// Characters of a page, for rows of long texts.
    private static let pageCharactersMax = 4 << 20

    let columns: [AnswerColumn]
    let layout: ResultLayout
    /// Rows that were drawn.
    private(set) var rowsDrawn = 0
    /// Columns that are left out because the terminal is narrow.
    private(set) var columnsLeftOut = 0

    private var page: [[ResultCell]] = []
    private var pageCharacters = 0
    private var natural: [Int]
    private var hasHeadings = false

    init(columns: [AnswerColumn], layout: ResultLayout) {
        self.columns = columns
        self.layout = layout
        self.natural = columns.map { DisplayWidth.of(Self.heading($0)) }
    }

    private static func heading(_ column: AnswerColumn) -> String {
        DisplayWidth.cut(DisplayWidth.printable(column.name), to: ResultCell.widthMax)
    }

    /// Takes a row; gives the lines of a page that is full with it.
    mutating func add(_ row: [AnswerValue]) -> [String] {
        let cells = row.map(ResultCell.init)
        pageCharacters += cells.reduce(0) { $0 + $1.width }
        page.append(cells)
        return page.count >= Self.pageRows || pageCharacters >= Self.pageCharactersMax ? flush() : []
    }

    /// The lines of the rows that wait.
    mutating func flush() -> [String] {
        guard !page.isEmpty else { return [] }
        let lines = layout.isExpanded ? expanded() : table()
        rowsDrawn += page.count
        page.removeAll(keepingCapacity: true)
        pageCharacters = 0
        return lines
    }

    /// The lines of the rows that wait, and of headings if no row came.
    mutating func finish() -> [String] {
        let lines = flush()
        guard !hasHeadings, !layout.isExpanded, !columns.isEmpty else { return lines }
        return lines + headings(ResultWidths(natural: natural, columns: columns, layout: layout))
    }

    // MARK: - Rows side by side

    private mutating func table() -> [String] {
        let before = natural
        for row in page {
            for (index, cell) in row.enumerated() { natural[index] = max(natural[index], cell.width) }
        }
        let widths = ResultWidths(natural: natural, columns: columns, layout: layout)
        var lines: [String] = []
        if !hasHeadings || natural != before {
            if hasHeadings { lines.append("") }
            lines += headings(widths)
        }
        for row in page { lines.append(line(row, widths)) }
        return lines
    }

    private mutating func headings(_ widths: ResultWidths) -> [String] {
        hasHeadings = true
        columnsLeftOut = columns.count - widths.widths.count
        var names: [String] = []
        for (column, width) in zip(columns, widths.widths) {
            let text = DisplayWidth.cut(Self.heading(column), to: width)
            names.append(layout.bold(DisplayWidth.padded(text, to: width, right: column.isNumeric)))
        }
        let rule = widths.widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: "┼")
        return [joined(names, widths), rule]
    }

    private func line(_ row: [ResultCell], _ widths: ResultWidths) -> String {
        var texts: [String] = []
        for (index, width) in widths.widths.enumerated() {
            let cell = row[index]
            let text = cell.width > width ? DisplayWidth.cut(cell.text, to: width) : cell.text
            let padded = DisplayWidth.padded(text, to: width, right: columns[index].isNumeric)
            texts.append(cell.isNull ? layout.faint(padded) : padded)
        }
        return joined(texts, widths)
    }

    private func joined(_ texts: [String], _ widths: ResultWidths) -> String {
        var line = " " + texts.joined(separator: " │ ") + (widths.leavesOut ? " …" : "")
        while line.last == " " { line.removeLast() }
        return line
    }

    // MARK: - A value a line

    private func expanded() -> [String] {
        let nameWidth = columns.map { DisplayWidth.of(Self.heading($0)) }.max() ?? 0
        let room = layout.width.map { max(1, $0 - nameWidth - 4) } ?? ResultCell.widthMax
        var lines: [String] = []
        for (offset, row) in page.enumerated() {
            let title = "─[ row \(rowsDrawn + offset + 1) ]"
            let rule = String(repeating: "─", count: max(0, min(layout.width ?? 60, 60) - DisplayWidth.of(title)))
            lines.append(layout.bold(title + rule))
            for (column, cell) in zip(columns, row) {
                let text = DisplayWidth.cut(cell.text, to: room)
                let name = DisplayWidth.padded(Self.heading(column), to: nameWidth, right: false)
                lines.append(" \(name) │ " + (cell.isNull ? layout.faint(text) : text))
            }
        }
        return lines
    }
}
