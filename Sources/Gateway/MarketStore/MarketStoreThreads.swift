internal import NIOPosix
internal import Synchronization

/// The threads that MarketStore's calls run on.
///
/// Bounds: so many calls may run or wait, with so many bytes of bodies; one more is refused.
final class MarketStoreThreads: Sendable {
    /// Most threads wait for the disk at any time, and those that do share one `fdatasync`: as many as clients that write
    /// at once are worth waiting together.
    private static let threadCount = 16
    private static let callsMax = 1_024

    private struct Load {
        var calls = 0
        var bytes = 0
    }

    private let pool = NIOThreadPool(numberOfThreads: threadCount)
    private let load = Mutex(Load())
    private let bytesMax: Int

    /// - Parameter bytesMax: bytes of bodies that may be held; one call is always let in.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
        pool.start()
    }

    /// Calls that run or wait.
    var callCount: Int { load.withLock { $0.calls } }

    /// Runs a call on a thread; `work` gets false if the threads stop before its turn. False if there are too many.
    func run(bytes: Int, _ work: @escaping @Sendable (Bool) -> Void) -> Bool {
        let isTaken = load.withLock { load in
            guard load.calls < Self.callsMax, load.calls == 0 || load.bytes + bytes <= bytesMax else { return false }
            load.calls += 1
            load.bytes += bytes
            return true
        }
        guard isTaken else { return false }
        pool.submit { [self] state in
            work(state == .active)
            load.withLock { load in
                load.calls -= 1
                load.bytes -= bytes
            }
        }
        return true
    }

    /// Takes no more calls, and waits for those that run.
    func stop() async { try? await pool.shutdownGracefully() }
}
