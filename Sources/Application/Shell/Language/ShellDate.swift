import Columnar

/// A moment as people write it in a command, in UTC.
///
/// | form | such as |
/// |---|---|
/// | ISO 8601, whole or cut off after any field | `2024-01-31`, `2024-01-31T15:04`, `2024-01-31 15:04:05.25Z` |
/// | MarketStore's, with a dash before the time | `2024-01-31-15:04:05` |
/// | MarketStore's, of digits alone | `20240131`, `20240131 1504`, `20240131 150405`, `20240131 150405999` |
/// | seconds, or nanoseconds, since 1970 | `1706713445`, `1706713445000000000` |
enum ShellDate {
    /// Whole numbers above are nanoseconds: as seconds they would be after the year 3000, as MarketStore has it.
    static let secondsMax: Int64 = 32_503_680_000

    /// The moment, in nanoseconds since the Unix epoch; the beginning of what a text that was cut off names.
    static func parse(_ text: String) -> Int64? {
        if let interval = CivilTime.interval(text) { return interval.start }
        if let dashed = dashed(text) { return dashed }
        if let packed = packed(text) { return packed }
        guard text.utf8.count > 8, let number = Int64(text) else { return nil }
        guard number <= secondsMax else { return number }
        let (nanoseconds, overflow) = number.multipliedReportingOverflow(by: CivilTime.second)
        return overflow ? nil : nanoseconds
    }

    /// What is wrong with a text that is no moment.
    static func refusal(of text: String) -> String {
        "'\(text)' is no date; write 2024-01-31, 2024-01-31T15:04, '20240131 150405' or seconds since 1970"
    }

    /// `2006-01-02-15:04:05.999`
    private static func dashed(_ text: String) -> Int64? {
        var characters = Array(text)
        guard characters.count > 11, characters[10] == "-" else { return nil }
        characters[10] = "T"
        return CivilTime.interval(String(characters))?.start
    }

    /// `20060102`, and a time of two, four, six or more digits after a space.
    private static func packed(_ text: String) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let date = parts.first, date.count == 8, parts.count <= 2, parts.allSatisfy(isDigits) else { return nil }
        var iso = "\(date.prefix(4))-\(date.dropFirst(4).prefix(2))-\(date.suffix(2))"
        if parts.count == 2 {
            let time = parts[1]
            guard [2, 4].contains(time.count) || (6...15).contains(time.count) else { return nil }
            iso += "T\(time.prefix(2))"
            if time.count >= 4 { iso += ":\(time.dropFirst(2).prefix(2))" }
            if time.count >= 6 { iso += ":\(time.dropFirst(4).prefix(2))" }
            if time.count > 6 { iso += ".\(time.dropFirst(6))" }
        }
        return CivilTime.interval(iso)?.start
    }

    private static func isDigits(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}
