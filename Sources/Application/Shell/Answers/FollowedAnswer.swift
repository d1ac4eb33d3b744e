import Documents

/// Draws the answer of a query that is followed, from the messages of the stream (docs/protocol.md).
struct FollowedAnswer {
    /// What a message says.
    enum Outcome: Equatable {
        /// Lines to be written, which may be none.
        case lines([String])
        /// The query is not followed: why, and by which code.
        case refused(code: String, reason: String)
        /// It was followed until now.
        case ended(reason: String)
    }

    private let layout: ResultLayout
    private let rowsMax: Int?
    private var columns: [AnswerColumn] = []
    private var key: [Int] = []
    private var pages = ResultPages(columns: [], layout: ResultLayout())
    private var hasBegun = false
    private var hasRows = false

    init(layout: ResultLayout, rowsMax: Int?) {
        self.layout = layout
        self.rowsMax = rowsMax
    }

    /// Takes a message.
    mutating func take(_ message: DocumentValue) -> Outcome {
        switch message["op"]?.string {
        case "subscribed":
            if let refusal = message["rejected"]?.array?.first { return refused(refusal) }
            guard let subscription = message["subs"]?.array?.first else { return .lines([]) }
            return .lines(begin(subscription))
        case "snap": return .lines(snapshot(message))
        case "d": return .lines(change(message))
        case "rev": return .lines(change(message, before: "(late rows changed what was closed)"))
        case "lag": return .lines(["(rows were left out: this terminal is too slow; all rows follow anew)"])
        case "goaway": return .ended(reason: "the gateway stops")
        case "error": return refused(message)
        default: return .lines([])
        }
    }

    private func refused(_ message: DocumentValue) -> Outcome {
        let texts = [message["message"]?.string, message["hint"]?.string].compactMap(\.self)
        let reason = texts.isEmpty ? message["code"]?.string ?? "no reason was given" : texts.joined(separator: "; ")
        if hasBegun { return .ended(reason: reason) }
        return .refused(code: message["code"]?.string ?? "", reason: reason)
    }

    private mutating func begin(_ subscription: DocumentValue) -> [String] {
        columns = subscription["columns"]?.array?.map(AnswerColumn.init) ?? []
        key = (subscription["key"]?.array ?? []).compactMap { $0.integer.map { Int(clamping: $0) } }
            .filter(columns.indices.contains)
        pages = ResultPages(columns: columns, layout: layout)
        hasBegun = true
        let names = key.map { DisplayWidth.printable(columns[$0].name) }.joined(separator: ", ")
        guard !key.isEmpty else { return ["followed until Ctrl-C: rows come as they are written"] }
        return ["followed until Ctrl-C: a row stands for the one before it of the same \(names)"]
    }

    /// All rows there are, of which the last are drawn.
    private mutating func snapshot(_ message: DocumentValue) -> [String] {
        let rows = message["rows"]?.array ?? []
        var lines: [String] = []
        if hasRows { lines.append("(all rows anew)") }
        hasRows = true
        let leftOut = rowsMax.map { max(0, rows.count - $0) } ?? 0
        if leftOut > 0 || message["whole"]?.boolean == false {
            lines.append(leftOut > 0 ? "(\(leftOut) rows before these are not drawn)" : "(older rows are not told)")
        }
        for row in rows.dropFirst(leftOut) { lines += pages.add(values(row)) }
        return lines + (rows.isEmpty ? pages.finish() : pages.flush())
    }

    private mutating func change(_ message: DocumentValue, before: String? = nil) -> [String] {
        let rows = message["rows"]?.array ?? []
        let removed = Set((message["removed"]?.array ?? []).compactMap(\.integer))
        var lines = before.map { [$0] } ?? []
        for (place, row) in rows.enumerated() {
            let values = values(row)
            if removed.contains(Int64(place)) {
                let texts = key.filter(values.indices.contains).map { values[$0].shown }
                lines += pages.flush() + ["(in the answer no more: \(texts.joined(separator: ", ")))"]
            } else {
                lines += pages.add(values)
            }
        }
        return lines + pages.flush()
    }

    /// JSON has times as microseconds.
    private func values(_ row: DocumentValue) -> [AnswerValue] {
        let cells = row.array ?? []
        return columns.indices.map { column in
            guard cells.indices.contains(column) else { return .null }
            switch (cells[column], columns[column].type) {
            case (.integer(let microseconds), "timestamp"):
                let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1_000)
                return overflow ? .integer(microseconds) : .timestamp(nanoseconds)
            case (.integer(let number), "float64"): return .double(Double(number))
            case (.integer(let number), _): return .integer(number)
            case (.number(let number), _): return .double(number)
            case (.boolean(let flag), _): return .boolean(flag)
            case (let value, _): return value.string.map(AnswerValue.text) ?? .null
            }
        }
    }
}
