public import NIOCore

extension WebSocketFrameWriter {
    /// A whole frame of a message, compressed by itself if it is long enough and that makes it shorter.
    ///
    /// It may be written to every connection whose ``WebSocketConnection/compression`` equals `compression`.
    ///
    /// - Parameters:
    ///   - opcode: text or binary; control frames are never compressed.
    ///   - payload: the message.
    ///   - compression: what the receivers agreed on.
    public static func compressed(
        _ opcode: Opcode,
        _ payload: ByteBuffer,
        by compression: WebSocketCompression
    ) -> ByteBuffer {
        sealed(opcode, payload, by: compression) ?? frame(opcode, payload.readableBytesView)
    }

    /// The compressed form of a whole frame that ``seal(_:as:)`` or ``frame(_:_:)`` made; the frame itself if compression does
    /// not make it shorter.
    public static func compressed(frame: ByteBuffer, by compression: WebSocketCompression) -> ByteBuffer {
        var payload = frame
        guard let first = payload.readInteger(as: UInt8.self), let opcode = Opcode(rawValue: first & 0x0F),
            first & 0xF0 == 0x80, let length = payload.readInteger(as: UInt8.self)
        else { return frame }
        let more = length == 127 ? 8 : length == 126 ? 2 : 0
        guard length < 0x80, payload.readSlice(length: more) != nil else { return frame }
        return sealed(opcode, payload, by: compression) ?? frame
    }

    private static func sealed(
        _ opcode: Opcode,
        _ payload: ByteBuffer,
        by compression: WebSocketCompression
    ) -> ByteBuffer? {
        guard opcode == .text || opcode == .binary, var buffer = deflated(payload, by: compression) else { return nil }
        seal(&buffer, as: opcode, isCompressed: true)
        return buffer
    }

    /// A message, deflated, with room for its header before it; nil if it is short, or would become longer.
    static func deflated(_ payload: ByteBuffer, by compression: WebSocketCompression) -> ByteBuffer? {
        guard payload.readableBytes >= compression.messageBytesMin,
            let deflater = WebSocketDeflaters.deflater(for: compression)
        else { return nil }
        var buffer = begin(capacity: payload.readableBytes / 2)
        let isDeflated = payload.withUnsafeReadableBytes {
            deflater.deflate($0, into: &buffer, keepsContext: false)
        }
        return isDeflated && buffer.readableBytes < payload.readableBytes ? buffer : nil
    }
}
