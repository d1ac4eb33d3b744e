/// Aligned columns of text for people.
struct TextTable {
    /// Which side of its column a text keeps to.
    enum Side {
        case left, right
    }

    private let sides: [Side]
    private var rows: [[String]]

    /// A table with its headings.
    init(_ headings: [(text: String, side: Side)]) {
        sides = headings.map(\.side)
        rows = [headings.map(\.text)]
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, headings first.
    var lines: [String] {
        let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, text) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - text.count)
                line += (column == 0 ? "" : "  ") + (sides[column] == .left ? text + padding : padding + text)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// Sizes for people.
enum SizeText {
    /// `512 B`, `1.5 KiB`, `3.0 GiB`.
    static func bytes(_ count: Int64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB"]
        guard count >= 1024 else { return "\(count) B" }
        var value = Double(count) / 1024
        var unit = 0
        while value >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        return "\(tenths(value)) \(units[unit])"
    }

    /// A number with one decimal.
    static func tenths(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `30d`, `12h`, `90s`: the largest unit that fits without a rest.
    static func duration(seconds: Int64) -> String {
        for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)]
        where seconds > 0 && seconds % length == 0 { return "\(seconds / length)\(unit)" }
        return "\(seconds)s"
    }
}
