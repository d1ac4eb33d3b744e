/// When messages are due: evenly spread, and never moved by how late they are sent.
///
/// So a latency measured against a message's event time also holds the time that the message waited for a sender that
/// was behind.
struct MessageSchedule {
    /// Time of message 0, nanoseconds.
    let start: Int64
    let perSecond: Int64
    /// The next message to send.
    private(set) var index: Int64 = 0

    /// A sender further behind than this (5 s: the process was stopped) leaves messages out.
    static let behindMax: Int64 = 5_000_000_000

    init(start: Int64, perSecond: Int) {
        self.start = start
        self.perSecond = Int64(max(1, perSecond))
    }

    /// When the next message is due.
    var due: Int64 {
        start + index / perSecond * 1_000_000_000 + index % perSecond * 1_000_000_000 / perSecond
    }

    /// The next message was sent.
    mutating func advance() { index += 1 }

    /// Leaves out what is hopelessly late; returns how many messages.
    mutating func skip(now: Int64) -> Int64 {
        let behind = now - due
        guard behind > Self.behindMax else { return 0 }
        let skipped = behind / 1_000_000_000 * perSecond
        index += skipped
        return skipped
    }
}
