internal import MarketStore
internal import NIOCore

/// Clients that follow the same streams, on all loops: patterns are tried, and frames collected, once for all of them.
final class BucketAudience {
    let patterns: StreamPatterns
    /// The clients, by loop.
    private(set) var receivers: [[BucketStreamSession]]
    private(set) var count = 0
    /// Frames of this turn, and how many they are.
    private var frames = ByteBuffer()
    private var frameCount = 0

    init(patterns: StreamPatterns, loopCount: Int) {
        self.patterns = patterns
        self.receivers = Array(repeating: [], count: loopCount)
    }

    func add(_ session: BucketStreamSession) {
        receivers[session.loopIndex].append(session)
        count += 1
    }

    func remove(_ session: BucketStreamSession) {
        guard let index = receivers[session.loopIndex].firstIndex(where: { $0 === session }) else { return }
        receivers[session.loopIndex].remove(at: index)
        count -= 1
    }

    /// Adds a message to the frames; gives how many bytes and frames there are now.
    func append(_ message: [UInt8]) -> (bytes: Int, count: Int) {
        StreamFraming.append(message, "", nil, to: &frames, .messagePack, nil)
        frameCount += 1
        return (frames.readableBytes, frameCount)
    }

    /// The frames collected so far; there are none then.
    func take() -> (frames: ByteBuffer, count: Int) {
        defer {
            frames = ByteBuffer()
            frameCount = 0
        }
        return (frames, frameCount)
    }
}
