import Columnar
import MarketStore
import Testing

@Suite("A timeframe")
struct TimeframeTests {
    private func time(_ text: String) throws -> Int64 { try #require(CivilTime.interval(text)?.start) }
    private func zone(_ name: String) throws -> ZoneRules { try #require(ZoneRules(named: name)) }

    @Test(
        "is digits and a unit",
        arguments: [
            ("1S", "1Sec"), ("1Sec", "1Sec"), ("15Sec", "15Sec"), ("1T", "1Min"), ("1Min", "1Min"), ("007Min", "7Min"),
            ("4H", "4H"), ("1D", "1D"), ("2D", "2D"), ("1W", "1W"), ("1M", "1M"), ("1Y", "1Y"),
        ]
    )
    func spellings(text: String, printed: String) throws {
        let timeframe = try #require(Timeframe(text))
        #expect(timeframe.description == printed)
        #expect(Timeframe(printed) == timeframe)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "1", "Min", "1min", "1MIN", "1Minute", "x1Min", "1Min ", "-1Min", "+1Min", "0Min", "1.5H", "1 Min",
            "foo",
            "300Y", "99999999999999999999Sec", "1é",
        ]
    )
    func refused(text: String) {
        #expect(Timeframe(text) == nil)
    }

    @Test("below a day is floored by arithmetic in UTC, before 1970 too")
    func arithmetic() throws {
        let kolkata = try zone("Asia/Kolkata")
        for (text, at, start) in [
            ("1Min", "2024-01-02T10:01:30.5Z", "2024-01-02T10:01:00Z"),
            ("4H", "2024-01-02T07:59:59.999999999Z", "2024-01-02T04:00:00Z"),
            ("1H", "2024-01-02T10:00:00Z", "2024-01-02T10:00:00Z"),
            ("1H", "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:00:00Z"),
        ] {
            let timeframe = try #require(Timeframe(text))
            #expect(timeframe.floor(try time(at), in: kolkata) == (try time(start)))
            #expect(timeframe.end(ofSlotAt: try time(at), in: kolkata) == (try time(start)) + timeframe.nanoseconds)
        }
    }

    @Test(
        "from a day up follows the calendar of the zone",
        arguments: [
            ("1D", "UTC", "2024-01-01T23:59:59Z", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"),
            ("1D", "America/New_York", "2024-01-01T03:00:00Z", "2023-12-31T05:00:00Z", "2024-01-01T05:00:00Z"),
            // The day on which clocks are put forward has 23 hours.
            ("1D", "America/New_York", "2024-03-10T12:00:00Z", "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z"),
            ("1W", "UTC", "2024-01-03T12:00:00Z", "2024-01-01T00:00:00Z", "2024-01-08T00:00:00Z"),
            ("1W", "UTC", "1969-12-31T12:00:00Z", "1969-12-29T00:00:00Z", "1970-01-05T00:00:00Z"),
            ("1W", "Asia/Tokyo", "2024-01-07T16:00:00Z", "2024-01-07T15:00:00Z", "2024-01-14T15:00:00Z"),
            ("1M", "UTC", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("1M", "Europe/Berlin", "2024-03-31T22:30:00Z", "2024-03-31T22:00:00Z", "2024-04-30T22:00:00Z"),
            ("3M", "UTC", "2024-02-29T12:00:00Z", "2024-01-01T00:00:00Z", "2024-04-01T00:00:00Z"),
            ("1Y", "UTC", "2024-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
            ("1Y", "UTC", "1965-06-01T00:00:00Z", "1965-01-01T00:00:00Z", "1966-01-01T00:00:00Z"),
        ]
    )
    func calendar(text: String, zone name: String, at: String, start: String, end: String) throws {
        let timeframe = try #require(Timeframe(text))
        let zone = try zone(name)
        #expect(timeframe.floor(try time(at), in: zone) == (try time(start)))
        #expect(timeframe.floor(try time(start), in: zone) == (try time(start)))
        #expect(timeframe.end(ofSlotAt: try time(at), in: zone) == (try time(end)))
    }

    @Test("never traps, and its slots hold their times", arguments: Timeframe.Unit.allCases)
    func extremes(unit: Timeframe.Unit) throws {
        let timeframe = try #require(Timeframe(1, unit))
        for name in ["UTC", "America/New_York", "Pacific/Apia", "Africa/Cairo"] {
            let zone = try zone(name)
            var time = Int64.min
            while true {
                #expect(timeframe.floor(time, in: zone) <= time)
                #expect(timeframe.end(ofSlotAt: time, in: zone) > time || time == .max)
                let (next, overflow) = time.addingReportingOverflow(1_234_567_890_123_456_789)
                guard !overflow else { break }
                time = next
            }
            _ = timeframe.floor(.max, in: zone)
            _ = timeframe.end(ofSlotAt: .max, in: zone)
        }
    }

    @Test("has a fixed length where its slots are counted in UTC")
    func fixed() throws {
        let tokyo = try zone("Asia/Tokyo")
        #expect(Timeframe("1Min")?.fixedNanoseconds(in: tokyo) == 60_000_000_000)
        #expect(Timeframe("1D")?.fixedNanoseconds(in: .utc) == 86_400_000_000_000)
        #expect(Timeframe("1D")?.fixedNanoseconds(in: tokyo) == nil)
        #expect(Timeframe("1W")?.fixedNanoseconds(in: .utc) == nil)
        #expect(Timeframe("1M")?.nanoseconds == 2_678_400_000_000_000)
    }

    @Test(
        "divides those whose borders are its own",
        arguments: [
            ("1Min", "5Min", "UTC", true), ("2Min", "5Min", "UTC", false), ("1Sec", "1D", "UTC", true),
            ("5Min", "5Min", "UTC", true), ("5Min", "1Min", "UTC", false), ("7H", "1D", "UTC", false),
            ("24H", "1D", "UTC", true), ("1D", "48H", "UTC", true), ("4H", "1D", "America/New_York", false),
            ("1H", "1D", "America/New_York", true), ("1H", "1D", "Asia/Kolkata", false),
            ("30Min", "1M", "Asia/Kolkata", true), ("1D", "24H", "Asia/Tokyo", false), ("1D", "1W", "UTC", true),
            ("1D", "1M", "Asia/Tokyo", true), ("1D", "1Y", "Asia/Tokyo", true), ("2D", "1M", "UTC", false),
            ("1W", "2W", "UTC", true), ("1W", "1M", "UTC", false), ("1M", "3M", "UTC", true), ("1M", "1Y", "UTC", true),
            ("3M", "1Y", "UTC", true), ("5M", "1Y", "UTC", false), ("1Y", "1M", "UTC", false),
            ("1Y", "2Y", "UTC", true),
        ]
    )
    func divides(inner: String, outer: String, zone name: String, expected: Bool) throws {
        let (inner, outer) = (try #require(Timeframe(inner)), try #require(Timeframe(outer)))
        #expect(inner.divides(outer, in: try zone(name)) == expected)
    }
}
