import Columnar

/// When NASDAQ's regular session is open: from 9:30 to 16:00 in New York, until 13:00 before some holidays, on days that are
/// neither weekends nor holidays (nasdaqtrader.com, Trading Calendar; NYSE has the same days by its Rule 7.2).
///
/// Holidays are those of today's rules, each from the year that it was first kept; days on which the market was closed
/// for another reason are listed since 1994.
enum NasdaqCalendar {
    private static let zone = ZoneRules(named: "America/New_York")
    private static let opening = 9 * CivilTime.hour + 30 * CivilTime.minute
    private static let closing = 16 * CivilTime.hour
    private static let earlyClosing = 13 * CivilTime.hour

    /// Mourning, attacks and a storm: year, month, day.
    private static let closures: Set<Int> = Set(
        [
            (1994, 4, 27), (2001, 9, 11), (2001, 9, 12), (2001, 9, 13), (2001, 9, 14), (2004, 6, 11), (2007, 1, 2),
            (2012, 10, 29), (2012, 10, 30), (2018, 12, 5), (2025, 1, 9),
        ].map { CivilTime.days(year: $0, month: $1, day: $2) }
    )

    /// Whether the session is open at a time; it is no more at the instant of its end. Nil if this machine does not know New
    /// York's clocks.
    static func isOpen(_ time: Int64) -> Bool? {
        guard let zone else { return nil }
        guard let local = zone.local(ofUTC: time) else { return false }
        let civil = CivilTime(nanoseconds: local)
        guard civil.nanosecondOfDay >= opening, civil.nanosecondOfDay < closing else { return false }
        let day = Day(civil)
        guard day.weekday <= 5, !isHoliday(day), !closures.contains(day.number) else { return false }
        return civil.nanosecondOfDay < earlyClosing || !endsEarly(day)
    }

    /// A day on the calendar.
    private struct Day {
        let number: Int
        let year: Int
        let month: Int
        let day: Int
        /// 1 for Monday to 7 for Sunday.
        let weekday: Int
        /// Which one of its weekday in its month it is.
        var place: Int { (day - 1) / 7 + 1 }

        init(_ civil: CivilTime) {
            (year, month, day) = (civil.year, civil.month, civil.day)
            number = CivilTime.days(year: year, month: month, day: day)
            // The epoch was a Thursday.
            weekday = ((number + 3) % 7 + 7) % 7 + 1
        }

        /// Whether a holiday of a fixed date is kept on this working day: on Friday if it falls on a Saturday, on Monday if on
        /// a Sunday.
        func keeps(_ month: Int, _ day: Int) -> Bool {
            let distance = number - CivilTime.days(year: year, month: month, day: day)
            return distance == 0 || distance == -1 && weekday == 5 || distance == 1 && weekday == 1
        }
    }

    private static func isHoliday(_ day: Day) -> Bool {
        switch day.month {
        case 1:
            // New Year's Day on a Saturday is not kept on Friday, the last day of the year.
            return day.keeps(1, 1) || day.year >= 1998 && day.weekday == 1 && day.place == 3
        case 2: return day.weekday == 1 && day.place == 3
        case 3, 4: return day.number == easter(day.year) - 2
        case 5: return day.weekday == 1 && day.day > 24
        case 6: return day.year >= 2022 && day.keeps(6, 19)
        case 7: return day.keeps(7, 4)
        case 9: return day.weekday == 1 && day.place == 1
        case 11: return day.weekday == 4 && day.place == 4
        case 12: return day.keeps(12, 25)
        default: return false
        }
    }

    /// The days before Independence Day and Christmas, which are Monday to Thursday then, and the one after Thanksgiving.
    private static func endsEarly(_ day: Day) -> Bool {
        switch (day.month, day.day) {
        case (7, 3), (12, 24): day.weekday <= 4
        case (11, 23...29): day.weekday == 5
        default: false
        }
    }

    /// The day number of Easter Sunday, by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8).
    private static func easter(_ year: Int) -> Int {
        let (a, b, c) = (year % 19, year / 100, year % 100)
        let (d, e) = (b / 4, b % 4)
        let g = (8 * b + 13) / 25
        let h = (19 * a + b - d - g + 15) % 30
        let l = (32 + 2 * e + 2 * (c / 4) - h - c % 4) % 7
        let m = (a + 11 * h + 22 * l) / 451
        let sum = h + l - 7 * m + 114
        return CivilTime.days(year: year, month: sum / 31, day: sum % 31 + 1)
    }
}
