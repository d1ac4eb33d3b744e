import Testing

@testable import Columnar

@Suite struct ZoneRulesTests {
    @Test(arguments: ZoneOracle.offsets.keys.sorted())
    func offsetsAreThoseOfPython(zone: String) throws {
        let rules = try #require(ZoneRules(named: zone))
        for (second, offset) in ZoneOracle.offsets[zone] ?? [] {
            #expect(rules.offset(atUTC: second * CivilTime.second) == offset * CivilTime.second, "at \(second)")
        }
    }

    @Test(arguments: ZoneOracle.readings.keys.sorted())
    func readingsAreThoseOfPython(zone: String) throws {
        let rules = try #require(ZoneRules(named: zone))
        for (local, utc) in ZoneOracle.readings[zone] ?? [] {
            #expect(rules.utc(ofLocal: local * CivilTime.second) == utc * CivilTime.second, "of \(local)")
        }
    }

    @Test func gapsShiftForwardAndOverlapsMeanTheEarlier() throws {
        let berlin = try #require(ZoneRules(named: "Europe/Berlin"))
        func read(_ text: String) throws -> Int64 { try #require(CivilTime.interval(text)).start }
        #expect(berlin.utc(ofLocal: try read("2024-03-31T02:30")) == (try read("2024-03-31T01:30")))
        #expect(berlin.local(ofUTC: try read("2024-03-31T01:30")) == (try read("2024-03-31T03:30")))
        #expect(berlin.utc(ofLocal: try read("2024-10-27T02:30")) == (try read("2024-10-27T00:30")))
        #expect(berlin.utc(ofLocal: try read("2261-07-01")) == (try read("2261-06-30T22:00")))
    }

    /// Every instant is among those that its reading can mean, and its span says what the search says.
    @Test(arguments: ZoneOracle.offsets.keys.sorted())
    func everyInstantHasItsReading(zone: String) throws {
        let rules = try #require(ZoneRules(named: zone))
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2_000 {
            let time = Int64.random(in: -9_000_000_000_000_000_000...9_000_000_000_000_000_000, using: &random)
            let span = rules.span(atUTC: time)
            #expect(span.contains(time) && span.offset == rules.offset(atUTC: time))
            let local = try #require(rules.local(ofUTC: time))
            let back = try #require(rules.utc(ofLocal: local))
            #expect(back == time || back < time && rules.local(ofUTC: back) == local)
        }
    }

    @Test(arguments: [
        ("UTC", Int64(0)), ("Z", 0), ("GMT", 0), ("+05:30", 19_800), ("-0800", -28_800), ("+9", 32_400),
        ("UTC+02", 7_200),
        ("-18:00", -64_800),
    ])
    func fixedOffsetsNeedNoFile(name: String, seconds: Int64) throws {
        let rules = try #require(ZoneRules(named: name))
        #expect(rules.isFixed && rules.offset(atUTC: 0) == seconds * CivilTime.second)
        #expect(rules.utc(ofLocal: 0) == -seconds * CivilTime.second)
    }

    @Test(arguments: [
        "", "Europe/Atlantis", "../etc/passwd", "/etc/passwd", "Europe", "europe/../Europe/Berlin", "+5:3", "+19",
        "+05:60",
        "+", "05:30", "zone.tab", "Europe/Berlin ", "UTC5",
    ])
    func whatNamesNoZoneIsNone(name: String) { #expect(ZoneRules(named: name) == nil) }

    @Test func timesAtTheEndsOfInt64DoNotTrap() throws {
        let tokyo = try #require(ZoneRules(named: "Asia/Tokyo"))
        #expect(tokyo.local(ofUTC: .max) == nil && tokyo.utc(ofLocal: .min) == nil)
        let york = try #require(ZoneRules(named: "America/New_York"))
        #expect(york.utc(ofLocal: .max) == nil && york.local(ofUTC: .min) == nil)
        #expect(york.span(atUTC: .max).contains(.max) && york.span(atUTC: .min).contains(.min))
    }

    /// No bytes make the reader trap: cut off anywhere, or with bytes changed.
    @Test func damagedFilesAreNoZones() throws {
        let bytes = try #require(ZoneFile.read(named: "America/New_York"))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            _ = ZoneRules(name: "cut", file: Array(bytes[..<count]))
        }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var damaged = bytes
            for _ in 0..<8 {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let rules = ZoneRules(name: "damaged", file: damaged) else { continue }
            _ = (rules.offset(atUTC: 0), rules.utc(ofLocal: 0), rules.span(atUTC: .min))
        }
    }

    @Test(arguments: [
        "EST5EDT,M3.2.0,M11.1.0", "<+03>-3", "IST-1GMT0,M10.5.0,M3.5.0/1", "XXX3EDT4,0/0,J365/23",
        "AAA-14BBB,J60,300/-5",
    ])
    func rulesInPosixFormAreRead(text: String) { #expect(PosixZone(Array(text.utf8)) != nil) }

    @Test(arguments: [
        "", "E5", "EST", "EST5EDT", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,M11.1.0x",
    ])
    func otherTextIsNoRule(text: String) { #expect(PosixZone(Array(text.utf8)) == nil) }

    @Test func summerAllYearLongIsOneOffset() throws {
        let rule = try #require(PosixZone(Array("XXX3EDT4,0/0,J365/23".utf8)))
        let rules = ZoneRules(
            name: "all year",
            initial: 0,
            changes: rule.changes(after: 0).dropLast(2).map {
                ($0.start * CivilTime.second, $0.offset * CivilTime.second)
            }
        )
        for year in 1971..<2261 {
            let time = Int64(CivilTime.days(year: year, month: 12, day: 31)) * CivilTime.day + 23 * CivilTime.hour
            #expect(rules.offset(atUTC: time) == -4 * CivilTime.hour)
            #expect(rules.offset(atUTC: time + 6 * CivilTime.hour) == -4 * CivilTime.hour)
        }
    }
}
