public import NIOCore

/// Writes whole frames of a server (RFC 6455 §5.2: unmasked) straight into a buffer.
///
/// The bytes are the same for every receiver: encode once, write the one buffer to many channels.
///
///     byte 0    FIN=1, RSV=000, opcode (4 bits)
///     byte 1    MASK=0, length 0...125 | 126: two bytes of length follow | 127: eight bytes follow
///     payload
public enum WebSocketFrameWriter {
    /// The longest header of a server's frame.
    public static let headerBytesMax = 10

    /// The kinds of frame.
    public enum Opcode: UInt8, Sendable {
        /// UTF-8 text.
        case text = 1
        /// Bytes.
        case binary = 2
        /// The closing handshake.
        case close = 8
        /// Asks for a pong.
        case ping = 9
        /// Answers a ping.
        case pong = 10
    }

    /// A buffer with room for a header before the payload; give it to ``seal(_:as:)`` when the payload is written.
    public static func begin(capacity: Int, allocator: ByteBufferAllocator = ByteBufferAllocator()) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: headerBytesMax + capacity)
        buffer.moveWriterIndex(forwardBy: headerBytesMax)
        buffer.moveReaderIndex(forwardBy: headerBytesMax)
        return buffer
    }

    /// Puts the header before the payload of a buffer from ``begin(capacity:allocator:)``: it is now one whole frame.
    public static func seal(_ buffer: inout ByteBuffer, as opcode: Opcode) {
        seal(&buffer, as: opcode, isCompressed: false)
    }

    /// The same, of a payload that may be deflated: RSV1 says so.
    static func seal(_ buffer: inout ByteBuffer, as opcode: Opcode, isCompressed: Bool) {
        let count = buffer.readableBytes
        let payload = buffer.readerIndex
        precondition(payload >= headerBytesMax, "BUG: a frame without room for its header")
        let start: Int
        if count < 126 {
            start = payload - 2
            buffer.setInteger(UInt8(count), at: start + 1)
        } else if count <= Int(UInt16.max) {
            start = payload - 4
            buffer.setInteger(UInt8(126), at: start + 1)
            buffer.setInteger(UInt16(count), at: start + 2)
        } else {
            start = payload - 10
            buffer.setInteger(UInt8(127), at: start + 1)
            buffer.setInteger(UInt64(count), at: start + 2)
        }
        buffer.setInteger(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue, at: start)
        buffer.moveReaderIndex(to: start)
    }

    /// A whole frame of a payload.
    public static func frame(_ opcode: Opcode, _ payload: some Sequence<UInt8>) -> ByteBuffer {
        var buffer = begin(capacity: payload.underestimatedCount)
        buffer.writeBytes(payload)
        seal(&buffer, as: opcode)
        return buffer
    }

    /// Appends a whole frame of a client (masked).
    static func writeMasked(
        _ opcode: Opcode,
        isCompressed: Bool = false,
        _ payload: ByteBuffer,
        key: UInt32,
        to buffer: inout ByteBuffer
    ) {
        let count = payload.readableBytes
        buffer.reserveCapacity(minimumWritableBytes: count + WebSocketFrameHeader.bytesMax)
        buffer.writeInteger(0x80 | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        if count < 126 {
            buffer.writeInteger(0x80 | UInt8(count))
        } else if count <= Int(UInt16.max) {
            buffer.writeInteger(UInt8(0x80 | 126))
            buffer.writeInteger(UInt16(count))
        } else {
            buffer.writeInteger(UInt8(0x80 | 127))
            buffer.writeInteger(UInt64(count))
        }
        buffer.writeInteger(key, endianness: .little)
        payload.withUnsafeReadableBytes { source in
            _ = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
                guard let start = room.baseAddress else { return 0 }
                WebSocketMask.apply(key, at: 0, from: source, to: start)
                return count
            }
        }
    }

    /// A whole text frame.
    public static func text(_ text: String) -> ByteBuffer { frame(.text, text.utf8) }
}
