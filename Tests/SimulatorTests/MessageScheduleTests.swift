import Testing

@testable import Simulator

@Suite struct MessageScheduleTests {
    @Test(arguments: [1, 3, 7, 1_000, 50_000, 999_983])
    func messagesAreSpreadEvenlyWithoutDrift(rate: Int) {
        var schedule = MessageSchedule(start: 5_000, perSecond: rate)
        var previous = Int64.min
        for index in 0..<min(3 * rate, 200_000) {
            #expect(schedule.due >= previous)
            previous = schedule.due
            if index % rate == 0 { #expect(schedule.due == 5_000 + Int64(index / rate) * 1_000_000_000) }
            schedule.advance()
        }
    }

    @Test func aSenderThatWasStoppedSkipsWholeSeconds() {
        var schedule = MessageSchedule(start: 0, perSecond: 10)
        #expect(schedule.skip(now: 4_000_000_000) == 0)
        #expect(schedule.skip(now: 100_000_000_000) == 1_000)
        #expect(schedule.due == 100_000_000_000)
    }
}
