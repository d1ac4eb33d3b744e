import Columnar
import Testing

@Suite struct CivilTimeTests {
    /// Every day that Int64 nanoseconds reach, by counting.
    @Test func everyDayIsCountedRight() {
        var (year, month, day, weekday) = (1970, 1, 1, 4)
        func lengths(_ year: Int) -> [Int] {
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        }
        func check(_ number: Int) -> Bool {
            let civil = CivilTime(nanoseconds: Int64(number) * CivilTime.day)
            return civil.year == year && civil.month == month && civil.day == day && civil.nanosecondOfDay == 0
                && CivilTime.days(year: year, month: month, day: day) == number
                && CivilTime.daysInMonth(year: year, month: month) == lengths(year)[month - 1]
        }
        var failures = 0
        for number in 0...106_751 {
            if !check(number) { failures += 1 }
            day += 1
            weekday = (weekday + 1) % 7
            if day > lengths(year)[month - 1] { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
        }
        #expect((year, month, day) == (2262, 4, 12))
        (year, month, day) = (1970, 1, 1)
        for number in stride(from: 0, through: -106_751, by: -1) {
            if !check(number) { failures += 1 }
            day -= 1
            if day == 0 {
                month -= 1
                if month == 0 { (month, year) = (12, year - 1) }
                day = lengths(year)[month - 1]
            }
        }
        #expect((year, month, day) == (1677, 9, 21))
        #expect(failures == 0)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (1_500_000_000, "1970-01-01T00:00:01.500Z"),
            (1_723_161_254_236_551_067, "2024-08-08T23:54:14.236551067Z"), (1_000, "1970-01-01T00:00:00.000001Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"), (.min, "1677-09-21T00:12:43.145224192Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        ] as [(Int64, String)]
    )
    func textIsWrittenAndReadBack(time: Int64, text: String) {
        #expect(CivilTime.text(time) == text)
        #expect(CivilTime.interval(text)?.start == time)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func anyTimestampIsReadBackFromItsText(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<5_000 {
            var time = Int64.random(in: .min ... .max, using: &random)
            // Round ones have fewer digits.
            if round % 2 == 0 {
                time = CivilTime.floor(time, to: [1_000, 1_000_000, CivilTime.second, CivilTime.day][round / 2 % 4])
            }
            try #require(CivilTime.interval(CivilTime.text(time))?.start == time, "\(time)")
        }
    }

    @Test(arguments: [
        ("2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2023-12", "2023-12-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("2024-08-08T23", "2024-08-08T23:00:00Z", "2024-08-09T00:00:00Z"),
        ("2024-08-08 23:55", "2024-08-08T23:55:00Z", "2024-08-08T23:56:00Z"),
        ("2024-08-08T23:55:59", "2024-08-08T23:55:59Z", "2024-08-08T23:56:00Z"),
        ("2024-08-08T23:55:59.9", "2024-08-08T23:55:59.900Z", "2024-08-08T23:56:00Z"),
        ("2024-08-08T23:55:59.000000001Z", "2024-08-08T23:55:59.000000001Z", "2024-08-08T23:55:59.000000002Z"),
        ("2024-08-08T23:55+02:00", "2024-08-08T21:55:00Z", "2024-08-08T21:56:00Z"),
        ("2024-08-08T23-0530", "2024-08-09T04:30:00Z", "2024-08-09T05:30:00Z"),
        ("2024-08-08T23:55+09", "2024-08-08T14:55:00Z", "2024-08-08T14:56:00Z"),
        ("2024-01-01T00:00:00+00:01", "2023-12-31T23:59:00Z", "2023-12-31T23:59:01Z"),
        ("1969", "1969-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        // Clipped to what Int64 reaches.
        ("2262", "2262-01-01T00:00:00Z", "2262-04-11T23:47:16.854775807Z"),
        ("2262-04-11", "2262-04-11T00:00:00Z", "2262-04-11T23:47:16.854775807Z"),
        ("1677", "1677-09-21T00:12:43.145224192Z", "1678-01-01T00:00:00Z"),
        ("1677-09-21T00:12:43", "1677-09-21T00:12:43.145224192Z", "1677-09-21T00:12:44Z"),
    ])
    func intervalIsWhatTheTextNames(text: String, start: String, end: String) throws {
        let interval = try #require(CivilTime.interval(text))
        #expect(CivilTime.text(interval.start) == start)
        #expect(CivilTime.text(interval.end) == end)
    }

    @Test(arguments: [
        "", "2", "202", "20245", "2024-", "2024-1", "2024-00", "2024-13", "2024-02-30", "2023-02-29", "1900-02-29",
        "2024-04-31",
        "2024-08-00", "2024-08-08T", "2024-08-08T24", "2024-08-08T2", "2024-08-08T23:", "2024-08-08T23:60",
        "2024-08-08T23:55:60",
        "2024-08-08T23:55:10.", "2024-08-08T23:55:10.1234567890", "2024-08-08T23:55:10.5X", "2024-08-08T23:55+",
        "2024-08-08Z",
        "2024-08-08T23:55+19:00", "2024-08-08T23:55+01:60", "2024-08-08T23:55+1", "2024-08-08T23:55+01:",
        "2024-08-08T23:55ZZ",
        "2024-08-08X23", " 2024", "2024 ", "-024", "+2024", "２０２４", "2024-08-08\u{0}", "1676", "2263", "9999-12-31",
        "0000",
        "1677-09-21T00:12:42", "2262-04-11T23:47:17", "2024-08-08T23:55:1٠",
    ])
    func textThatNamesNoIntervalIsRefused(text: String) {
        #expect(CivilTime.interval(text) == nil)
    }

    @Test func noBytesTrap() {
        var random = SeededGenerator(seed: 7)
        let letters = Array("0123456789-:T. Z+2024-08-08T23:55:10.5Z\u{0}é".unicodeScalars)
        for _ in 0..<20_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...32, using: &random) { text.append(letters.randomElement(using: &random)!) }
            if let interval = CivilTime.interval(String(text)) { #expect(!interval.isEmpty) }
        }
    }

    @Test func floorGoesTowardsMinusInfinity() {
        #expect(CivilTime.floor(-1, to: 60) == -60)
        #expect(CivilTime.floor(-60, to: 60) == -60)
        #expect(CivilTime.floor(59, to: 60) == 0)
        #expect(CivilTime.floor(.min, to: CivilTime.day) == .min)
        #expect(CivilTime.floor(.max, to: 1) == .max)
        #expect(floorDivide(.min, 1) == .min)
    }
}
