/// The header of a frame (RFC 6455 §5.2), and what of it can be judged without the payload.
///
///     byte 0    FIN, RSV1, RSV2, RSV3, opcode (4 bits)
///     byte 1    MASK, length 0...125 | 126: two bytes of length follow | 127: eight bytes follow
///     4 bytes   the masking key, if MASK is set
struct WebSocketFrameHeader {
    /// The longest header: two bytes, eight of length, four of key.
    static let bytesMax = 14
    /// Bytes of a control frame's payload (RFC 6455 §5.5).
    static let controlBytesMax = 125

    /// What the beginning of a frame is.
    enum Reading {
        /// This many bytes of header are needed to tell.
        case needs(Int)
        /// A header of so many bytes.
        case header(WebSocketFrameHeader, bytes: Int)
        /// No header: why.
        case violation(String)
    }

    /// Whether this is the last frame of its message.
    var isFinal: Bool
    /// RSV1: the message that begins here is compressed (RFC 7692 §6).
    var isCompressed: Bool
    /// The opcode, which is one of the six known.
    var opcode: UInt8
    /// The masking key as ``WebSocketMask`` takes it; nil if the payload is not masked.
    var key: UInt32?
    /// Bytes of the payload.
    var payloadBytes: Int

    /// Whether the frame is a close, ping or pong.
    var isControl: Bool { opcode & 0x08 != 0 }

    /// Reads the beginning of a frame.
    ///
    /// - Parameters:
    ///   - bytes: the bytes that have arrived.
    ///   - role: which end reads them.
    ///   - allowsCompression: whether permessage-deflate was agreed on.
    static func read(_ bytes: UnsafeRawBufferPointer, role: WebSocketRole, allowsCompression: Bool) -> Reading {
        guard bytes.count >= 2 else { return .needs(2) }
        let (first, second) = (bytes[0], bytes[1])
        var header = WebSocketFrameHeader(
            isFinal: first & 0x80 != 0,
            isCompressed: first & 0x40 != 0,
            opcode: first & 0x0F,
            key: nil,
            payloadBytes: Int(second & 0x7F)
        )
        let isMasked = second & 0x80 != 0
        if let fault = header.fault(first: first, isMasked: isMasked, role, allowsCompression) {
            return .violation(fault)
        }
        let lengthBytes = header.payloadBytes == 127 ? 8 : header.payloadBytes == 126 ? 2 : 0
        let count = 2 + lengthBytes + (isMasked ? 4 : 0)
        guard bytes.count >= count else { return .needs(count) }
        if lengthBytes > 0 {
            var length: UInt64 = 0
            for index in 2..<(2 + lengthBytes) { length = length << 8 | UInt64(bytes[index]) }
            guard length > (lengthBytes == 2 ? 125 : 0xFFFF) else {
                return .violation("a length must take as few bytes as it can")
            }
            guard let payloadBytes = Int(exactly: length) else {
                return .violation("the highest bit of a length must be 0")
            }
            header.payloadBytes = payloadBytes
        }
        if isMasked {
            let start = count - 4
            header.key = WebSocketMask.key(bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3])
        }
        return .header(header, bytes: count)
    }

    /// What is wrong with the first two bytes; nil if nothing is.
    private func fault(first: UInt8, isMasked: Bool, _ role: WebSocketRole, _ allowsCompression: Bool) -> String? {
        guard first & 0x30 == 0, !isCompressed || allowsCompression else {
            return "reserved bits are set, and no extension was agreed"
        }
        guard opcode <= 2 || (8...10).contains(opcode) else { return "reserved opcode" }
        // A client's frames are masked, a server's are not (RFC 6455 §5.1).
        guard isMasked == (role == .server) else {
            return role == .server ? "frames must be masked" : "frames must not be masked"
        }
        if isControl, !isFinal || isCompressed || payloadBytes > Self.controlBytesMax {
            return "a control frame must be whole, uncompressed and of at most \(Self.controlBytesMax) bytes"
        }
        if opcode == 0, isCompressed { return "only the first frame of a message says that it is compressed" }
        return nil
    }
}
