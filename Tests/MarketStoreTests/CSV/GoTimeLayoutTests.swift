import Columnar
import TestSupport
import Testing

@testable import MarketStore

@Suite("Layouts of Go")
struct GoTimeLayoutTests {
    @Test(
        "read times as Go does",
        arguments: [
            ("1/2/2006 3:04:05 PM", "12/30/2016 9:37:57 PM", "2016-12-30T21:37:57Z"),
            ("1/2/2006 3:04:05 PM", "1/2/2016 12:00:00 AM", "2016-01-02T00:00:00Z"),
            ("20060102 15:04:05", "20161230 21:37:57", "2016-12-30T21:37:57Z"),
            ("20060102 15:04:05", "20161230 21:37:57 140000", "2016-12-30T21:37:57.140Z"),
            ("20060102 15:04:05", "20161230 21:37:57 140", "2016-12-30T21:37:57.140Z"),
            ("20060102 15:04:05", "20161230 21:37:57140", "2016-12-30T21:37:57.140Z"),
            ("2006-01-02T15:04:05Z07:00", "2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00Z"),
            ("2006-01-02T15:04:05Z07:00", "2024-05-01T10:00:00Z", "2024-05-01T10:00:00Z"),
            ("2006-01-02 15:04:05", "2024-05-01 10:00:00.123456789", "2024-05-01T10:00:00.123456789Z"),
            ("2006-01-02 15:04:05.000", "2024-05-01 10:00:00.5", "2024-05-01T10:00:00.500Z"),
            ("Mon Jan _2 15:04:05 2006", "Wed May  1 10:00:00 2024", "2024-05-01T10:00:00Z"),
            ("Monday, 02-Jan-06 15:04:05 MST", "Wednesday, 01-May-24 10:00:00 UTC", "2024-05-01T10:00:00Z"),
            ("02 January 2006", "01 May 2024", "2024-05-01T00:00:00Z"),
            ("2006-01-02 15:04:05 -0700", "2024-05-01 10:00:00 -0430", "2024-05-01T14:30:00Z"),
            ("20060102", "20240229", "2024-02-29T00:00:00Z"),
        ]
    )
    func times(layout: String, text: String, expected: String) {
        let time = GoTimeLayout(layout).nanoseconds(Array(text.utf8), zone: .utc)
        #expect(time.map(CivilTime.text) == expected)
    }

    @Test(
        "refuse what has another form, or is no time",
        arguments: [
            ("20060102", "20230229"), ("20060102", "2023022"), ("2006-01-02", "2023-13-01"), ("15:04", "24:00"),
            ("2006-01-02", "2023-01-01x"), ("20060102 15:04:05", "20161230 21:37:57 14"), ("3:04 PM", "13:00 PM"),
            ("Jan", "Foo"), ("2006-01-02", ""), ("2006", "1500"),
        ]
    )
    func refused(layout: String, text: String) {
        #expect(GoTimeLayout(layout).nanoseconds(Array(text.utf8), zone: .utc) == nil)
    }

    @Test("read times of a zone where they do not say theirs")
    func zones() throws {
        let zone = try #require(ZoneRules(named: "America/New_York"))
        let layout = GoTimeLayout("20060102 15:04:05")
        let time = layout.nanoseconds(Array("20240701 09:30:00".utf8), zone: zone)
        #expect(time.map(CivilTime.text) == "2024-07-01T13:30:00Z")
    }

    @Test("and any text never trap", arguments: UInt64(1)...20)
    func anyText(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "2006", "01", "02", "15", "04", "05", "Jan", "MST", "-0700", "Z07:00", ".000", " ", ":", "-", "9", "PM",
        ]
        for _ in 0..<300 {
            let layout = (0..<random.int(0...6)).map { _ in random.pick(pieces) }.joined()
            let text = (0..<random.int(0...8)).map { _ in random.pick(pieces + ["31", "é", "99999999999"]) }.joined()
            _ = GoTimeLayout(layout).nanoseconds(Array(text.utf8), zone: .utc)
        }
    }
}
