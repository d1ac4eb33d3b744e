internal import NIOCore

/// Bytes of responses (RFC 9112): status line, fields, chunks.
enum HTTPResponseEncoding {
    /// Fields that only the server itself sets.
    private static let reserved: [StaticString] = ["content-length", "transfer-encoding", "connection", "date"]

    /// Appends a head. `.untilClose` is for peers of HTTP/1.0 alone; `.empty` is for 1xx, 204 and 304.
    static func writeHead(
        _ status: HTTPStatus,
        _ fields: HTTPFields,
        framing: HTTPFraming,
        isKeepAlive: Bool,
        to buffer: inout ByteBuffer
    ) {
        if status == .ok {
            buffer.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            buffer.writeString("HTTP/1.1 \(status.code) \(status.reason)\r\n")
        }
        fields.write(to: &buffer, without: reserved)
        buffer.writeStaticString("Date: ")
        buffer.writeString(HTTPDate.now())
        switch framing {
        case .length(let count):
            buffer.writeStaticString("\r\nContent-Length: ")
            writeDecimal(count, to: &buffer)
        case .chunked: buffer.writeStaticString("\r\nTransfer-Encoding: chunked")
        case .untilClose, .empty: break
        }
        if isKeepAlive {
            buffer.writeStaticString("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            buffer.writeStaticString("\r\nConnection: close\r\n\r\n")
        }
    }

    /// Appends the head of `101 Switching Protocols` to WebSocket.
    static func writeUpgrade(accept: String, fields: HTTPFields, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        buffer.writeStaticString("Sec-WebSocket-Accept: ")
        buffer.writeString(accept)
        buffer.writeStaticString("\r\n")
        fields.write(to: &buffer)
        buffer.writeStaticString("\r\n")
    }

    /// Appends the size line of a chunk of `count` bytes; the bytes and a line end follow it.
    static func writeChunkHead(_ count: Int, to buffer: inout ByteBuffer) {
        buffer.writeString(String(count, radix: 16))
        buffer.writeStaticString("\r\n")
    }

    /// Appends the end of a chunked body.
    static func writeLastChunk(trailers: HTTPFields, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("0\r\n")
        trailers.write(to: &buffer)
        buffer.writeStaticString("\r\n")
    }

    /// Appends a number of at least 0, without a string.
    private static func writeDecimal(_ number: Int, to buffer: inout ByteBuffer) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}
