import Glibc
import NIOCore
import Synchronization

/// Ten thousand subscribers are more files than a shell usually allows.
enum OpenFiles {
    static func raiseLimit() {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
    }
}

/// Publishes at a steady rate from a loop, whatever the loop is busy with: what was due meanwhile is published together.
final class Pace: Sendable {
    /// Between two looks at the clock.
    private static let napMicroseconds: UInt32 = 100

    private let rate: Int
    private let togetherMax: Int
    private let eventLoop: any EventLoop
    private let isPublishing = Atomic<Bool>(false)
    private let published = Atomic<Int>(0)

    /// - Parameters:
    ///   - rate: messages a second.
    ///   - togetherMax: messages of one publication. What is due beyond it is published later, and older: a bound for a server
    ///     that writes every message to everybody, whose buffers would hold them else.
    ///   - eventLoop: where they are published.
    init(rate: Int, togetherMax: Int, eventLoop: any EventLoop) {
        self.rate = rate
        self.togetherMax = togetherMax
        self.eventLoop = eventLoop
    }

    /// Whether the subscribers are there: until SIGUSR1 says so, a message a second is published, so that connecting costs
    /// the server nothing else.
    private static let isOpen = Atomic<Bool>(false)

    static func openAtSignal() {
        isOpen.store(false, ordering: .relaxed)
        signal(SIGUSR1) { _ in Pace.isOpen.store(true, ordering: .relaxed) }
    }

    /// Runs for ever. `publish` gets the due times of messages, nanoseconds since the Unix epoch, on the loop.
    func run(_ publish: @escaping @Sendable ([Int64]) -> Void) {
        var start = Self.now
        var rate = 1
        while true {
            usleep(Self.napMicroseconds)
            if rate != self.rate, Self.isOpen.load(ordering: .relaxed), !isPublishing.load(ordering: .acquiring) {
                rate = self.rate
                start = Self.now
                published.store(0, ordering: .relaxed)
            }
            let due = Int(Double(Self.now - start) * Double(rate) / 1e9)
            let first = published.load(ordering: .relaxed)
            guard due > first, !isPublishing.load(ordering: .acquiring) else { continue }
            let last = min(due, first + togetherMax)
            isPublishing.store(true, ordering: .releasing)
            published.store(last, ordering: .relaxed)
            let times = (first..<last).map { [start, rate] in start + Int64(Double($0) * 1e9 / Double(rate)) }
            eventLoop.execute { [self] in
                publish(times)
                isPublishing.store(false, ordering: .releasing)
            }
        }
    }

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
