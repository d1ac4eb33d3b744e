import Columnar
import TestSupport
import Testing

@testable import MarketStore

/// What MarketStore writes for a time: its formula, in floating point as there.
private func ticks(of time: Int64, index: Int64, timeframe: Int64, year: Int) -> UInt32 {
    let slotsADay = CivilTime.day / timeframe
    let yearUTC = Int64(CivilTime.days(year: year, month: 1, day: 1)) * CivilTime.day
    let base = yearUTC + Int64(Double(index - 1) * 86_400 / Double(slotsADay)) * CivilTime.second
    let seconds = Double((time - base) / CivilTime.second) + Double((time - base) % CivilTime.second) / 1e9
    let ticks = Double(slotsADay) * 49_710.269629629629629629629629629 * seconds
    return UInt32(truncatingIfNeeded: Int64(ticks))
}

/// The index of a time's slot, as MarketStore computes it.
private func index(of time: Int64, timeframe: Int64, zone: ZoneRules) -> (year: Int, index: Int64) {
    let local = zone.local(ofUTC: time) ?? time
    let year = CivilTime(nanoseconds: local).year
    let first = Int64(CivilTime.days(year: year, month: 1, day: 1)) * CivilTime.day
    if timeframe == CivilTime.day { return (year, floorDivide(local - first, CivilTime.day)) }
    return (year, 1 + (time - (zone.utc(ofLocal: first) ?? 0)) / timeframe)
}

@Suite("Times of slots")
struct SlotTimesTests {
    static let timeframes: [(name: String, grain: Int64)] = [
        ("1Sec", 1), ("5Sec", 1_000), ("1Min", 1_000), ("7Min", 1_000), ("5Min", 1_000), ("15Min", 1_000),
        ("30Min", 1_000),
        ("1H", 1_000), ("2H", 1_000_000), ("4H", 1_000_000), ("1D", 1_000_000),
    ]

    private func restored(_ time: Int64, _ timeframe: Int64, _ zone: ZoneRules) -> Int64? {
        let (year, index) = index(of: time, timeframe: timeframe, zone: zone)
        let times = SlotTimes(year: year, timeframe: timeframe, zone: zone)
        guard let start = times.start(ofIndex: index) else { return nil }
        let ticks = ticks(of: time, index: index, timeframe: timeframe, year: year)
        return start + times.offset(ticks: ticks, index: index, start: start)
    }

    @Test("of usual precision come back exactly", arguments: timeframes, ["UTC", "America/New_York", "Asia/Kolkata"])
    func usualTimes(timeframe: (name: String, grain: Int64), zone: String) throws {
        let zone = try #require(ZoneRules(named: zone))
        let length = try #require(Timeframe(timeframe.name)).nanoseconds
        var random = SeededGenerator(seed: UInt64(length))
        let first = Int64(CivilTime.days(year: 1969, month: 1, day: 2)) * CivilTime.day
        for _ in 0..<2_000 {
            let span = Int64(60 * 365) * CivilTime.day
            let time = first + Int64.random(in: 0..<span, using: &random) / timeframe.grain * timeframe.grain
            #expect(restored(time, length, zone) == time)
            let second = time / CivilTime.second * CivilTime.second
            #expect(restored(second, length, zone) == second)
        }
    }

    @Test("of any precision are off by a tick at most", arguments: ["1Sec", "1Min", "1H", "1D"])
    func resolution(timeframe: String) throws {
        let length = try #require(Timeframe(timeframe)).nanoseconds
        var random = SeededGenerator(seed: 11)
        for _ in 0..<5_000 {
            let time = 1_600_000_000 * CivilTime.second + Int64.random(in: 0..<CivilTime.day * 300, using: &random)
            let found = try #require(restored(time, length, .utc))
            #expect(abs(found - time) <= length >> 32 + 1)
        }
    }

    @Test("that MarketStore returns wrongly are right")
    func defects() throws {
        // 5000 -> 4997 and 10:00:10 -> 10:00:09.999999991 in a slot of a minute.
        let minute = CivilTime.minute
        let ten = 1_705_312_810 * CivilTime.second
        for time in [ten, ten + 5_000, ten + 500_000_000] { #expect(restored(time, minute, .utc) == time) }
        // 10:30:15-04:00 comes back as 14:30:14.999985-04:00 from a daily slot in New York.
        let zone = try #require(ZoneRules(named: "America/New_York"))
        let time = 1_720_017_015 * CivilTime.second
        #expect(restored(time, CivilTime.day, zone) == time)
    }

    @Test("of the first of January have index 0 in daily files, and 1 in others")
    func firstOfJanuary() {
        let start = Int64(CivilTime.days(year: 2024, month: 1, day: 1)) * CivilTime.day
        #expect(SlotTimes(year: 2024, timeframe: CivilTime.day, zone: .utc).start(ofIndex: 0) == start)
        #expect(SlotTimes(year: 2024, timeframe: CivilTime.hour, zone: .utc).start(ofIndex: 1) == start)
    }

    @Test("of the last ticks lie in their slot, in a zone that is far away, too")
    func lastTicks() throws {
        let zone = try #require(ZoneRules(named: "+05:30"))
        let times = SlotTimes(year: 2024, timeframe: CivilTime.second, zone: zone)
        let start = try #require(times.start(ofIndex: 65_530))
        for ticks in UInt32.max - 9...UInt32.max {
            #expect((0..<CivilTime.second).contains(times.offset(ticks: ticks, index: 65_530, start: start)))
        }
    }

    @Test("are whatever they are for any ticks and indices, without a trap", arguments: UInt64(1)...10)
    func anyNumbers(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let length = Int64.random(in: CivilTime.second...366 * CivilTime.day, using: &random)
            let index =
                random.oneIn(2) ? Int64(bitPattern: random.next()) : Int64.random(in: 0...400_000, using: &random)
            let times = SlotTimes(year: Int.random(in: 1678...2261, using: &random), timeframe: length, zone: .utc)
            guard let start = times.start(ofIndex: index) else { continue }
            let offset = times.offset(
                ticks: UInt32.random(in: 0...UInt32.max, using: &random),
                index: index,
                start: start
            )
            #expect(offset >= 0 && offset < length)
        }
    }
}
