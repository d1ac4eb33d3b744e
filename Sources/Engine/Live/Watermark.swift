import Columnar

/// The running maximum of an instrument's event times. A jump that the receiver's clock does not explain is refused.
struct Watermark: Sendable {
    /// How far event time may run ahead of what the receiver's clock says has passed: one event with a time far in the
    /// future would otherwise close every window for good.
    static let jumpMax = 5 * CivilTime.minute

    /// The largest accepted time; nil before the first.
    private(set) var time: Int64?
    private var receiveTime: Int64 = 0

    /// Takes an event's times; false if its time jumps too far and was not believed.
    mutating func advance(to time: Int64, receiveTime: Int64) -> Bool {
        guard let current = self.time else {
            self.time = time
            self.receiveTime = receiveTime
            return true
        }
        let passed = max(0, receiveTime.subtractingReportingOverflow(self.receiveTime).partialValue)
        let (ahead, overflow) = time.subtractingReportingOverflow(current)
        if overflow || ahead > passed.addingReportingOverflow(Self.jumpMax).partialValue && ahead > 0 { return false }
        self.receiveTime = max(self.receiveTime, receiveTime)
        self.time = max(current, time)
        return true
    }
}
