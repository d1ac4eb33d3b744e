/// What an end of a WebSocket offers, or accepts, of permessage-deflate (RFC 7692).
///
/// By default the server compresses every message by itself, so that one compressed frame serves all subscribers, and asks
/// the client for the same, so that no window outlives a message.
public struct WebSocketCompressionOptions: Sendable, Hashable {
    /// Whether the server's messages may refer to earlier ones: a little smaller, but no frame can be shared, and each
    /// connection costs the server a deflater (256 KiB at 15 bits).
    public var keepsServerContext = false
    /// Whether the client's messages may refer to earlier ones.
    public var keepsClientContext = false
    /// Bits of the largest window of the server's messages, 8...15.
    public var serverWindowBitsMax = 15
    /// Bits of the largest window of the client's messages, 8...15.
    public var clientWindowBitsMax = 15
    /// Effort, 1 (fast) to 9 (small).
    public var level = 6
    /// Messages of fewer bytes are sent as they are: deflate gains nothing there.
    public var messageBytesMin = 256

    /// Creates the default options.
    public init() {}

    /// The options with every number in its range.
    var clamped: WebSocketCompressionOptions {
        var options = self
        options.serverWindowBitsMax = min(max(serverWindowBitsMax, 8), 15)
        options.clientWindowBitsMax = min(max(clientWindowBitsMax, 8), 15)
        options.level = min(max(level, 1), 9)
        return options
    }
}

/// How messages are compressed one by one, with no context from one to the next.
///
/// A frame that ``WebSocketFrameWriter/compressed(_:_:by:)`` made is the same for all connections whose
/// ``WebSocketConnection/compression`` equals what it was made by: make it once, write it to all of them.
public struct WebSocketCompression: Sendable, Hashable {
    /// Bits of the window, 8...15.
    public let windowBits: Int
    /// Effort, 1...9.
    public let level: Int
    /// Messages of fewer bytes are sent as they are.
    public let messageBytesMin: Int

    /// Creates a description; numbers outside their ranges are brought into them.
    public init(windowBits: Int = 15, level: Int = 6, messageBytesMin: Int = 256) {
        self.windowBits = min(max(windowBits, 8), 15)
        self.level = min(max(level, 1), 9)
        self.messageBytesMin = messageBytesMin
    }
}

/// What the receiving half has to know about the peer's compression.
struct WebSocketInflation: Sendable, Hashable {
    /// Bits of the peer's window, 8...15.
    var windowBits: Int
    /// Whether the peer's messages may refer to earlier ones.
    var keepsContext: Bool
}
