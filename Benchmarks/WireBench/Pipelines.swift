import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOWebSocket
import Wire

/// Connections in memory that answer requests or take messages: ours, and SwiftNIO's own pipeline.
enum Pipelines {
    /// Sends the same bytes so many times, and takes what comes back.
    static func exchange(_ channel: EmbeddedChannel, _ bytes: ByteBuffer, _ count: Int) throws {
        for _ in 0..<count {
            try channel.writeInbound(bytes)
            while try channel.readOutbound(as: ByteBuffer.self) != nil {}
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    static func ownHTTP() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try HTTPServer.serve(on: channel, handler: Answering())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    static func nioHTTP() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
        try channel.pipeline.syncOperations.addHandler(NIOAnswering())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }

    static func ownWebSocket(echoes: Bool) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try HTTPServer.serve(on: channel, handler: Upgrading(echoes: echoes))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let handshake =
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        try channel.writeInbound(ByteBuffer(string: handshake))
        while try channel.readOutbound(as: ByteBuffer.self) != nil {}
        return channel
    }

    static func nioWebSocket(echoes: Bool) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandlers(
            WebSocketFrameEncoder(),
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)),
            WebSocketProtocolErrorHandler(isServer: true),
            NIOEcho(echoes: echoes)
        )
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        return channel
    }
}

private struct Answering: HTTPHandler {
    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition {
        precondition(head.path.hasPrefix("/v1/") && head.fields["Host"] != nil)
        return .respond(HTTPResponse(status: .ok, fields: ["Content-Type": "application/json"], body: Question.answer))
    }
}

private final class NIOAnswering: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): precondition(head.uri.hasPrefix("/v1/") && head.headers.first(name: "Host") != nil)
        case .body: break
        case .end:
            let fields = [
                ("Content-Type", "application/json"), ("Content-Length", "\(Question.answer.readableBytes)"),
                ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Connection", "keep-alive"),
            ]
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: HTTPHeaders(fields))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(Question.answer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

private struct Upgrading: HTTPHandler {
    let echoes: Bool

    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition {
        .webSocket(WebSocketAcceptance { _ in Receiver(echoes: echoes) })
    }
}

private final class Receiver: WebSocketDelegate {
    let echoes: Bool
    init(echoes: Bool) { self.echoes = echoes }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        if echoes { connection.send(text: message.bytes) }
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {}
}

/// As ours, checks text to be UTF-8.
private final class NIOEcho: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    let echoes: Bool
    init(echoes: Bool) { self.echoes = echoes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.opcode == .text else { return }
        let bytes = frame.unmaskedData
        precondition((try? UTF8Span(validating: Span(_bytes: bytes.readableBytesSpan))) != nil)
        guard echoes else { return }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: bytes)), promise: nil)
    }
}
