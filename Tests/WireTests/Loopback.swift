import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Wire

/// Loops shared by all tests; they end with the process.
let sharedGroup = MultiThreadedEventLoopGroup(numberOfThreads: 2)

/// A handler made of a closure.
struct ClosureHandler: HTTPHandler {
    let body: @Sendable (HTTPRequest) -> HTTPDisposition
    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition { body(head) }
}

/// Starts a server on a free port.
func serve(
    limits: HTTPLimits = HTTPLimits(),
    tls: NIOSSLContext? = nil,
    group: any EventLoopGroup = sharedGroup,
    _ body: @escaping @Sendable (HTTPRequest) -> HTTPDisposition
) throws -> HTTPServer {
    try HTTPServer.bind(
        to: .init(host: "127.0.0.1", port: 0),
        group: group,
        tls: tls,
        limits: limits,
        handler: ClosureHandler(body: body)
    ).wait()
}

extension HTTPServer {
    func stop() { try? shutdown(grace: .milliseconds(100)).wait() }
    func url(_ target: String = "/", scheme: String = "http") -> WireURL {
        try! WireURL("\(scheme)://127.0.0.1:\(port)\(target)")
    }
}

/// Answers with the request's body.
let echo: @Sendable (HTTPRequest) -> HTTPDisposition = { _ in
    .collect(bodyBytesMax: 1 << 20) { request, writer in
        writer.send(HTTPResponse(status: .ok, fields: ["X-Path": request.path], body: request.body))
    }
}

/// A queue that tests wait on; bounded only by the test.
final class Inbox<Element: Sendable>: Sendable {
    private let state = Mutex<[Element]>([])
    private let ready = Ready()

    func put(_ element: Element) {
        state.withLock { $0.append(element) }
        ready.signal()
    }

    /// Waits for the next element; nil after a minute, which fails the test that needs it.
    func take() -> Element? {
        guard ready.wait() else { return nil }
        return state.withLock { $0.removeFirst() }
    }

    var count: Int { state.withLock { $0.count } }
}
