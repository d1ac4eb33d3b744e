/// A length of time, as written: a count and a unit, `15m`, `1 minute` or `'10' seconds`.
public struct Interval: Sendable, Hashable {
    /// The units, by their canonical spelling. Case matters for these: `m` is a minute, `M` a month.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Nanoseconds.
        case nanoseconds = "ns"
        /// Microseconds.
        case microseconds = "us"
        /// Milliseconds.
        case milliseconds = "ms"
        /// Seconds.
        case seconds = "s"
        /// Minutes.
        case minutes = "m"
        /// Hours.
        case hours = "h"
        /// Days: of 24 hours, but for SAMPLE BY in a time zone.
        case days = "d"
        /// Weeks of seven days.
        case weeks = "w"
        /// Months of the calendar, which have no fixed length.
        case months = "M"
        /// Years of the calendar, which have no fixed length.
        case years = "y"

        /// The unit of this spelling: a canonical one, QuestDB's `n`, `U` and `T`, MarketStore's `Sec`, `Min`, `H`
        /// and `D`, or a word such as `minute` or `Minutes`; nil if there is none.
        public init?(spelling: String) {
            switch spelling {
            case "n": self = .nanoseconds
            case "U": self = .microseconds
            case "T": self = .milliseconds
            // MarketStore's timeframes: 1Sec, 5Min, 1H, 1D.
            case "Sec": self = .seconds
            case "Min": self = .minutes
            case "H": self = .hours
            case "D": self = .days
            default:
                guard let unit = Unit(rawValue: spelling) ?? Unit(word: spelling) else { return nil }
                self = unit
            }
        }

        /// The unit that a word of one or of many names, in any case.
        private init?(word: String) {
            // The longest word has 12 letters: nothing longer needs folding.
            guard word.utf8.count <= 12 else { return nil }
            let word = word.lowercased()
            guard let unit = Unit.allCases.first(where: { $0.plural == word || $0.plural == word + "s" }) else {
                return nil
            }
            self = unit
        }

        private var plural: String {
            switch self {
            case .nanoseconds: "nanoseconds"
            case .microseconds: "microseconds"
            case .milliseconds: "milliseconds"
            case .seconds: "seconds"
            case .minutes: "minutes"
            case .hours: "hours"
            case .days: "days"
            case .weeks: "weeks"
            case .months: "months"
            case .years: "years"
            }
        }

        /// Its length; nil if that is a matter of the calendar.
        public var nanoseconds: Int64? {
            switch self {
            case .nanoseconds: 1
            case .microseconds: 1_000
            case .milliseconds: 1_000_000
            case .seconds: 1_000_000_000
            case .minutes: 60_000_000_000
            case .hours: 3_600_000_000_000
            case .days: 86_400_000_000_000
            case .weeks: 604_800_000_000_000
            case .months, .years: nil
            }
        }
    }

    /// How many units.
    public var count: UInt64
    /// The unit.
    public var unit: Unit

    /// Creates an interval.
    public init(count: UInt64, unit: Unit) {
        self.count = count
        self.unit = unit
    }

    /// Its length; nil past Int64, and for months and years.
    public var nanoseconds: Int64? {
        guard let count = Int64(exactly: count), let length = unit.nanoseconds else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        return overflow ? nil : product
    }

    /// Whether its length is a matter of the calendar.
    public var isCalendar: Bool { unit.nanoseconds == nil }

    /// Its length in months; nil if it is none, or is past what a year can be.
    public var months: Int? {
        guard isCalendar, let count = Int(exactly: count), count <= 12 * 1_000_000 else { return nil }
        return unit == .years ? 12 * count : count
    }

    /// Its canonical text, `15m`.
    public var text: String { "\(count)\(unit.rawValue)" }
}
