import Glibc
import NIOCore
import Synchronization

/// Publishes at a steady rate from a loop, whatever the loop is busy with: what was due meanwhile is published together.
final class Pace: Sendable {
    /// More at once would be a queue of its own.
    private static let togetherMax = 512
    /// Between two looks at the clock.
    private static let napMicroseconds: UInt32 = 100

    private let rate: Int
    private let eventLoop: any EventLoop
    private let isPublishing = Atomic<Bool>(false)
    private let published = Atomic<Int>(0)

    init(rate: Int, eventLoop: any EventLoop) {
        self.rate = rate
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
            let last = min(due, first + Self.togetherMax)
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
