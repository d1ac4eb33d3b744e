import Columnar
import MarketStore

/// What an import tells in the end.
enum ImportText {
    /// Rows and buckets by family, `1Min/OHLCV`, as a table.
    static func families(_ rows: [BucketKey: Int]) -> [String] {
        var families: [String: (buckets: Int, rows: Int)] = [:]
        for (key, count) in rows {
            families["\(key.timeframe)/\(key.attribute)", default: (0, 0)].buckets += 1
            families["\(key.timeframe)/\(key.attribute)", default: (0, 0)].rows += count
        }
        var table = TextTable([("buckets of", .left), ("symbols", .right), ("rows", .right)])
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            table.add([name, "\(family.buckets)", "\(family.rows)"])
        }
        return table.lines
    }

    /// What was read.
    static func found(_ summary: MarketStoreImport.Summary) -> [String] {
        var lines = ["read \(summary.counts.read) rows of \(summary.files) files, \(summary.buckets) buckets"]
        if summary.hiddenRows > 0 {
            lines.append("\(summary.hiddenRows) of them of a first of January, which MarketStore does not show")
        }
        if summary.pendingRows > 0 { lines.append("\(summary.pendingRows) of them only in a write-ahead log") }
        return lines
    }

    /// What was done with it.
    static func written(_ summary: MarketStoreImport.Summary) -> String {
        var text = "wrote \(summary.counts.written) rows"
        if summary.counts.unchanged > 0 { text += "; \(summary.counts.unchanged) were stored already" }
        return summary.problems == 0 ? "\(text); counted: all are stored" : text
    }

    /// Why nothing of a CSV file was written, and what writes it all the same.
    static func alreadyThere(_ file: String, _ key: String, _ earlier: ImportJournal.Entry, again: String) -> String {
        let name = earlier.file == file || earlier.file.hasSuffix("/\(file)") ? "" : ", as \(earlier.file)"
        return "nothing was written: \(file) is in \(key) already, since \(CivilTime.text(earlier.time))\(name) "
            + "(\(earlier.rows) rows); \(again) writes its rows once more"
    }

    /// How fast it was.
    static func speed(_ rows: Int, _ elapsed: Duration) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let speed = seconds > 0 ? Int((Double(rows) / seconds).rounded()) : 0
        return "\(SizeText.tenths(seconds)) s, \(speed) rows a second"
    }
}
