internal import NIOCore

/// Bytes of requests (RFC 9112).
enum HTTPRequestEncoding {
    /// Fields that the client sets itself.
    private static let reserved: [StaticString] = ["host", "connection", "content-length", "transfer-encoding"]

    /// Appends the head of a request.
    ///
    /// - Parameters:
    ///   - method: the method, a token.
    ///   - url: where to; its target and authority hold visible ASCII alone.
    ///   - fields: the caller's fields.
    ///   - connection: what the connection is for: `close`, `Upgrade`.
    ///   - framing: how the body's end is told; `.empty` says so where a body would be expected.
    ///   - buffer: where to.
    static func writeHead(
        _ method: HTTPMethod,
        _ url: WireURL,
        _ fields: HTTPFields,
        connection: StaticString,
        framing: HTTPFraming,
        to buffer: inout ByteBuffer
    ) {
        buffer.writeString(HTTPCharacters.isToken(method.rawValue.utf8) ? method.rawValue : "GET")
        buffer.writeStaticString(" ")
        buffer.writeString(url.target)
        buffer.writeStaticString(" HTTP/1.1\r\nHost: ")
        buffer.writeString(url.authority)
        buffer.writeStaticString("\r\n")
        fields.write(to: &buffer, without: reserved)
        buffer.writeStaticString("Connection: ")
        buffer.writeStaticString(connection)
        switch framing {
        case .length(let count): buffer.writeString("\r\nContent-Length: \(count)")
        case .chunked: buffer.writeStaticString("\r\nTransfer-Encoding: chunked")
        case .empty where method == .post || method == .put: buffer.writeStaticString("\r\nContent-Length: 0")
        case .empty, .untilClose: break
        }
        buffer.writeStaticString("\r\n\r\n")
    }
}
