internal import Synchronization

/// Tickets for pages: a browser's WebSocket bears no Authorization field, so a page that has a token trades it for a ticket,
/// which opens one stream within a minute and may then be seen in a log.
final class StreamTickets: Sendable {
    static let lifetimeSeconds = 60
    /// Tickets that are out: a bound on memory, far above what people open.
    static let countMax = 10_000

    /// Until when each is good, on the clock that only goes forward.
    private let deadlines = Mutex<[String: Int64]>([:])

    /// A new ticket; nil if too many are out.
    func issue(now: Int64) -> String? {
        var generator = SystemRandomNumberGenerator()
        let ticket = (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        return deadlines.withLock { deadlines in
            if deadlines.count >= Self.countMax { deadlines = deadlines.filter { $0.value > now } }
            guard deadlines.count < Self.countMax else { return nil }
            deadlines[ticket] = now + Int64(Self.lifetimeSeconds) * 1_000_000_000
            return ticket
        }
    }

    /// Whether a ticket is good; it is not a second time.
    func redeem(_ ticket: String, now: Int64) -> Bool {
        deadlines.withLock { $0.removeValue(forKey: ticket) }.map { now <= $0 } ?? false
    }
}
