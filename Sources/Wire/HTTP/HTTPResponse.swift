public import NIOCore

/// A response, whole.
public struct HTTPResponse: Sendable {
    /// The status.
    public var status: HTTPStatus
    /// The header fields; `Content-Length`, `Transfer-Encoding`, `Connection` and `Date` are the server's business.
    public var fields: HTTPFields
    /// The body.
    public var body: ByteBuffer

    /// Creates a response.
    public init(status: HTTPStatus, fields: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Creates a response with a text body.
    public init(status: HTTPStatus, contentType: String, text: String) {
        self.init(status: status, fields: ["Content-Type": contentType], body: ByteBuffer(string: text))
    }
}
