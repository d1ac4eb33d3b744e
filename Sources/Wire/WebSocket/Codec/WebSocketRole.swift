/// Which end of a WebSocket this is.
public enum WebSocketRole: Sendable, Hashable {
    /// Accepted the connection; its frames are not masked.
    case server
    /// Made the connection; its frames are masked.
    case client
}
