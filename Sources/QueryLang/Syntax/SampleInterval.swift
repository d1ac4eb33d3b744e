/// A length of time as SAMPLE BY writes it: a count and a unit, `15m`.
public struct SampleInterval: Sendable, Hashable {
    /// The units, by their canonical spelling. Case matters: `M` will be a month.
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
        /// Days of 24 hours, UTC.
        case days = "d"

        /// The unit of this spelling, QuestDB's `n`, `U` and `T` included; nil if there is none.
        public init?(spelling: String) {
            switch spelling {
            case "n": self = .nanoseconds
            case "U": self = .microseconds
            case "T": self = .milliseconds
            default: self.init(rawValue: spelling)
            }
        }

        /// Its length.
        public var nanoseconds: Int64 {
            switch self {
            case .nanoseconds: 1
            case .microseconds: 1_000
            case .milliseconds: 1_000_000
            case .seconds: 1_000_000_000
            case .minutes: 60_000_000_000
            case .hours: 3_600_000_000_000
            case .days: 86_400_000_000_000
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

    /// Its length; nil past Int64.
    public var nanoseconds: Int64? {
        guard let count = Int64(exactly: count) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit.nanoseconds)
        return overflow ? nil : product
    }

    /// Its text, `15m`.
    public var text: String { "\(count)\(unit.rawValue)" }
}
