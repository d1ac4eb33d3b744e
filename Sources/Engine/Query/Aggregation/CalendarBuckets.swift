import Columnar
import QueryLang

/// Buckets of days or months by the calendar of a time zone: a day is as long as its clocks say, a month as it is.
///
/// A bucket is found by the date that the clocks show, then corrected by the starts of its neighbours: where clocks are put
/// back over midnight, a date shows twice. A boundary that no clock shows, because it is skipped, is the moment of the skip.
final class CalendarBuckets: Sendable {
    private let calendar: Sampling.Calendar
    private let zone: ZoneRules
    /// The date of the origin.
    private let origin: CivilTime

    init(_ calendar: Sampling.Calendar) {
        self.calendar = calendar
        self.zone = calendar.zone ?? .utc
        self.origin = CivilTime(nanoseconds: calendar.origin)
    }

    /// The number of the last bucket that begins at a time or before it.
    func index(_ time: Int64) -> Int64 {
        let local = Int128(time) + Int128(zone.offset(atUTC: time))
        var index = Int64(clamping: estimate(local))
        while start(index &+ 1) <= Int128(time) { index &+= 1 }
        while start(index) > Int128(time) { index &-= 1 }
        return index
    }

    /// The start of a bucket, which may be outside of Int64.
    func start(_ index: Int64) -> Int128 {
        let local = localStart(index)
        guard let reading = Int64(exactly: local) else { return local }
        if let time = zone.utc(ofLocal: reading) { return Int128(time) }
        return local - Int128(zone.offset(atUTC: reading < 0 ? .min : .max))
    }

    private func estimate(_ local: Int128) -> Int128 {
        if calendar.months == 0 {
            return Self.floorDivide(
                local - Int128(calendar.origin),
                Int128(max(calendar.days, 1)) * Int128(CivilTime.day)
            )
        }
        let date = CivilTime(nanoseconds: Int64(clamping: local))
        let months = Int128(date.year - origin.year) * 12 + Int128(date.month - origin.month)
        return Self.floorDivide(months, Int128(calendar.months))
    }

    private func localStart(_ index: Int64) -> Int128 {
        if calendar.months == 0 {
            return Int128(calendar.origin) + Int128(index) * Int128(calendar.days) * Int128(CivilTime.day)
        }
        let months = Int128(origin.year) * 12 + Int128(origin.month - 1) + Int128(index) * Int128(calendar.months)
        // Years past these are past Int64 nanoseconds by far.
        let year = Int(Self.floorDivide(min(max(months, -120_000), 120_000), 12))
        let month = Int(min(max(months, -120_000), 120_000) - Int128(year) * 12) + 1
        let day = min(origin.day, CivilTime.daysInMonth(year: year, month: month))
        let days = CivilTime.days(year: year, month: month, day: day)
        return Int128(days) * Int128(CivilTime.day) + Int128(origin.nanosecondOfDay)
    }

    private static func floorDivide(_ value: Int128, _ divisor: Int128) -> Int128 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }
}
