import Columnar
import Testing

@testable import QueryLang

@Suite("NASDAQ's calendar")
struct NasdaqCalendarTests {
    /// What NASDAQ published: days on which it was closed, and those that ended at 13:00; month and day.
    private static let published: [(year: Int, closed: String, early: String)] = [
        (2012, "1-2 1-16 2-20 4-6 5-28 7-4 9-3 10-29 10-30 11-22 12-25", "7-3 11-23 12-24"),
        (2013, "1-1 1-21 2-18 3-29 5-27 7-4 9-2 11-28 12-25", "7-3 11-29 12-24"),
        (2014, "1-1 1-20 2-17 4-18 5-26 7-4 9-1 11-27 12-25", "7-3 11-28 12-24"),
        (2015, "1-1 1-19 2-16 4-3 5-25 7-3 9-7 11-26 12-25", "11-27 12-24"),
        (2016, "1-1 1-18 2-15 3-25 5-30 7-4 9-5 11-24 12-26", "11-25"),
        (2017, "1-2 1-16 2-20 4-14 5-29 7-4 9-4 11-23 12-25", "7-3 11-24"),
        (2018, "1-1 1-15 2-19 3-30 5-28 7-4 9-3 11-22 12-5 12-25", "7-3 11-23 12-24"),
        (2019, "1-1 1-21 2-18 4-19 5-27 7-4 9-2 11-28 12-25", "7-3 11-29 12-24"),
        (2020, "1-1 1-20 2-17 4-10 5-25 7-3 9-7 11-26 12-25", "11-27 12-24"),
        (2021, "1-1 1-18 2-15 4-2 5-31 7-5 9-6 11-25 12-24", "11-26"),
        (2022, "1-17 2-21 4-15 5-30 6-20 7-4 9-5 11-24 12-26", "11-25"),
        (2023, "1-2 1-16 2-20 4-7 5-29 6-19 7-4 9-4 11-23 12-25", "7-3 11-24"),
        (2024, "1-1 1-15 2-19 3-29 5-27 6-19 7-4 9-2 11-28 12-25", "7-3 11-29 12-24"),
        (2025, "1-1 1-9 1-20 2-17 4-18 5-26 6-19 7-4 9-1 11-27 12-25", "7-3 11-28 12-24"),
        (2026, "1-1 1-19 2-16 4-3 5-25 6-19 7-3 9-7 11-26 12-25", "11-27 12-24"),
        (2027, "1-1 1-18 2-15 3-26 5-31 6-18 7-5 9-6 11-25 12-24", "11-26"),
    ]

    /// A time of a day on New York's clocks.
    private func time(_ day: Int, _ hour: Int64, _ minute: Int64) throws -> Int64 {
        let zone = try #require(ZoneRules(named: "America/New_York"))
        let local = Int64(day) * CivilTime.day + hour * CivilTime.hour + minute * CivilTime.minute
        return try #require(zone.utc(ofLocal: local))
    }

    @Test("is that which was published", arguments: published)
    func days(year: Int, closed: String, early: String) throws {
        let first = CivilTime.days(year: year, month: 1, day: 1)
        var (found, short): ([String], [String]) = ([], [])
        for day in first..<CivilTime.days(year: year + 1, month: 1, day: 1) {
            let civil = CivilTime(nanoseconds: Int64(day) * CivilTime.day)
            let isOpen = NasdaqCalendar.isOpen(try time(day, 10, 0))
            guard (day + 3) % 7 < 5 else {
                #expect(isOpen == false)
                continue
            }
            if isOpen == false { found.append("\(civil.month)-\(civil.day)") }
            if isOpen == true, NasdaqCalendar.isOpen(try time(day, 13, 0)) == false {
                short.append("\(civil.month)-\(civil.day)")
            }
        }
        #expect(found.joined(separator: " ") == closed)
        #expect(short.joined(separator: " ") == early)
    }

    @Test(
        "begins a session with its first instant, and ends it before its last",
        arguments: [
            ("2024-01-02T14:29:59.999999999Z", false), ("2024-01-02T14:30:00Z", true),
            ("2024-01-02T20:59:59.999999999Z", true), ("2024-01-02T21:00:00Z", false),
            // New York's summer, and an early end.
            ("2024-07-02T13:30:00Z", true), ("2024-07-02T13:29:00Z", false), ("2024-07-02T20:00:00Z", false),
            ("2024-07-03T16:59:59Z", true), ("2024-07-03T17:00:00Z", false),
            ("2001-09-12T15:00:00Z", false), ("2001-09-17T15:00:00Z", true),
        ]
    )
    func bounds(text: String, isOpen: Bool) throws {
        let time = try #require(CivilTime.interval(text)).start
        #expect(NasdaqCalendar.isOpen(time) == isOpen)
    }

    @Test("says no more than that it is closed at the ends of time")
    func ends() {
        for time in [Int64.min, .min + 1, .max - 1, .max] { #expect(NasdaqCalendar.isOpen(time) != nil) }
    }
}
