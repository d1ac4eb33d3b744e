extension Timeframe {
    /// Why a text is no timeframe, and what would be one.
    public static func explanation(of text: String) -> String {
        let shown = text.prefix(40)
        if let near = nearest(to: text) { return "'\(shown)' is no timeframe; did you mean \(near)?" }
        return "'\(shown)' is no timeframe; one is a number and Sec, Min, H, D, W, M or Y, such as 5Min"
    }

    /// The timeframe that a text in other spellings means: `1min`, `5 minutes`, `4h`, `D`. Nil for none, and for an `m`, which
    /// may be a minute or a month.
    static func nearest(to text: String) -> Timeframe? {
        let word = text.filter { !$0.isWhitespace }.lowercased()
        let digits = word.prefix { $0.isASCII && $0.isNumber }
        guard let count = digits.isEmpty ? 1 : Int64(digits), let unit = words[String(word.dropFirst(digits.count))]
        else { return nil }
        return Timeframe(count, unit)
    }

    private static let words: [String: Unit] = [
        "s": .second, "sec": .second, "secs": .second, "second": .second, "seconds": .second,
        "t": .minute, "min": .minute, "mins": .minute, "minute": .minute, "minutes": .minute,
        "h": .hour, "hr": .hour, "hrs": .hour, "hour": .hour, "hours": .hour,
        "d": .day, "day": .day, "days": .day, "w": .week, "week": .week, "weeks": .week,
        "mo": .month, "mon": .month, "month": .month, "months": .month,
        "y": .year, "yr": .year, "year": .year, "years": .year,
    ]
}
