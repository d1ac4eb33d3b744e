import NIOCore
import NIOPosix

/// The least that a broadcast over NIO can be: a fixed handshake, frames that are made once and written to every
/// connection that takes bytes, one flush for all that is ready.
enum BroadcastServer {
    static func run(port: Int, loops: Int, rate: Int, bytes: Int) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let eventLoops = Array(group.makeIterator())
        let audiences = eventLoops.map { Audience($0) }
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1024, high: 256 * 1024)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: watermark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let audience = audiences.first(where: { $0.eventLoop === channel.eventLoop }) else { return }
                    try channel.pipeline.syncOperations.addHandler(Subscriber(audience))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        print("listening on \(listener.localAddress?.port ?? 0)")
        let (template, timeAt) = template(bytes: bytes)
        Pace(rate: rate, togetherMax: 512, eventLoop: eventLoops[0]).run { times in
            let frames = times.map { due in
                var frame = template
                frame.setString(String(due / 1_000), at: timeAt)
                return frame
            }
            for audience in audiences {
                if audience.eventLoop.inEventLoop {
                    audience.write(frames)
                } else {
                    audience.eventLoop.execute { audience.write(frames) }
                }
            }
        }
    }

    /// A text frame of a number of bytes, and where in it the time stands at which it was due.
    private static func template(bytes: Int) -> (frame: ByteBuffer, timeAt: Int) {
        let head = #"{"op":"d","t":["#
        let time = String(Pace.now / 1_000)
        let text = head + time + #"],"v":""#
        let payload = text + String(repeating: "x", count: max(0, bytes - text.utf8.count - 2)) + #""}"#
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x81))
        if payload.utf8.count < 126 {
            frame.writeInteger(UInt8(payload.utf8.count))
        } else {
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(payload.utf8.count))
        }
        let timeAt = frame.writerIndex + head.utf8.count
        frame.writeString(payload)
        return (frame, timeAt)
    }
}

/// The connections of one loop.
private final class Audience: @unchecked Sendable {
    // @unchecked: `contexts` is used on `eventLoop` only.

    let eventLoop: any EventLoop
    var contexts: [ChannelHandlerContext] = []

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func write(_ frames: [ByteBuffer]) {
        for context in contexts where context.channel.isWritable {
            for frame in frames { context.write(NIOAny(frame), promise: nil) }
            context.flush()
        }
    }
}

private final class Subscriber: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let audience: Audience
    private var isSubscribed = false

    init(_ audience: Audience) { self.audience = audience }

    /// Takes the first bytes for the handshake, whose key is the one of RFC 6455's example, and passes over the rest.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isSubscribed else { return }
        isSubscribed = true
        let answer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        audience.contexts.append(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        audience.contexts.removeAll { $0 === context }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
