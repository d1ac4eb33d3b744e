import Columnar

/// How long the rows of each table are kept: the value of `store.retention`.
///
/// As text it is `trades=30d,quotes=12h`; in the file a mapping, `{trades: 30d, quotes: 12h}`.
struct Retention: Sendable, Equatable {
    /// Nanoseconds by table, in the order given; nil keeps a table's rows for ever.
    let timesToLive: [(table: String, nanoseconds: Int64?)]

    /// Reads the text; throws what is wrong with it.
    init(_ text: String) throws(ConfigurationError) {
        var entries: [(table: String, nanoseconds: Int64?)] = []
        for entry in text.split(separator: ",") {
            guard let equals = entry.lastIndex(of: "=") else {
                throw ConfigurationError("must be tables with durations, such as trades=30d,quotes=12h")
            }
            let table = entry[..<equals].trimmed
            let duration = entry[entry.index(after: equals)...].trimmed
            guard !table.isEmpty, !entries.contains(where: { $0.table.lowercased() == table.lowercased() }) else {
                throw ConfigurationError("must name each table once")
            }
            entries.append((table, try Self.nanoseconds(duration)))
        }
        timesToLive = entries
    }

    static func == (left: Retention, right: Retention) -> Bool {
        left.timesToLive.elementsEqual(right.timesToLive) { $0 == $1 }
    }

    /// A whole number with a unit; `none` and 0 are for ever.
    private static func nanoseconds(_ text: String) throws(ConfigurationError) -> Int64? {
        if text == "none" || text == "0" { return nil }
        let units: [Character: Int64] = [
            "s": CivilTime.second, "m": CivilTime.minute, "h": CivilTime.hour, "d": CivilTime.day,
            "w": 7 * CivilTime.day,
        ]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), count > 0 else {
            throw ConfigurationError("must have durations such as 12h, 30d, 52w, or none")
        }
        let (product, overflows) = count.multipliedReportingOverflow(by: unit)
        guard !overflows else { throw ConfigurationError("must have durations of less than 292 years") }
        return product
    }

    /// The text of an entry of the file's mapping; nil if the names cannot be told apart in the text.
    static func entry(table: String, duration: String) -> String? {
        table.contains(",") ? nil : "\(table)=\(duration)"
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
