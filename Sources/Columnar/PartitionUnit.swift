/// The length of a table's partitions: its rows of one such stretch of UTC time lie together in files.
public enum PartitionUnit: UInt8, Sendable, Hashable, CaseIterable {
    /// An hour.
    case hour = 1
    /// A day.
    case day = 2
    /// A calendar month.
    case month = 3
    /// A calendar year.
    case year = 4
    /// All of time: one partition.
    case all = 5
    /// A week from Monday to Sunday, as ISO 8601 has it.
    case week = 6

    /// The unit that suits a table when nobody chose: a day of events; of bars about 30,000 slots a series.
    public static func preferred(for kind: TableKind) -> PartitionUnit {
        switch kind {
        case .event: .day
        case .regular(let timeframe) where timeframe < CivilTime.minute: .day
        case .regular(let timeframe) where timeframe < CivilTime.hour: .month
        case .regular: .year
        }
    }

    /// The number of the partition of a time; ascends with time.
    public func index(of time: Int64) -> Int32 {
        switch self {
        case .hour: return Int32(truncatingIfNeeded: floorDivide(time, CivilTime.hour))
        case .day: return Int32(truncatingIfNeeded: floorDivide(time, CivilTime.day))
        // 1970-01-01 is a Thursday: week 0 began three days before.
        case .week: return Int32(truncatingIfNeeded: floorDivide(floorDivide(time, CivilTime.day) + 3, 7))
        case .month:
            let civil = CivilTime(nanoseconds: time)
            return Int32(truncatingIfNeeded: civil.year * 12 + civil.month - 1)
        case .year: return Int32(truncatingIfNeeded: CivilTime(nanoseconds: time).year)
        case .all: return 0
        }
    }

    /// All times of a partition; the first and last ones of Int64 are short.
    public func range(of index: Int32) -> TimeRange {
        let index = Int64(index)
        switch self {
        case .hour: return Self.range(from: index, to: index + 1, unit: CivilTime.hour)
        case .day: return Self.range(from: index, to: index + 1, unit: CivilTime.day)
        case .week: return Self.range(from: index * 7 - 3, to: index * 7 + 4, unit: CivilTime.day)
        case .month:
            return Self.range(from: Self.days(month: index), to: Self.days(month: index + 1), unit: CivilTime.day)
        case .year:
            let first = Self.days(month: index * 12)
            return Self.range(from: first, to: Self.days(month: index * 12 + 12), unit: CivilTime.day)
        case .all: return .all
        }
    }

    /// How a partition's directory is called: `2024-01-05T13`, `2024-01-05`, `2024-W01`, `2024-01`, `2024` or
    /// `all`.
    public func name(of index: Int32) -> String {
        let text = CivilTime.text(range(of: index).start)
        switch self {
        case .hour: return String(text.prefix(13))
        case .day: return String(text.prefix(10))
        case .week: return Self.weekName(of: index)
        case .month: return String(text.prefix(7))
        case .year: return String(text.prefix(4))
        case .all: return "all"
        }
    }

    /// The ISO name of a week: its number in the year that its Thursday is in.
    private static func weekName(of index: Int32) -> String {
        let thursday = Int64(index) * 7
        let (time, overflow) = thursday.multipliedReportingOverflow(by: CivilTime.day)
        let year = CivilTime(nanoseconds: overflow ? (index < 0 ? .min : .max) : time).year
        let number = (thursday - Int64(CivilTime.days(year: year, month: 1, day: 1))) / 7 + 1
        return "\(year)-W\(number < 10 ? "0" : "")\(number)"
    }

    /// Days from the epoch to the first of a month that is counted from the year 0.
    private static func days(month: Int64) -> Int64 {
        let year = floorDivide(month, 12)
        return Int64(CivilTime.days(year: Int(year), month: Int(month - year * 12) + 1, day: 1))
    }

    private static func range(from first: Int64, to next: Int64, unit: Int64) -> TimeRange {
        let (start, startOverflows) = first.multipliedReportingOverflow(by: unit)
        let (end, endOverflows) = next.multipliedReportingOverflow(by: unit)
        return TimeRange(
            start: startOverflows ? (first < 0 ? .min : .max) : start,
            end: endOverflows ? (next < 0 ? .min : .max) : end
        )
    }
}
