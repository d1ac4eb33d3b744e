/// How rows are drawn.
struct ResultLayout: Equatable {
    /// Columns of the terminal; nil where lines may be as long as they like.
    var width: Int?
    /// Whether each value has a line of its own.
    var isExpanded = false
    /// Whether headings are bold and NULL is faint.
    var isStyled = false

    static let boldBegin = "\u{1B}[1m"
    static let faintBegin = "\u{1B}[2m"
    static let styleEnd = "\u{1B}[0m"

    func bold(_ text: String) -> String { isStyled ? Self.boldBegin + text + Self.styleEnd : text }
    func faint(_ text: String) -> String { isStyled ? Self.faintBegin + text + Self.styleEnd : text }
}

/// A value as it is drawn.
struct ResultCell: Equatable {
    /// Longer texts are cut even where lines may be long: they are in memory until their page is drawn.
    static let widthMax = 10_000

    let text: String
    let width: Int
    let isNull: Bool

    init(_ value: AnswerValue) {
        text = DisplayWidth.cut(value.shown, to: Self.widthMax)
        width = DisplayWidth.of(text)
        isNull = value == .null
    }
}

/// How wide the columns of a table are drawn, and how many of them fit.
struct ResultWidths: Equatable {
    /// Text is cut down to this, not further: less says nothing.
    static let cutMin = 8
    /// Where columns are left out anyway, text of the others keeps this much.
    static let cutRoomy = 32
    /// Between two columns: a space, a line, a space.
    private static let gap = 3
    /// What says that columns are left out.
    private static let ellipsis = 2

    /// The widths of the columns that are drawn, from the first on.
    private(set) var widths: [Int]
    /// Whether columns at the right are left out.
    private(set) var leavesOut = false

    /// Fits columns of the natural widths into the layout: the widest texts are cut; if that is not enough for all columns,
    /// those at the right are left out.
    init(natural: [Int], columns: [AnswerColumn], layout: ResultLayout) {
        widths = natural
        guard let room = layout.width else { return }
        let narrowest = zip(natural, columns).map { $1.isCuttable ? min($0, Self.cutMin) : $0 }
        if Self.total(narrowest) <= room {
            cut(columns, room: room)
        } else {
            leaveOut(columns, room: room)
        }
    }

    private mutating func cut(_ columns: [AnswerColumn], room: Int) {
        while Self.total(widths) > room {
            let cuttable = widths.indices.filter { columns[$0].isCuttable && widths[$0] > Self.cutMin }
            guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { return }
            let second = cuttable.filter { $0 != widest }.map { widths[$0] }.max() ?? Self.cutMin
            // The widest gives what is too much, but not more than brings it down to the next, with which it then shares.
            let wanted = widths[widest] - (Self.total(widths) - room)
            widths[widest] = max(Self.cutMin, second < widths[widest] ? max(wanted, second) : widths[widest] - 1)
        }
    }

    private mutating func leaveOut(_ columns: [AnswerColumn], room: Int) {
        for index in widths.indices where columns[index].isCuttable {
            widths[index] = min(widths[index], Self.cutRoomy)
        }
        // At least one column stands, cut if it must be.
        while Self.total(widths) + Self.ellipsis > room, widths.count > 1 {
            widths.removeLast()
            leavesOut = true
        }
        if widths.count == 1 { widths[0] = min(widths[0], max(1, room - 2 - (leavesOut ? Self.ellipsis : 0))) }
    }

    /// What a line takes: a space before each column and behind it, and a line between them.
    private static func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + gap * max(0, widths.count - 1) + 2 }
}
