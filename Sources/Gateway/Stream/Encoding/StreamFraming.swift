internal import NIOCore
internal import Wire

/// What is around payloads: WebSocket frames of a server (RFC 6455 §5.2), or server-sent events. The bytes are the same for
/// every receiver.
enum StreamFraming {
    /// Appends a whole message; compressed, if that was agreed on and makes it shorter.
    static func append(
        _ payload: [UInt8],
        _ op: String,
        _ event: @autoclosure () -> EventID?,
        to buffer: inout ByteBuffer,
        _ encoding: StreamEncoding,
        _ compression: WebSocketCompression?
    ) {
        if let compression, encoding != .events, payload.count >= compression.messageBytesMin {
            let opcode: WebSocketFrameWriter.Opcode = encoding == .messagePack ? .binary : .text
            let message = ByteBuffer(bytes: payload)
            buffer.writeImmutableBuffer(WebSocketFrameWriter.compressed(opcode, message, by: compression))
            return
        }
        switch encoding {
        case .json:
            header(0x81, payload.count, to: &buffer)
            buffer.writeBytes(payload)
        case .messagePack:
            header(0x82, payload.count, to: &buffer)
            buffer.writeBytes(payload)
        case .events:
            buffer.writeStaticString("event: ")
            buffer.writeString(op)
            if let event = event() {
                buffer.writeStaticString("\nid: ")
                buffer.writeString(event.text)
            }
            buffer.writeStaticString("\ndata: ")
            buffer.writeBytes(payload)
            buffer.writeStaticString("\n\n")
        }
    }

    /// A whole message.
    static func message(
        _ payload: [UInt8],
        _ op: String,
        _ event: @autoclosure () -> EventID?,
        _ encoding: StreamEncoding,
        _ compression: WebSocketCompression?
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(payload.count + 16)
        append(payload, op, event(), to: &buffer, encoding, compression)
        return buffer
    }

    // MARK: - Batches

    /// Appends a payload to others that will be one array.
    static func join(_ payload: [UInt8], to joined: inout ByteBuffer, isFirst: Bool, _ encoding: StreamEncoding) {
        if !isFirst, encoding != .messagePack { joined.writeInteger(UInt8(ascii: ",")) }
        joined.writeBytes(payload)
    }

    /// Appends joined payloads to others that will be one array.
    static func join(_ more: ByteBuffer, to joined: inout ByteBuffer, _ encoding: StreamEncoding) {
        if joined.readableBytes > 0, encoding != .messagePack { joined.writeInteger(UInt8(ascii: ",")) }
        joined.writeImmutableBuffer(more)
    }

    /// The frame of joined payloads: an array, or the message itself if it is one.
    static func frame(
        joined: ByteBuffer,
        count: Int,
        _ encoding: StreamEncoding,
        _ compression: WebSocketCompression?
    ) -> ByteBuffer {
        let frame = frame(joined: joined, count: count, encoding)
        return compression.map { WebSocketFrameWriter.compressed(frame: frame, by: $0) } ?? frame
    }

    private static func frame(joined: ByteBuffer, count: Int, _ encoding: StreamEncoding) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(joined.readableBytes + 16)
        let opcode: UInt8 = encoding == .messagePack ? 0x82 : 0x81
        guard count > 1 else {
            header(opcode, joined.readableBytes, to: &buffer)
            buffer.writeImmutableBuffer(joined)
            return buffer
        }
        if encoding == .messagePack {
            var head = MessagePackBuffer(capacity: 8)
            head.packArray(count: count)
            header(opcode, head.bytes.count + joined.readableBytes, to: &buffer)
            buffer.writeBytes(head.bytes)
            buffer.writeImmutableBuffer(joined)
        } else {
            header(opcode, joined.readableBytes + 2, to: &buffer)
            buffer.writeInteger(UInt8(ascii: "["))
            buffer.writeImmutableBuffer(joined)
            buffer.writeInteger(UInt8(ascii: "]"))
        }
        return buffer
    }

    /// FIN, no extension, not masked.
    private static func header(_ first: UInt8, _ count: Int, to buffer: inout ByteBuffer) {
        buffer.writeInteger(first)
        if count < 126 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: count))
        } else if count <= Int(UInt16.max) {
            buffer.writeInteger(UInt8(126))
            buffer.writeInteger(UInt16(truncatingIfNeeded: count))
        } else {
            buffer.writeInteger(UInt8(127))
            buffer.writeInteger(UInt64(count))
        }
    }
}
