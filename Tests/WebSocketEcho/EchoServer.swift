import Glibc
import NIOCore
import Wire

/// A server that sends every WebSocket message back.
enum EchoServer {
    /// Prints the port that it listens on, and runs until its standard input ends.
    static func run(port: Int, group: any EventLoopGroup) throws {
        let server = try HTTPServer.bind(to: .init(host: "127.0.0.1", port: port), group: group, handler: EchoHandler())
            .wait()
        print(server.port)
        fflush(nil)
        while readLine() != nil {}
        try server.shutdown(grace: .milliseconds(100)).wait()
    }

    /// The largest message of the suite has 16 MiB.
    static var limits: WebSocketLimits {
        var limits = WebSocketLimits()
        limits.messageBytesMax = 64 << 20
        return limits
    }
}

private struct EchoHandler: HTTPHandler {
    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition {
        var compression = WebSocketCompressionOptions()
        compression.keepsServerContext = head.path == "/context"
        compression.keepsClientContext = head.path == "/context"
        compression.messageBytesMin = 0
        let acceptance = WebSocketAcceptance(
            subprotocol: head.webSocketSubprotocols.first,
            limits: EchoServer.limits,
            compression: compression
        ) { _ in Echo() }
        return .webSocket(acceptance)
    }
}

/// Sends messages back; reads no further while the peer does not take them.
final class Echo: WebSocketDelegate {
    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        switch message {
        case .text(let bytes): connection.send(text: bytes)
        case .binary(let bytes): connection.send(binary: bytes)
        }
    }

    func webSocketWritabilityDidChange(_ connection: WebSocketConnection) {
        if connection.isWritable { connection.resumeReading() } else { connection.pauseReading() }
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {}
}
