public import NIOCore

/// The way back to the peer of one request: either one ``send(_:)``, or ``start(_:_:)``, ``write(_:)`` and ``finish(trailers:)``.
///
/// The holder of a writer keeps it until the response is finished: one that is dropped before its answer answers 500, and
/// one that is dropped in the middle of a response aborts.
public final class HTTPResponseWriter: @unchecked Sendable {
    // @unchecked: every stored property is used on `eventLoop` only, which each method asserts; the reference itself may
    // be carried by other threads on their way back to that loop.

    private enum State {
        case fresh
        case started
        case finished
    }

    /// The connection's loop: every method must be called there.
    public let eventLoop: any EventLoop
    /// Called each time that ``isWritable`` becomes true again.
    public var onWritable: (() -> Void)?
    /// Called once if the connection ends before the response was finished.
    public var onClose: (() -> Void)?

    private let request: HTTPRequest
    private var connection: HTTPServerConnection?
    private var state = State.fresh

    init(request: HTTPRequest, connection: HTTPServerConnection, eventLoop: any EventLoop) {
        self.request = request
        self.connection = connection
        self.eventLoop = eventLoop
    }

    deinit {
        guard state != .finished, let connection else { return }
        let abandoned = LoopBoundTransfer(connection)
        let isStarted = state == .started
        eventLoop.execute { abandoned.value.lostWriter(isStarted: isStarted) }
    }

    /// Whether the peer reads fast enough. When false, write no more until ``onWritable``.
    public var isWritable: Bool {
        eventLoop.assertInEventLoop()
        return connection?.isWritable ?? false
    }

    /// Address and port of the peer, `127.0.0.1:54321`; nil if the connection is gone or has none.
    public var peerAddress: String? {
        eventLoop.assertInEventLoop()
        return connection?.peerAddress
    }

    /// Whether the peer takes a body in the coding `gzip`.
    public var acceptsGzip: Bool { request.acceptsGzip }

    /// Whether the connection is still there and the response unfinished.
    public var isOpen: Bool { connection != nil && state != .finished }

    /// Sends a whole response.
    public func send(_ response: HTTPResponse) {
        eventLoop.assertInEventLoop()
        guard state == .fresh, let connection else { return }
        state = .finished
        connection.send(response, to: request)
        release()
    }

    /// Sends the head of a response whose body follows in pieces.
    public func start(_ status: HTTPStatus, _ fields: HTTPFields) {
        eventLoop.assertInEventLoop()
        guard state == .fresh, let connection else { return }
        state = .started
        connection.start(status, fields, request: request)
    }

    /// Sends a piece of the body. Always accepted; heed ``isWritable``.
    public func write(_ bytes: ByteBuffer) {
        eventLoop.assertInEventLoop()
        guard state == .started, let connection, bytes.readableBytes > 0 else { return }
        connection.write(bytes, to: request)
    }

    /// Ends the body.
    public func finish(trailers: HTTPFields = [:]) {
        eventLoop.assertInEventLoop()
        guard state == .started, let connection else { return }
        state = .finished
        connection.finish(trailers: trailers, request: request)
        release()
    }

    /// Gives up: closes the connection, so that the peer sees that the body is incomplete.
    ///
    /// - Parameter sendingRest: whether what was written goes out first; a peer that reads nothing is cut off when its time
    ///   to take it is over. Else what the socket has not taken yet is dropped.
    public func abort(sendingRest: Bool = false) {
        eventLoop.assertInEventLoop()
        guard state != .finished, let connection else { return }
        state = .finished
        connection.abort(sendingRest: sendingRest)
        release()
    }

    func becameWritable() { onWritable?() }

    func connectionClosed() {
        let callback = state == .finished ? nil : onClose
        state = .finished
        release()
        callback?()
    }

    private func release() {
        connection = nil
        onWritable = nil
        onClose = nil
    }
}

/// Carries a loop-bound reference through a `@Sendable` closure that runs on its loop.
struct LoopBoundTransfer<Value>: @unchecked Sendable {
    // @unchecked: `value` is only touched inside closures that run on the loop that owns it.

    let value: Value
    init(_ value: Value) { self.value = value }
}
