public import NIOCore

/// What a server does with requests. Called on the loop of the request's connection; must not block.
public protocol HTTPHandler: Sendable {
    /// Decides what to do with a request whose head has arrived; its body is empty as yet.
    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition

    /// The response to a request that could not be read, or that asked for more than a limit allows.
    ///
    /// - Parameters:
    ///   - status: the status of the response.
    ///   - message: what was wrong.
    ///   - request: what is refused, if its head was understood and its body did not go to a reader.
    func refusal(_ status: HTTPStatus, _ message: String, of request: HTTPRequest?) -> HTTPResponse
}

extension HTTPHandler {
    /// Plain text.
    public func refusal(_ status: HTTPStatus, _ message: String, of request: HTTPRequest?) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", text: message + "\n")
    }
}

/// What to do with a request.
public enum HTTPDisposition {
    /// Answer at once; a body is thrown away.
    case respond(HTTPResponse)
    /// Collect the body up to a number of bytes (413 beyond), then call.
    case collect(bodyBytesMax: Int, then: (HTTPRequest, HTTPResponseWriter) -> Void)
    /// Call at once; the body is read on demand, and may be longer than memory.
    case stream((HTTPRequest, HTTPBodyReader, HTTPResponseWriter) -> Void)
    /// Switch to WebSocket.
    case webSocket(WebSocketAcceptance)
}

/// How a server accepts a WebSocket.
public struct WebSocketAcceptance {
    /// The subprotocol to answer with, one of those that the peer offered; nil for none.
    public var subprotocol: String?
    /// Further fields of the answer.
    public var fields: HTTPFields
    /// Limits and liveness of the connection.
    public var limits: WebSocketLimits
    /// What is accepted of permessage-deflate if the peer offers it; nil for nothing.
    public var compression: WebSocketCompressionOptions?
    /// Makes the object that receives the connection's messages.
    public var makeDelegate: (WebSocketConnection) -> any WebSocketDelegate

    /// Creates an acceptance.
    public init(
        subprotocol: String? = nil,
        fields: HTTPFields = [:],
        limits: WebSocketLimits = WebSocketLimits(),
        compression: WebSocketCompressionOptions? = nil,
        makeDelegate: @escaping (WebSocketConnection) -> any WebSocketDelegate
    ) {
        self.compression = compression
        self.subprotocol = subprotocol
        self.fields = fields
        self.limits = limits
        self.makeDelegate = makeDelegate
    }
}
