/// Which REST snapshot to fetch next, and when: one at a time, within the venue's request weight, and not again too
/// soon for a symbol that has just failed. Times are nanoseconds of any one clock.
struct SnapshotQueue {
    /// What to do now.
    enum Step: Hashable {
        /// Fetch this symbol's snapshot, and report with ``finished(retryAfter:now:)``.
        case fetch(symbol: String)
        /// Nothing before this time.
        case wait(until: Int64)
        /// Nothing: the queue is empty, or a fetch is under way.
        case idle
    }

    private struct Request {
        var symbol: String
        var notBefore: Int64
    }

    private var requests: [Request] = []
    private var failures: [String: Int] = [:]
    private var spent: [(time: Int64, weight: Int)] = []
    private var pausedUntil: Int64 = .min
    private(set) var inFlight: String?
    private let weight: Int
    private let weightPerMinute: Int

    private static let minute: Int64 = 60_000_000_000
    /// The first wait after a failed or too old snapshot of a symbol, doubled up to ``retryMax``: 200 ms.
    static let retryInitial: Int64 = 200_000_000
    /// The longest wait: 30 s.
    static let retryMax: Int64 = 30_000_000_000

    /// Creates a queue for snapshots of `limit` levels.
    init(limit: Int, weightPerMinute: Int) {
        self.weight = Self.weight(limit: limit)
        self.weightPerMinute = max(weightPerMinute, self.weight)
    }

    /// The venue's price of a depth request.
    static func weight(limit: Int) -> Int {
        switch limit {
        case ...100: 5
        case ...500: 25
        case ...1000: 50
        default: 250
        }
    }

    /// How many symbols wait or are under way.
    var count: Int { requests.count + (inFlight == nil ? 0 : 1) }

    /// Asks for a symbol's snapshot. Does nothing if it waits already; again after one that came too old or failed.
    mutating func enqueue(_ symbol: String, now: Int64) {
        guard !requests.contains(where: { $0.symbol == symbol }) else { return }
        let failed = failures[symbol, default: 0]
        let delay = failed == 0 ? 0 : min(Self.retryInitial << Int64(min(failed - 1, 10)), Self.retryMax)
        requests.append(Request(symbol: symbol, notBefore: now + delay))
    }

    /// What to do now.
    mutating func next(now: Int64) -> Step {
        guard inFlight == nil, !requests.isEmpty else { return .idle }
        if now < pausedUntil { return .wait(until: pausedUntil) }
        spent.removeAll { now - $0.time >= Self.minute }
        if let oldest = spent.first, spent.reduce(weight, { $0 + $1.weight }) > weightPerMinute {
            return .wait(until: oldest.time + Self.minute)
        }
        guard let index = requests.firstIndex(where: { $0.notBefore <= now }) else {
            return .wait(until: requests.map(\.notBefore).min() ?? now)
        }
        let symbol = requests.remove(at: index).symbol
        inFlight = symbol
        spent.append((now, weight))
        return .fetch(symbol: symbol)
    }

    /// The fetch under way ended. A usable snapshot forgets earlier failures.
    mutating func finished(isUsable: Bool) {
        guard let symbol = inFlight else { return }
        inFlight = nil
        if isUsable { failures[symbol] = nil } else { failures[symbol, default: 0] += 1 }
    }

    /// The venue asked for silence.
    mutating func pause(until: Int64) { pausedUntil = max(pausedUntil, until) }

    /// The connection is gone: nothing is wanted any more. Weight spent and pauses stay.
    mutating func removeAll() {
        requests.removeAll()
        failures.removeAll()
        inFlight = nil
    }
}
