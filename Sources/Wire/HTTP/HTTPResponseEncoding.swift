internal import NIOCore

/// Bytes of responses (RFC 9112): status line, fields, chunks.
enum HTTPResponseEncoding {
    /// How the end of a body is told.
    enum Framing {
        /// `Content-Length`.
        case length(Int)
        /// `Transfer-Encoding: chunked`.
        case chunked
        /// The connection closes: only for peers of HTTP/1.0.
        case untilClose
        /// There is no body, and no field says so (1xx, 204, 304).
        case none
    }

    /// Fields that only the server itself sets.
    private static let reserved: Set<String> = ["content-length", "transfer-encoding", "connection", "date"]

    /// Appends a head.
    static func writeHead(
        _ status: HTTPStatus,
        _ fields: HTTPFields,
        framing: Framing,
        isKeepAlive: Bool,
        to buffer: inout ByteBuffer
    ) {
        buffer.writeString("HTTP/1.1 \(status.code) \(status.reason)\r\n")
        for field in fields.storage where !reserved.contains(field.name.lowercased()) {
            writeField(field.name, field.value, to: &buffer)
        }
        writeField("Date", HTTPDate.now(), to: &buffer)
        switch framing {
        case .length(let count): writeField("Content-Length", String(count), to: &buffer)
        case .chunked: buffer.writeStaticString("Transfer-Encoding: chunked\r\n")
        case .untilClose, .none: break
        }
        buffer.writeString(isKeepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n")
    }

    /// Appends the head of `101 Switching Protocols` to WebSocket.
    static func writeUpgrade(accept: String, fields: HTTPFields, to buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        writeField("Sec-WebSocket-Accept", accept, to: &buffer)
        for field in fields.storage { writeField(field.name, field.value, to: &buffer) }
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
        for field in trailers.storage { writeField(field.name, field.value, to: &buffer) }
        buffer.writeStaticString("\r\n")
    }

    private static func writeField(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }
}
