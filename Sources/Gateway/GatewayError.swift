/// Why a gateway could not be started.
public struct GatewayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Sendable, Hashable {
        /// The address is not loopback, and nothing protects it.
        case unsafeAddress
        /// The address cannot be listened on.
        case cannotListen
        /// A file that is to be served cannot be read.
        case unreadableFile
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
