import NIOCore
import Synchronization
import Wire

/// The client's side of the suite: connects once a case to Autobahn's fuzzing server and sends every message back.
struct EchoClient {
    /// Where the fuzzing server listens, `ws://127.0.0.1:9001`.
    let base: String
    /// The name in the report.
    let agent: String
    let group: any EventLoopGroup

    /// Runs every case that the server has, then asks it to write its report.
    func run() throws {
        let answer = Answer()
        try visit("/getCaseCount") { answer }
        let count = Int(answer.text.withLock { $0 }) ?? 0
        print("\(count) cases")
        for number in 0..<count { try visit("/runCase?case=\(number + 1)&agent=\(agent)") { Echo() } }
        try visit("/updateReports?agent=\(agent)") { Echo() }
    }

    /// Connects, and waits for the connection's end. A case may break the handshake, too.
    private func visit(_ target: String, _ makeReceiver: @escaping @Sendable () -> any WebSocketDelegate) throws {
        let url = try WireURL(base + target)
        let isClosed = group.next().makePromise(of: Void.self)
        var compression = WebSocketCompressionOptions()
        compression.keepsServerContext = true
        compression.keepsClientContext = true
        compression.messageBytesMin = 0
        let client = WebSocketClient(group: group, limits: EchoServer.limits, compression: compression)
        client.connect(to: url) { _ in Visit(makeReceiver(), isClosed: isClosed) }.whenFailure { _ in isClosed.succeed()
        }
        try isClosed.futureResult.wait()
    }
}

/// Hands on what it hears, and tells the end.
private final class Visit: WebSocketDelegate {
    private let receiver: any WebSocketDelegate
    private let isClosed: EventLoopPromise<Void>

    init(_ receiver: any WebSocketDelegate, isClosed: EventLoopPromise<Void>) {
        self.receiver = receiver
        self.isClosed = isClosed
    }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        receiver.webSocket(connection, didReceive: message)
    }

    func webSocketWritabilityDidChange(_ connection: WebSocketConnection) {
        receiver.webSocketWritabilityDidChange(connection)
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) { isClosed.succeed() }
}

/// Keeps what the server says.
private final class Answer: WebSocketDelegate, Sendable {
    let text = Mutex("")

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        text.withLock { $0 = String(buffer: message.bytes) }
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {}
}
