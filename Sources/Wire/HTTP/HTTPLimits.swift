public import NIOCore

/// What a server takes from a peer before it says no. Every bound answers a way to exhaust memory or connections.
public struct HTTPLimits: Sendable, Hashable {
    /// Bytes of request line and header fields together; 431 beyond. Curl's longest plausible query in a URL fits.
    public var headBytesMax = 64 * 1024
    /// Number of header fields; 431 beyond.
    public var headerFieldsMax = 100
    /// Bytes of a body that is thrown away so that a refusal can be read, before the connection is cut.
    public var discardedBytesMax = 16 * 1024 * 1024
    /// Open connections of the listener; further ones are closed at once.
    public var connectionsMax = 4096
    /// From the first byte of a head to its last; 408 beyond. Answers slow-loris peers.
    public var headTimeout: TimeAmount = .seconds(10)
    /// Between two requests of a connection.
    public var idleTimeout: TimeAmount = .seconds(75)
    /// Between two pieces of a body that the server is waiting for; 408 beyond.
    public var bodyTimeout: TimeAmount = .seconds(30)
    /// How long a peer may leave a full socket unread in the middle of a response.
    public var stallTimeout: TimeAmount = .seconds(60)
    /// How long a refused body is read on, so that the peer sees the refusal.
    public var lingerTimeout: TimeAmount = .seconds(2)
    /// Bytes waiting for a slow socket at which ``HTTPResponseWriter/isWritable`` becomes false.
    public var writeHighWatermark = 256 * 1024
    /// Bytes waiting at which it becomes true again.
    public var writeLowWatermark = 64 * 1024

    /// Bytes of the kernel's send buffer of a connection; nil leaves it to the kernel, which grows it to some megabytes.
    /// Less than a segment (64 KiB on loopback) makes every write wait for a delayed acknowledgement.
    public var socketSendBufferBytes: Int?

    /// Creates the default limits.
    public init() {}
}
