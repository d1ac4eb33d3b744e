import Columnar

/// Times as MarketStore's SQL writes them.
enum BucketMoment {
    /// Numbers above this count nanoseconds, others seconds: the second at which the year 3000 begins.
    static let secondsMax: Int64 = 32_503_680_000

    /// The instant that an integer beside an `Epoch` means; nil if it does not fit.
    static func instant(_ number: Int64) -> Int64? {
        guard number <= secondsMax else { return number }
        let (instant, overflow) = number.multipliedReportingOverflow(by: CivilTime.second)
        return overflow ? nil : instant
    }

    /// The instant that a text means: `2006-01-02`, `2006-01-02-15:04`, `2006-01-02-15:04:05`, with a fraction of up to nine
    /// digits, or followed by a zone (`2006-01-02-15:04:05 EST`); or an ISO 8601 timestamp. Without a zone it is a reading of
    /// the clocks of `zone`. Nil for anything else, and outside of the years 1677 to 2262.
    static func instant(_ text: String, in zone: ZoneRules) -> Int64? {
        var reading = text
        var zone = zone
        if let space = text.lastIndex(of: " "), let named = named(text[text.index(after: space)...]) {
            zone = named
            reading = String(text[..<space])
        }
        // `2006-01-02-15:04` is ISO's but for the character before the hours.
        let bytes = Array(reading.utf8)
        let hyphen = 10
        if bytes.count > hyphen, bytes[hyphen] == UInt8(ascii: "-") {
            reading =
                String(decoding: bytes[..<hyphen], as: UTF8.self) + "T"
                + String(decoding: bytes[(hyphen + 1)...], as: UTF8.self)
        }
        guard let local = CivilTime.interval(reading)?.start else { return nil }
        return hasZone(reading) ? local : zone.utc(ofLocal: local)
    }

    private static func hasZone(_ text: String) -> Bool {
        guard let time = text.firstIndex(where: { $0 == "T" || $0 == " " }) else { return false }
        return text[time...].contains { $0 == "Z" || $0 == "+" || $0 == "-" }
    }

    /// Hours by which zones are ahead that have letters, but no rules of that name.
    private static let hoursByLetters: [String: Int64] = [
        "PST": -8, "PDT": -7, "MDT": -6, "CST": -6, "CDT": -5, "EDT": -4, "BST": 1, "CEST": 2, "JST": 9, "HKT": 8,
    ]

    private static func named(_ word: Substring) -> ZoneRules? {
        guard word.first?.isLetter ?? false else { return nil }
        let name = String(word)
        if let hours = hoursByLetters[name] { return ZoneRules(name: name, offset: hours * CivilTime.hour) }
        return name == "Z" ? .utc : ZoneRules(named: name)
    }
}
