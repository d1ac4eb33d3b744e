/// The rule of a time zone as POSIX writes it, `CET-1CEST,M3.5.0,M10.5.0/3`, in seconds; see RFC 8536, 3.3.
struct PosixZone {
    /// A day of each year and a time on it.
    struct Change {
        enum Day {
            /// Day 1 to 365, February 29th never counted.
            case julian(Int)
            /// Day 0 to 365, February 29th counted.
            case ordinal(Int)
            /// The n-th weekday (0 is Sunday) of a month; the fifth is the last.
            case weekday(month: Int, week: Int, day: Int)
        }

        let day: Day
        /// Seconds after midnight; may be negative, or beyond the day.
        let second: Int64

        /// The reading of the wall clock in a year, in seconds.
        func local(year: Int) -> Int64 {
            let number =
                switch day {
                case .julian(let day):
                    CivilTime.days(year: year, month: 1, day: 1) + day - 1
                        + (day > 59 && CivilTime.daysInMonth(year: year, month: 2) == 29 ? 1 : 0)
                case .ordinal(let day): CivilTime.days(year: year, month: 1, day: 1) + day
                case .weekday(let month, let week, let day):
                    Change.weekday(day, week: week, year: year, month: month)
                }
            return Int64(number) * 86_400 + second
        }

        private static func weekday(_ day: Int, week: Int, year: Int, month: Int) -> Int {
            let first = CivilTime.days(year: year, month: month, day: 1)
            // The epoch was a Thursday.
            let firstWeekday = (((first + 4) % 7) + 7) % 7
            var number = (day - firstWeekday + 7) % 7 + (week - 1) * 7
            if number >= CivilTime.daysInMonth(year: year, month: month) { number -= 7 }
            return first + number
        }
    }

    /// The years that Int64 nanoseconds reach.
    private static let years = 1677...2262

    /// Seconds ahead of UTC in winter.
    private(set) var standard: Int64 = 0
    /// Seconds ahead of UTC in summer, and when it begins and ends.
    private(set) var summer: (offset: Int64, start: Change, end: Change)?

    init?(_ text: [UInt8]) {
        var reader = PosixZoneReader(bytes: text)
        guard reader.skipName(), let offset = reader.time(hoursMax: 24) else { return nil }
        standard = -offset
        if reader.isAtEnd { return }
        guard reader.skipName() else { return nil }
        var summerOffset = standard + 3_600
        if !reader.isNext(",") {
            guard let offset = reader.time(hoursMax: 24) else { return nil }
            summerOffset = -offset
        }
        guard reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(), reader.isAtEnd
        else { return nil }
        summer = (summerOffset, start, end)
    }

    /// All changes after an instant, in seconds; with nil all that there are. The first says which offset counts now.
    func changes(after last: Int64?) -> [(start: Int64, offset: Int64)] {
        guard let summer else { return last == nil ? [(.min, standard)] : [] }
        var changes: [(start: Int64, offset: Int64)] = []
        for year in Self.years {
            changes.append((summer.start.local(year: year) - standard, summer.offset))
            changes.append((summer.end.local(year: year) - summer.offset, standard))
        }
        changes.sort { $0.start < $1.start }
        return changes.filter { $0.start > last ?? .min }
    }
}

/// Cursor over the text of a rule.
private struct PosixZoneReader {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    func isNext(_ character: Character) -> Bool { !isAtEnd && bytes[position] == character.asciiValue }

    mutating func take(_ character: Character) -> Bool {
        guard isNext(character) else { return false }
        position += 1
        return true
    }

    /// Passes over `CET` or `<+03>`.
    mutating func skipName() -> Bool {
        let start = position
        if take("<") {
            while !isAtEnd, !isNext(">") { position += 1 }
            return take(">")
        }
        while !isAtEnd, bytes[position] | 0x20 >= UInt8(ascii: "a"), bytes[position] | 0x20 <= UInt8(ascii: "z") {
            position += 1
        }
        return position - start >= 3
    }

    mutating func number(max: Int) -> Int? {
        var value = 0
        let start = position
        while !isAtEnd, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9"), value <= max {
            value = value * 10 + Int(bytes[position] - UInt8(ascii: "0"))
            position += 1
        }
        return position > start && value <= max ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    mutating func time(hoursMax: Int) -> Int64? {
        let sign: Int64 = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number(max: hoursMax) else { return nil }
        var seconds = hours * 3_600
        for unit in [60, 1] where take(":") {
            guard let value = number(max: 59) else { return nil }
            seconds += value * unit
        }
        return sign * Int64(seconds)
    }

    mutating func change() -> PosixZone.Change? {
        let day: PosixZone.Change.Day
        if take("M") {
            guard let month = number(max: 12), month >= 1, take("."), let week = number(max: 5), week >= 1, take("."),
                let weekday = number(max: 6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if take("J") {
            guard let number = number(max: 365), number >= 1 else { return nil }
            day = .julian(number)
        } else {
            guard let number = number(max: 365) else { return nil }
            day = .ordinal(number)
        }
        var second: Int64 = 7_200
        if take("/") {
            // Beyond POSIX, version 3 files have hours from -167 to 167.
            guard let time = time(hoursMax: 167) else { return nil }
            second = time
        }
        return PosixZone.Change(day: day, second: second)
    }
}
