public import Columnar

/// When the slots of a year file begin, and the rows in them are.
///
/// Slots are counted in the zone of the server that wrote the file. Those of a day are days of the year (the index of the
/// first of January is 0); others are lengths of time from the year's first instant on (their first index is 1).
///
/// A variable row has *ticks*: how much of its slot was over, in parts of 2^32, cut to a whole number. A time in nanoseconds
/// that was cut to ticks is one of an interval, 14 ns long in a slot of a minute and 20 µs in one of a day.
/// ``time(ticks:index:)`` takes the roundest of it: a whole second if there is one, else a whole millisecond, else a whole
/// microsecond, and else the middle. So a time that was whole milliseconds comes back exactly in every timeframe up to a
/// day, one of whole microseconds up to an hour, and one in nanoseconds in a slot of up to four seconds.
public struct SlotTimes: Sendable, Hashable {
    private let year: Int
    private let timeframe: Int64
    private let zone: ZoneRules
    private let firstInstant: Int64
    /// How many slots MarketStore takes a day to have, a whole number; 0 for slots of more than a day, whose rows have no
    /// ticks.
    private let slotsADay: Int64
    /// January 1 of the year in UTC.
    private let yearUTC: Int64

    /// Times of the slots of a year, whose timeframe is positive.
    public init(year: Int, timeframe: Int64, zone: ZoneRules) {
        self.year = year
        self.timeframe = timeframe
        self.zone = zone
        let days = Int64(CivilTime.days(year: year, month: 1, day: 1))
        yearUTC = days &* CivilTime.day
        firstInstant = zone.utc(ofLocal: yearUTC) ?? yearUTC
        slotsADay = CivilTime.day / timeframe
    }

    /// The first instant of a slot; nil if Int64 nanoseconds do not reach it.
    public func start(ofIndex index: Int64) -> Int64? {
        let isDaily = timeframe == CivilTime.day
        let (length, overflow) = (isDaily ? index : index &- 1).multipliedReportingOverflow(by: timeframe)
        let (start, overflows) = (isDaily ? yearUTC : firstInstant).addingReportingOverflow(length)
        guard !overflow, !overflows else { return nil }
        return isDaily ? zone.utc(ofLocal: start) : start
    }

    /// The time of a variable row, in nanoseconds from its slot's first instant.
    public func offset(ticks: UInt32, index: Int64, start: Int64) -> Int64 {
        guard slotsADay > 0 else { return 0 }
        return interval(index: index, start: start).offset(ticks)
    }

    /// What turns the ticks of a slot's rows into times.
    func interval(index: Int64, start: Int64) -> TickInterval {
        TickInterval(slotsADay: slotsADay, timeframe: timeframe, shift: start &- base(ofIndex: index))
    }

    /// The instant from which MarketStore counts the ticks of a slot: the slot's first one as if its zone were UTC and
    /// its slots divided a day, cut to a second.
    private func base(ofIndex index: Int64) -> Int64 {
        guard slotsADay > 0 else { return 0 }
        let seconds = (Double(index) - 1) * 86_400 / Double(slotsADay)
        guard seconds.magnitude < 1e9 else { return yearUTC }
        return yearUTC &+ Int64(seconds) &* CivilTime.second
    }
}
