public import Columnar

/// The length of a bucket's slots, or of bars: `1Min`, `4H`, `1D`, `1W`, `1M`, `1Y`.
///
/// A timeframe is written as digits and a unit, which minds case: `S` or `Sec`, `T` or `Min`, `H`, `D`, `W`, `M`, `Y`. Every
/// one that can be written can be read.
///
/// Slots of seconds, minutes and hours are counted from the Unix epoch, in UTC. From a day up they follow the calendar of a
/// time zone: days are counted from 1970-01-01, weeks from a Monday, months and years as the calendar numbers them, so that
/// `3M` is a quarter.
public struct Timeframe: Sendable, Hashable, CustomStringConvertible {
    /// What is counted.
    public enum Unit: Sendable, Hashable, CaseIterable {
        case second
        case minute
        case hour
        case day
        case week
        case month
        case year

        /// Nanoseconds of one; a month counts 31 days, a year 366.
        var nanoseconds: Int64 {
            switch self {
            case .second: CivilTime.second
            case .minute: CivilTime.minute
            case .hour: CivilTime.hour
            case .day: CivilTime.day
            case .week: 7 * CivilTime.day
            case .month: 31 * CivilTime.day
            case .year: 366 * CivilTime.day
            }
        }

        /// How it is printed.
        var name: String {
            switch self {
            case .second: "Sec"
            case .minute: "Min"
            case .hour: "H"
            case .day: "D"
            case .week: "W"
            case .month: "M"
            case .year: "Y"
            }
        }

        /// The unit that a word names; nil if none.
        init?(_ word: some StringProtocol) {
            switch word {
            case "S", "Sec": self = .second
            case "T", "Min": self = .minute
            case "H": self = .hour
            case "D": self = .day
            case "W": self = .week
            case "M": self = .month
            case "Y": self = .year
            default: return nil
            }
        }
    }

    /// How many of the unit; at least 1.
    public let count: Int64
    /// What is counted.
    public let unit: Unit

    /// Creates a timeframe; nil unless the count is positive and its nanoseconds fit Int64.
    public init?(_ count: Int64, _ unit: Unit) {
        guard count > 0, !count.multipliedReportingOverflow(by: unit.nanoseconds).overflow else { return nil }
        self.count = count
        self.unit = unit
    }

    /// Reads digits and a unit; nil if the text is not just that.
    public init?(_ text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), let unit = Unit(text[digits.endIndex...]) else { return nil }
        self.init(count, unit)
    }

    /// Digits and the longer spelling of the unit: `1Min`.
    public var description: String { "\(count)\(unit.name)" }

    /// The length in nanoseconds; a month counts 31 days, a year 366. What MarketStore's `GetInfo` tells.
    public var nanoseconds: Int64 { count * unit.nanoseconds }

    /// The length of its slots in nanoseconds if they all have the same, and are counted from the Unix epoch in UTC: below a
    /// day in every zone, and days in UTC. Nil if they follow a calendar.
    public func fixedNanoseconds(in zone: ZoneRules) -> Int64? {
        switch unit {
        case .second, .minute, .hour: nanoseconds
        case .day: zone.isFixed && zone.offset(atUTC: 0) == 0 ? nanoseconds : nil
        case .week, .month, .year: nil
        }
    }

    // MARK: Slots

    /// The start of the slot that holds a time, in nanoseconds since the epoch; `Int64.min` if that cannot be expressed.
    public func floor(_ time: Int64, in zone: ZoneRules) -> Int64 {
        if let step = fixedNanoseconds(in: zone) { return CivilTime.floor(time, to: step) }
        guard let local = zone.local(ofUTC: time), let start = utc(ofDay: firstDay(ofLocal: local), in: zone) else {
            return .min
        }
        // Where a clock is put back over midnight, a day's first reading shows again after times of the day before.
        return min(start, time)
    }

    /// The start of the slot after the one that holds a time; `Int64.max` if that cannot be expressed.
    public func end(ofSlotAt time: Int64, in zone: ZoneRules) -> Int64 {
        if let step = fixedNanoseconds(in: zone) {
            let (end, overflow) = CivilTime.floor(time, to: step).addingReportingOverflow(step)
            return overflow ? .max : end
        }
        guard let local = zone.local(ofUTC: time) else { return .max }
        return utc(ofDay: dayAfter(ofLocal: local), in: zone) ?? .max
    }

    /// Whether slots of this timeframe make up those of another: no slot of this one crosses a border of that one.
    public func divides(_ other: Timeframe, in zone: ZoneRules = .utc) -> Bool {
        if let step = fixedNanoseconds(in: zone) {
            if let length = other.fixedNanoseconds(in: zone) { return length % step == 0 }
            // Borders of the calendar are midnights of the zone.
            return CivilTime.day % step == 0 && Self.offsets(of: zone).allSatisfy { $0 % step == 0 }
        }
        switch (unit, other.unit) {
        case (.day, .day), (.week, .week), (.month, .month), (.year, .year): return other.count % count == 0
        case (.day, .week), (.day, .month), (.day, .year): return count == 1
        case (.month, .year): return 12 * other.count % count == 0
        default: return false
        }
    }

    /// How far a zone is ahead of UTC, at all times since 1970; before, local mean times had seconds of their own.
    private static func offsets(of zone: ZoneRules) -> [Int64] {
        var (offsets, time): ([Int64], Int64) = ([], 0)
        while true {
            let span = zone.span(atUTC: time)
            offsets.append(span.offset)
            guard span.end != .max else { return offsets }
            time = span.end
        }
    }

    /// The instant of a day's first reading; days since 1970-01-01. Nil outside of Int64.
    private func utc(ofDay day: Int, in zone: ZoneRules) -> Int64? {
        let (local, overflow) = Int64(day).multipliedReportingOverflow(by: CivilTime.day)
        return overflow ? nil : zone.utc(ofLocal: local)
    }

    /// The first day of the slot that holds a reading of the wall clock, as days since 1970-01-01.
    private func firstDay(ofLocal local: Int64) -> Int { day(ofSlot: slot(ofLocal: local)) }

    private func dayAfter(ofLocal local: Int64) -> Int { day(ofSlot: slot(ofLocal: local) + 1) }

    /// The number of the slot that holds a reading; calendar units only.
    private func slot(ofLocal local: Int64) -> Int {
        let days = floorDivide(local, CivilTime.day)
        let civil = CivilTime(nanoseconds: local)
        let units: Int64 =
            switch unit {
            case .second, .minute, .hour, .day: days
            // 1970-01-01 was a Thursday, three days after a Monday.
            case .week: floorDivide(days + 3, 7)
            case .month: Int64(civil.year * 12 + civil.month - 1)
            case .year: Int64(civil.year)
            }
        return Int(floorDivide(units, count))
    }

    private func day(ofSlot slot: Int) -> Int {
        let units = slot * Int(count)
        switch unit {
        case .second, .minute, .hour, .day: return units
        case .week: return units * 7 - 3
        case .month:
            let year = Int(floorDivide(Int64(units), 12))
            return CivilTime.days(year: year, month: units - year * 12 + 1, day: 1)
        case .year: return CivilTime.days(year: units, month: 1, day: 1)
        }
    }
}
