import Columnar
import QueryLang
import QuerySupport
import TestSupport
import Testing

@testable import Engine

/// Buckets of days, weeks and months in time zones, against ones found by trying every boundary.
@Suite("Buckets of the calendar") struct CalendarBucketTests {
    /// Zones whose clocks change at midnight, by half an hour, over the date line, or never.
    private static let zones = [
        "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Beirut",
        "America/Havana", "+05:30", "UTC",
    ]

    @Test("hold each time between their start and the next, and begin where the clocks say", arguments: zones)
    func holdTheirTimes(name: String) throws {
        let zone = try #require(ZoneRules(named: name))
        var random = SeededGenerator(seed: 7)
        for _ in 0..<40 {
            var calendar = Sampling.Calendar(zone: zone, origin: Int64(random.int(-1000...1000)) * CivilTime.hour)
            if random.oneIn(2) {
                calendar.days = random.pick([1, 1, 2, 7, 14])
            } else {
                calendar.months = random.pick([1, 1, 3, 12, 60])
            }
            let buckets = CalendarBuckets(calendar)
            for _ in 0..<40 {
                // From 1900 to 2100, to the hour, so that changes of clocks are met.
                let time = Int64(random.int(-613_000...1_139_000)) * CivilTime.hour
                let index = buckets.index(time)
                let (start, end) = (buckets.start(index), buckets.start(index + 1))
                try #require(start <= Int128(time) && Int128(time) < end, "\(calendar) \(CivilTime.text(time))")
                let local = try #require(zone.local(ofUTC: Int64(clamping: start)))
                let civil = CivilTime(nanoseconds: local)
                let origin = CivilTime(nanoseconds: calendar.origin)
                // Unless the clocks skip the boundary, they show the origin's time of day there.
                let before = zone.offset(atUTC: Int64(clamping: start - 1))
                let isSkipped = before != zone.offset(atUTC: Int64(clamping: start))
                try #require(isSkipped || civil.nanosecondOfDay == origin.nanosecondOfDay)
                if calendar.months > 0, !isSkipped {
                    let months = (civil.year - origin.year) * 12 + civil.month - origin.month
                    try #require(months % calendar.months == 0)
                }
            }
        }
    }

    @Test("are found at the ends of time") func reachTheEndsOfTime() throws {
        let zone = try #require(ZoneRules(named: "Europe/Berlin"))
        for calendar in [Sampling.Calendar(days: 1, zone: zone), Sampling.Calendar(months: 1, zone: zone)] {
            let buckets = CalendarBuckets(calendar)
            for time in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
                let index = buckets.index(time)
                #expect(buckets.start(index) <= Int128(time))
                #expect(buckets.start(index + 1) > Int128(time))
            }
        }
    }

    @Test("give runs of rows that are those of each row alone", arguments: [1, 3] as [Int])
    func runsAreThoseOfRows(days: Int) throws {
        var sampling = Sampling(step: Int64(days + 1) * CivilTime.day)
        sampling.calendar = Sampling.Calendar(days: days, zone: try #require(ZoneRules(named: "Europe/Berlin")))
        sampling.from = Int64(CivilTime.days(year: 2021, month: 3, day: 20)) * CivilTime.day
        let buckets = Buckets(sampling)
        var random = SeededGenerator(seed: 11)
        let origin = Int64(CivilTime.days(year: 2021, month: 3, day: 18)) * CivilTime.day
        let times = (0..<5_000).map { _ in origin + Int64(random.int(0...20_000)) * CivilTime.minute }.sorted()
        var numbers: [Int64] = []
        times.withUnsafeBufferPointer { times in
            buckets.forEachRun(times) { bucket, rows in numbers += rows.map { _ in bucket } }
        }
        #expect(numbers == times.map(buckets.index))
        #expect(numbers.first == buckets.first)
    }
}
