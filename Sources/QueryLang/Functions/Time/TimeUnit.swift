/// Units that functions and lengths of time are counted in, those of the calendar included.
public enum TimeUnit: String, Sendable, Hashable, CaseIterable {
    /// Units of a fixed length; a day has 24 hours, a week begins on Monday.
    case nanosecond, microsecond, millisecond, second, minute, hour, day, week
    /// Units of the calendar.
    case month, quarter, year, decade

    /// The unit of a spelling: a word in any case, of one or of many, or one of the short forms of intervals and of
    /// QuestDB, in which `m` is a minute and `M` a month; nil if there is none.
    public init?(spelling: String) {
        switch spelling {
        case "n", "ns": self = .nanosecond
        case "u", "U", "us": self = .microsecond
        case "T", "ms": self = .millisecond
        case "s": self = .second
        case "m": self = .minute
        case "h", "H": self = .hour
        case "d", "D": self = .day
        case "w", "W": self = .week
        case "M": self = .month
        case "y", "Y": self = .year
        default:
            guard let unit = TimeUnit(word: spelling) else { return nil }
            self = unit
        }
    }

    /// The unit that a word names, `month` or `Months`; nil if none.
    public init?(word: String) {
        // The longest word has 12 letters: nothing longer needs folding.
        guard word.utf8.count >= 3, word.utf8.count <= 12 else { return nil }
        var word = word.lowercased()
        if word == "centuries" { return nil }
        if word.hasSuffix("s") { word.removeLast() }
        guard let unit = TimeUnit(rawValue: word) ?? Self.abbreviations[word] else { return nil }
        self = unit
    }

    private static let abbreviations: [String: TimeUnit] = [
        "milli": .millisecond, "micro": .microsecond, "nano": .nanosecond,
    ]

    /// Its length, if that is always the same.
    public var nanoseconds: Int64? {
        switch self {
        case .nanosecond: 1
        case .microsecond: 1_000
        case .millisecond: 1_000_000
        case .second: 1_000_000_000
        case .minute: 60_000_000_000
        case .hour: 3_600_000_000_000
        case .day: 86_400_000_000_000
        case .week: 604_800_000_000_000
        case .month, .quarter, .year, .decade: nil
        }
    }

    /// How many months it has, if it is one of the calendar.
    public var months: Int64? {
        switch self {
        case .month: 1
        case .quarter: 3
        case .year: 12
        case .decade: 120
        case .nanosecond, .microsecond, .millisecond, .second, .minute, .hour, .day, .week: nil
        }
    }

    /// The words, for messages.
    static var names: [String] { allCases.map(\.rawValue) }
}
