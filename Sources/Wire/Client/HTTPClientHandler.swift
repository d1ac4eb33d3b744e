internal import NIOCore

/// The channel handler behind an exchange.
final class HTTPClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let exchange: HTTPClientExchange
    private var parser: HTTPResponseParser
    private var input = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var wantsReading = true
    private var isReadHeld = false

    init(exchange: HTTPClientExchange) {
        self.exchange = exchange
        self.parser = HTTPResponseParser(method: exchange.method)
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        // The head is out once TLS is up: what is written before that would be counted against no watermark.
        let exchange = self.exchange
        let head = exchange.head(allocator: context.channel.allocator)
        context.writeAndFlush(wrapOutboundOut(head)).assumeIsolated().whenSuccess { exchange.opened() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        do throws(HTTPViolation) {
            if let part = try parser.connectionEnded() { exchange.received(part) }
        } catch {
            exchange.connectionClosed()
        }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
        do throws(HTTPViolation) {
            while let part = try parser.next(&input) { exchange.received(part) }
        } catch {
            exchange.failed(error)
            context.close(promise: nil)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { exchange.becameWritable() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        exchange.failed(error)
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if wantsReading { context.read() } else { isReadHeld = true }
    }

    func write(_ bytes: ByteBuffer) {
        guard let context, bytes.readableBytes > 0 else { return }
        guard exchange.isChunked else {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            return
        }
        var head = context.channel.allocator.buffer(capacity: 16)
        HTTPResponseEncoding.writeChunkHead(bytes.readableBytes, to: &head)
        context.write(wrapOutboundOut(head), promise: nil)
        context.write(wrapOutboundOut(bytes), promise: nil)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "\r\n")), promise: nil)
    }

    func finish() {
        guard let context, exchange.isChunked else { return }
        var end = context.channel.allocator.buffer(capacity: 8)
        HTTPResponseEncoding.writeLastChunk(trailers: [:], to: &end)
        context.writeAndFlush(wrapOutboundOut(end), promise: nil)
    }

    func setReading(_ isReading: Bool) {
        wantsReading = isReading
        guard isReading, isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
    }

    func close() { context?.close(promise: nil) }
}
