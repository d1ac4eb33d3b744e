import Columnar

/// Counting by the proleptic Gregorian calendar, in UTC. Results outside of Int64 nanoseconds are nil.
public enum CalendarArithmetic {
    /// Months from January 1970 to the month of a time.
    static func monthNumber(of civil: CivilTime) -> Int64 { Int64(civil.year - 1970) * 12 + Int64(civil.month - 1) }

    /// The first instant of a month, counted from January 1970.
    static func start(ofMonth number: Int64) -> Int64? {
        let (year, month) = split(number)
        guard (1600...2300).contains(year) else { return nil }
        return nanoseconds(day: CivilTime.days(year: year, month: month, day: 1), ofDay: 0)
    }

    private static func split(_ number: Int64) -> (year: Int, month: Int) {
        let years = floorDivide(number, 12)
        return (Int(clamping: years &+ 1970), Int(number &- years &* 12) + 1)
    }

    static func nanoseconds(day: Int, ofDay nanosecond: Int64) -> Int64? {
        Int64(exactly: Int128(day) * Int128(CivilTime.day) + Int128(nanosecond))
    }

    /// A time some months later: the same day of the month, or its last if it has fewer days.
    public static func adding(months count: Int64, to time: Int64) -> Int64? {
        let civil = CivilTime(nanoseconds: time)
        let (number, overflow) = monthNumber(of: civil).addingReportingOverflow(count)
        guard !overflow else { return nil }
        let (year, month) = split(number)
        guard (1600...2300).contains(year) else { return nil }
        let day = Swift.min(civil.day, CivilTime.daysInMonth(year: year, month: month))
        return nanoseconds(day: CivilTime.days(year: year, month: month, day: day), ofDay: civil.nanosecondOfDay)
    }

    /// A time some units later.
    static func adding(_ count: Int64, _ unit: TimeUnit, to time: Int64) -> Int64? {
        if let months = unit.months {
            let (product, overflow) = count.multipliedReportingOverflow(by: months)
            return overflow ? nil : adding(months: product, to: time)
        }
        return Int64(exactly: Int128(time) + Int128(count) * Int128(unit.nanoseconds ?? 1))
    }

    /// How many whole units lie between two times, whichever is first.
    static func distance(_ unit: TimeUnit, _ left: Int64, _ right: Int64) -> Int64? {
        let (first, last) = (Swift.min(left, right), Swift.max(left, right))
        guard let months = unit.months else {
            return Int64(exactly: (Int128(last) - Int128(first)) / Int128(unit.nanoseconds ?? 1))
        }
        var count = monthNumber(of: CivilTime(nanoseconds: last)) - monthNumber(of: CivilTime(nanoseconds: first))
        if let reached = adding(months: count, to: first), reached > last { count -= 1 }
        return count / months
    }

    /// Days from the epoch.
    static func day(of time: Int64) -> Int64 { floorDivide(time, CivilTime.day) }

    /// 1 for Monday to 7 for Sunday.
    static func weekday(of time: Int64) -> Int64 {
        // The epoch was a Thursday.
        let days = (day(of: time) + 3) % 7
        return (days < 0 ? days + 7 : days) + 1
    }

    static func dayOfYear(of civil: CivilTime) -> Int {
        CivilTime.days(year: civil.year, month: civil.month, day: civil.day)
            - CivilTime.days(year: civil.year, month: 1, day: 1) + 1
    }

    /// Year and number of the week by ISO 8601: weeks begin on Monday, the first is that of January 4th.
    static func isoWeek(of time: Int64) -> (year: Int, week: Int) {
        // A week is of the year that its Thursday is in.
        let thursday = Int(day(of: time)) - Int(weekday(of: time)) + 4
        var year = CivilTime(nanoseconds: time).year + 1
        while CivilTime.days(year: year, month: 1, day: 1) > thursday { year -= 1 }
        return (year, (thursday - CivilTime.days(year: year, month: 1, day: 1)) / 7 + 1)
    }
}
