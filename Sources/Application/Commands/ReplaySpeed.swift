import ArgumentParser

/// How fast a recording is replayed: `max`, or a multiple of the speed at which it was recorded.
enum ReplaySpeed: ExpressibleByArgument, Equatable {
    case max
    case times(Double)

    init?(argument: String) {
        if argument == "max" {
            self = .max
        } else if let factor = Double(argument), factor > 0, factor.isFinite {
            self = .times(factor)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { "max" }
}

/// Cuts recorded bytes into pieces that are due together, by the receive times that the lines begin with.
struct ReplayPacer {
    /// Lines due within this many nanoseconds go out together: the granularity of a sleep.
    private static let slack: Int64 = 1_000_000

    private let factor: Double
    private var carry: [UInt8] = []
    private var firstReceiveTime: Int64?
    private var began: ContinuousClock.Instant?

    init(factor: Double) { self.factor = factor }

    /// Hands whole lines to `send` when they are due.
    mutating func feed(_ bytes: [UInt8], send: ([UInt8]) async throws -> Void) async throws {
        carry += bytes
        var ready: [UInt8] = []
        var start = 0
        while let end = carry[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = carry[start...end]
            start = end + 1
            let wait = wait(for: line)
            if wait > Self.slack {
                if !ready.isEmpty { try await send(ready) }
                ready.removeAll(keepingCapacity: true)
                try await Task.sleep(for: .nanoseconds(wait))
            }
            ready += line
        }
        carry.removeFirst(start)
        if !ready.isEmpty { try await send(ready) }
    }

    /// Nanoseconds until a line is due; 0 for one that bears no time.
    private mutating func wait(for line: ArraySlice<UInt8>) -> Int64 {
        var time: Int64 = 0
        for byte in line.prefix(19) {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { break }
            time = time &* 10 &+ Int64(byte - UInt8(ascii: "0"))
        }
        guard time > 0 else { return 0 }
        guard let first = firstReceiveTime, let began else {
            firstReceiveTime = time
            began = .now
            return 0
        }
        let due = Double(max(0, time &- first)) / factor
        let passed = ContinuousClock.now - began
        let elapsed = Double(passed.components.seconds) * 1e9 + Double(passed.components.attoseconds) / 1e9
        return Int64(min(max(0, due - elapsed), 3.6e12))
    }
}
