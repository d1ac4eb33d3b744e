/// The opening handshake (RFC 6455 §4).
enum WebSocketHandshake {
    private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Why a request cannot become a WebSocket; nil if it can.
    static func refusal(of request: HTTPRequest) -> (status: HTTPStatus, message: String)? {
        guard request.isHTTP11, request.method == .get else {
            return (.badRequest, "a WebSocket starts with a GET of HTTP/1.1")
        }
        guard request.isWebSocketUpgrade else {
            return (.upgradeRequired, "this is a WebSocket; send Upgrade: websocket and Connection: Upgrade")
        }
        guard request.fields["Sec-WebSocket-Version"] == "13" else {
            return (.upgradeRequired, "Sec-WebSocket-Version must be 13")
        }
        guard accept(for: request) != nil else {
            return (.badRequest, "Sec-WebSocket-Key must be the base64 of 16 bytes")
        }
        return nil
    }

    /// The answer to a request's key; nil if the key is malformed.
    static func accept(for request: HTTPRequest) -> String? {
        let keys = request.fields.values(of: "Sec-WebSocket-Key")
        guard keys.count == 1, let key = keys.first, Base64.isKeyOf16Bytes(key) else { return nil }
        return accept(for: key)
    }

    /// The answer to a key.
    static func accept(for key: String) -> String { Base64.encode(SHA1.digest((key + guid).utf8)) }

    /// What a server agrees on of the extensions that a request offers; nil for none.
    static func deflate(
        for request: HTTPRequest,
        _ options: WebSocketCompressionOptions?
    ) -> WebSocketDeflateAgreement? {
        guard let options,
            let offers = WebSocketExtension.read(request.fields.values(of: "Sec-WebSocket-Extensions")),
            let parameters = WebSocketDeflateParameters.accept(offers, options)
        else { return nil }
        return WebSocketDeflateAgreement(parameters: parameters, options: options.clamped)
    }

    /// A new key.
    static func makeKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encode((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }
}

extension HTTPRequest {
    /// The subprotocols that the peer offers, in its order of preference.
    public var webSocketSubprotocols: [String] {
        fields.values(of: "Sec-WebSocket-Protocol")
            .flatMap { $0.split(separator: ",") }
            .map { $0.trimmingSpaces() }
    }
}
