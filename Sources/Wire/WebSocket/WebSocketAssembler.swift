internal import NIOCore
internal import NIOWebSocket

/// Frames in, messages out: the receiving half of RFC 6455 as a value.
struct WebSocketAssembler {
    /// What a frame amounts to.
    enum Action {
        /// Wait for more.
        case none
        /// Deliver.
        case message(WebSocketMessage)
        /// Answer with a pong of the same bytes.
        case pong(ByteBuffer)
        /// The peer answered a ping.
        case ponged
        /// The peer closes.
        case closed(WebSocketCloseCode, reason: String)
        /// The peer broke the protocol: close with this code.
        case violation(WebSocketCloseCode, String)
    }

    private let role: WebSocketRole
    private let messageBytesMax: Int
    private var fragments: (opcode: WebSocketOpcode, bytes: ByteBuffer)?

    init(role: WebSocketRole, messageBytesMax: Int) {
        self.role = role
        self.messageBytesMax = messageBytesMax
    }

    mutating func receive(_ frame: WebSocketFrame) -> Action {
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .violation(.protocolError, "reserved bits are set, and no extension was agreed")
        }
        // A client's frames are masked, a server's are not (RFC 6455 §5.1).
        guard (frame.maskKey != nil) == (role == .server) else {
            return .violation(.protocolError, role == .server ? "frames must be masked" : "frames must not be masked")
        }
        let bytes = frame.maskKey == nil ? frame.data : frame.unmaskedData
        switch frame.opcode {
        case .ping: return .pong(bytes)
        case .pong: return .ponged
        case .connectionClose: return close(bytes)
        case .text, .binary: return first(frame.opcode, bytes, isLast: frame.fin)
        case .continuation: return next(bytes, isLast: frame.fin)
        default: return .violation(.protocolError, "reserved opcode")
        }
    }

    private mutating func first(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer, isLast: Bool) -> Action {
        guard fragments == nil else {
            return .violation(.protocolError, "a new message inside a fragmented one")
        }
        guard bytes.readableBytes <= messageBytesMax else { return tooBig }
        if isLast { return finish(opcode, bytes) }
        fragments = (opcode, bytes)
        return .none
    }

    private mutating func next(_ bytes: ByteBuffer, isLast: Bool) -> Action {
        guard let (opcode, start) = fragments else {
            return .violation(.protocolError, "a continuation of nothing")
        }
        fragments = nil
        var whole = start
        guard whole.readableBytes + bytes.readableBytes <= messageBytesMax else { return tooBig }
        whole.writeImmutableBuffer(bytes)
        if isLast { return finish(opcode, whole) }
        fragments = (opcode, whole)
        return .none
    }

    private var tooBig: Action { .violation(.messageTooBig, "the message is larger than \(messageBytesMax) bytes") }

    private func finish(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) -> Action {
        if opcode == .binary { return .message(.binary(bytes)) }
        guard bytes.isUTF8 else { return .violation(.invalidPayload, "text must be UTF-8") }
        return .message(.text(bytes))
    }

    private func close(_ payload: ByteBuffer) -> Action {
        var payload = payload
        if payload.readableBytes == 0 { return .closed(.noStatus, reason: "") }
        guard let code = payload.readInteger(as: UInt16.self).map(WebSocketCloseCode.init(rawValue:)), code.mayBeSent
        else { return .violation(.protocolError, "the close code is malformed") }
        guard payload.isUTF8 else { return .violation(.invalidPayload, "a close reason must be UTF-8") }
        return .closed(code, reason: String(buffer: payload))
    }
}

extension ByteBuffer {
    /// Whether the readable bytes are valid UTF-8.
    var isUTF8: Bool {
        do {
            _ = try UTF8Span(validating: Span(_bytes: readableBytesSpan))
            return true
        } catch {
            return false
        }
    }
}
