import Columnar
import QueryLang

/// Aligned columns. Rows are held until the end, up to a cap, because the widest value decides.
final class TableResultWriter {
    /// Rows that are shown; more are only counted. A person does not read more, and memory stays bounded.
    static let rowsMax = 10_000
    /// Characters of a value that are shown.
    static let cellCharactersMax = 64

    private let columns: [ResultColumn]
    private var rows: [[String]] = []
    private var widths: [Int]

    init(_ columns: [ResultColumn]) {
        self.columns = columns
        self.widths = columns.map { Self.shown($0.name).unicodeScalars.count }
    }

    func write(_ batch: RecordBatch) {
        for row in 0..<min(batch.rowCount, Self.rowsMax - rows.count) {
            let texts = batch.columns.map { Self.shown(Self.text($0.scalar(at: row))) }
            for (index, text) in texts.enumerated() { widths[index] = max(widths[index], text.unicodeScalars.count) }
            rows.append(texts)
        }
    }

    func end(_ statistics: QueryStatistics, into bytes: inout [UInt8]) {
        appendRows(to: &bytes)
        let total = statistics.rowsReturned
        let milliseconds = Double(statistics.elapsedNanoseconds / 10_000) / 100
        var footer = "(\(total) \(total == 1 ? "row" : "rows")"
        if total > rows.count { footer += ", the first \(rows.count) shown" }
        footer += ", \(milliseconds) ms\(Self.scanned(statistics)))\n"
        bytes.append(contentsOf: footer.utf8)
    }

    /// What was looked at for the answer; nothing if no table was.
    private static func scanned(_ statistics: QueryStatistics) -> String {
        guard statistics.slicesScanned + statistics.slicesSkipped > 0 else { return "" }
        let (rows, blocks) = (statistics.rowsScanned, statistics.slicesScanned)
        var text = "; \(rows) \(rows == 1 ? "row" : "rows") in \(blocks) \(blocks == 1 ? "block" : "blocks") scanned"
        if statistics.slicesAnswered > 0 { text += ", \(statistics.slicesAnswered) of them by statistics" }
        if statistics.slicesSkipped > 0 { text += ", \(statistics.slicesSkipped) skipped" }
        return text
    }

    func fail(_ error: QueryError, into bytes: inout [UInt8]) {
        appendRows(to: &bytes)
        bytes.append(contentsOf: "INCOMPLETE: \(error)\n".utf8)
    }

    private func appendRows(to bytes: inout [UInt8]) {
        appendLine(columns.map { Self.shown($0.name) }, to: &bytes)
        bytes.append(contentsOf: widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ").utf8)
        bytes.append(UInt8(ascii: "\n"))
        for row in rows { appendLine(row, to: &bytes) }
    }

    /// Numbers stand at the right, everything else at the left; no spaces at the end.
    private func appendLine(_ texts: [String], to bytes: inout [UInt8]) {
        var line = ""
        for (index, text) in texts.enumerated() {
            let padding = String(repeating: " ", count: widths[index] - text.unicodeScalars.count)
            if index > 0 { line += "  " }
            line += columns[index].type.isNumeric ? padding + text : text + padding
        }
        while line.last == " " { line.removeLast() }
        bytes.append(contentsOf: line.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func text(_ value: Scalar) -> String {
        var bytes: [UInt8] = []
        switch value {
        case .null: return ""
        case .boolean(let value): return value ? "true" : "false"
        case .int64(let value): NumberText.append(value, to: &bytes)
        case .float64(let value): NumberText.append(value, to: &bytes)
        case .timestamp(let value): CivilTime.appendText(value, to: &bytes)
        case .text(let value): return value
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// On one line and not too long.
    private static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars
        var shown = String.UnicodeScalarView()
        for scalar in scalars.prefix(cellCharactersMax) {
            shown.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        if scalars.count > cellCharactersMax {
            shown.removeLast()
            shown.append("…")
        }
        return String(shown)
    }
}
