internal import NIOPosix

/// The deflaters of a thread, one for each window and level in use there: a loop's connections that keep no context share
/// them.
final class WebSocketDeflaters {
    private struct Key: Hashable {
        let windowBits: Int
        let level: Int
    }

    /// Seven windows at one level, and one to spare; beyond, all are made anew.
    private static let countMax = 8
    // nonisolated(unsafe): a thread sees no other thread's value, and the variable itself never changes.
    nonisolated(unsafe) private static let ofThread = ThreadSpecificVariable<WebSocketDeflaters>()

    private var deflaters: [Key: WebSocketDeflater] = [:]

    /// The deflater of this thread for a kind of compression; nil if there is no memory.
    static func deflater(for compression: WebSocketCompression) -> WebSocketDeflater? {
        let own = ofThread.currentValue ?? WebSocketDeflaters()
        ofThread.currentValue = own
        let key = Key(windowBits: compression.windowBits, level: compression.level)
        if let deflater = own.deflaters[key] { return deflater }
        if own.deflaters.count >= countMax { own.deflaters.removeAll() }
        let deflater = WebSocketDeflater(windowBits: compression.windowBits, level: compression.level)
        own.deflaters[key] = deflater
        return deflater
    }
}
