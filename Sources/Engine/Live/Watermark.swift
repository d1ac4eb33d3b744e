import Columnar

/// The running maximum of an instrument's event times. A jump that the receiver's clock does not explain is refused.
struct Watermark: Sendable {
    /// How far event time may run ahead of what the receiver's clock says has passed: one event with a time far in the
    /// future would otherwise close every window for good.
    static let jumpMax = 5 * CivilTime.minute
    /// Jumps in a row after which the new time is believed: then the venue's clock was set, or ours.
    static let jumpsMax = 100

    /// The largest accepted time; nil before the first.
    private(set) var time: Int64?
    private var receiveTime: Int64 = 0
    private var jumps = 0

    /// Takes an event's times; false if its time jumps too far and was not believed.
    mutating func advance(to time: Int64, receiveTime: Int64) -> Bool {
        guard let current = self.time else {
            self.time = time
            self.receiveTime = receiveTime
            return true
        }
        if jumps < Self.jumpsMax, isJump(from: current, to: time, receiveTime) {
            jumps += 1
            return false
        }
        jumps = 0
        self.receiveTime = max(self.receiveTime, receiveTime)
        self.time = max(current, time)
        return true
    }

    private func isJump(from current: Int64, to time: Int64, _ receiveTime: Int64) -> Bool {
        guard time > current else { return false }
        let (ahead, isFar) = time.subtractingReportingOverflow(current)
        let (passed, isLong) = receiveTime.subtractingReportingOverflow(self.receiveTime)
        if isFar || isLong { return isFar }
        return ahead &- max(0, passed) > Self.jumpMax
    }
}
