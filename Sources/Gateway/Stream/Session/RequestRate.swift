internal import NIOCore

/// A token bucket.
struct RequestRate {
    private let perSecond: Int
    private let burst: Int
    private var tokens: Double
    private var last: NIODeadline?
    private(set) var refusedInARow = 0

    init(perSecond: Int, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
        self.tokens = Double(burst)
    }

    mutating func admits(now: NIODeadline) -> Bool {
        if let last {
            let seconds = Double((now - last).nanoseconds) / 1e9
            tokens = min(Double(burst), tokens + seconds * Double(perSecond))
        }
        last = now
        guard tokens >= 1 else {
            refusedInARow += 1
            return false
        }
        tokens -= 1
        refusedInARow = 0
        return true
    }
}
