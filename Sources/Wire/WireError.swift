/// What went wrong between two ends of a connection.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure; decides what a caller may do about it.
    public enum Code: Sendable, Hashable {
        /// A URL or an address that cannot be used.
        case badAddress
        /// No connection could be made: unknown host, refused, unreachable.
        case connectFailed
        /// The peer's certificate was refused, or TLS could not be set up.
        case tls
        /// The peer took too long.
        case timeout
        /// The peer broke the protocol.
        case protocolViolation
        /// A message is larger than its limit.
        case tooLarge
        /// The connection ended before the message did.
        case closed
        /// The peer answered, but not with what was asked for, for example no WebSocket upgrade.
        case refused
        /// The caller gave up.
        case cancelled
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
