internal import NIOCore
internal import Wire

/// The way to one subscriber: a WebSocket, or the body of an HTTP response.
protocol StreamTransport: AnyObject {
    var eventLoop: any EventLoop { get }
    /// What the subscriber reads.
    var encoding: StreamEncoding { get }
    /// How its messages may be compressed; nil for not at all.
    var compression: WebSocketCompression? { get }
    /// Whether it reads fast enough.
    var isWritable: Bool { get }
    /// Writes whole messages; they leave with the next ``flush()``.
    func write(_ messages: ByteBuffer)
    func flush()
    /// Tells that the subscriber goes on, in one of its instruments, from where it was.
    func goesOn(at id: EventID)
    /// Ends a stream that its one request can give nothing, if nothing was said yet: whoever asked is told why instead.
    func refuse(_ refusal: StreamRequest.Refusal) -> Bool
    /// Ends the stream, after what was written.
    func close(_ code: WebSocketCloseCode, reason: String)
}

extension StreamTransport {
    func goesOn(at id: EventID) {}
    func refuse(_ refusal: StreamRequest.Refusal) -> Bool { false }
}

extension WebSocketCloseCode {
    /// The subscriber was too slow: reconnect.
    static let slow = WebSocketCloseCode(rawValue: 4008)
    /// It made too many requests: reconnect.
    static let tooManyRequests = WebSocketCloseCode(rawValue: 4009)
    /// It did not say who it is: do not reconnect.
    static let unauthenticated = WebSocketCloseCode(rawValue: 4101)
    /// It may not read this: do not reconnect.
    static let forbidden = WebSocketCloseCode(rawValue: 4103)
    /// It speaks a version that the server does not: do not reconnect.
    static let unknownVersion = WebSocketCloseCode(rawValue: 4104)
}
