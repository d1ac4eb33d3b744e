public import NIOCore

/// A message received, whole.
public enum WebSocketMessage: Sendable, Hashable {
    /// Text, checked to be UTF-8.
    case text(ByteBuffer)
    /// Bytes.
    case binary(ByteBuffer)

    /// The bytes of either.
    public var bytes: ByteBuffer {
        switch self {
        case .text(let bytes), .binary(let bytes): bytes
        }
    }
}

/// Why a WebSocket was closed (RFC 6455 §7.4).
public struct WebSocketCloseCode: RawRepresentable, Sendable, Hashable {
    /// The number.
    public let rawValue: UInt16

    /// Creates a code from its number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The purpose was fulfilled.
    public static let normal = WebSocketCloseCode(rawValue: 1000)
    /// The end is going away.
    public static let goingAway = WebSocketCloseCode(rawValue: 1001)
    /// The peer broke the protocol.
    public static let protocolError = WebSocketCloseCode(rawValue: 1002)
    /// Data of a kind that is not accepted.
    public static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
    /// A close frame without a code. Never sent.
    public static let noStatus = WebSocketCloseCode(rawValue: 1005)
    /// The connection ended without a close frame. Never sent.
    public static let abnormal = WebSocketCloseCode(rawValue: 1006)
    /// Text that is not UTF-8.
    public static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
    /// A message above the limit.
    public static let messageTooBig = WebSocketCloseCode(rawValue: 1009)
    /// The server restarts: reconnect.
    public static let serviceRestart = WebSocketCloseCode(rawValue: 1012)

    /// Whether the code may stand in a close frame.
    public var mayBeSent: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// How a WebSocket ended.
public struct WebSocketClosure: Sendable, Hashable {
    /// The code of the peer's close frame, or the code with which this end closed.
    public var code: WebSocketCloseCode
    /// The reason beside the code.
    public var reason: String
    /// Whether the peer closed, or this end.
    public var isByPeer: Bool

    /// Creates a description.
    public init(code: WebSocketCloseCode, reason: String, isByPeer: Bool) {
        self.code = code
        self.reason = reason
        self.isByPeer = isByPeer
    }
}

/// Limits and liveness of a WebSocket.
public struct WebSocketLimits: Sendable, Hashable {
    /// Bytes of one received message, over all its fragments; closed with 1009 beyond.
    public var messageBytesMax = 1024 * 1024
    /// How often a ping is sent.
    public var pingInterval: TimeAmount = .seconds(20)
    /// Silence of the peer, pongs included, after which the connection is closed.
    public var silenceMax: TimeAmount = .seconds(60)
    /// How long the peer may take to answer a close frame.
    public var closeTimeout: TimeAmount = .seconds(5)
    /// Whether text must be UTF-8 (RFC 6455 §8.1); closed with 1007 if it is not. False takes it as it comes, for a protocol
    /// whose clients send bytes in text messages.
    public var checksText = true

    /// Creates the default limits.
    public init() {}

    /// Fragments of one received message; closed with 1009 beyond. Those without bytes would never reach the other bound. As
    /// many as a message of the greatest length has in frames of 64 bytes; a short one may still come in a few.
    public static func fragmentsMax(ofBytes messageBytesMax: Int) -> Int { max(64, messageBytesMax / 64) }
}
