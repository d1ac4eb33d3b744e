internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2

/// Answers a request beyond the limit as soon as its length is known, with status RESOURCE_EXHAUSTED, and takes no more of it.
///
/// The transport has a limit of its own, at which it resets the stream: clients see CANCELLED then, without a reason. So this
/// handler stands before the transport's, in each stream of a connection.
final class OversizedRequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = HTTP2Frame.FramePayload
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum State {
        case watching(MessageLengths)
        /// The transport answers; a second answer would be none.
        case answered
        case refused
    }

    private static let resourceExhausted = "8"

    private let messageBytesMax: Int
    private var state = State.watching(MessageLengths())

    init(messageBytesMax: Int) { self.messageBytesMax = messageBytesMax }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .refused: return
        case .answered: break
        case .watching(var lengths):
            guard case .data(let frame) = unwrapInboundIn(data), case .byteBuffer(let bytes) = frame.data else { break }
            if let length = lengths.first(beyond: messageBytesMax, in: bytes.readableBytesView) {
                return refuse(length, context)
            }
            state = .watching(lengths)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch state {
        case .refused: promise?.fail(ChannelError.ioOnClosedChannel)
        case .watching:
            if case .headers = unwrapOutboundIn(data) { state = .answered }
            context.write(data, promise: promise)
        case .answered: context.write(data, promise: promise)
        }
    }

    /// The answer is whole with its headers. The reset without an error asks the client to send no more (RFC 9113 §8.1); it
    /// closes the stream, which ends the call that waits for the message.
    private func refuse(_ length: Int, _ context: ChannelHandlerContext) {
        state = .refused
        // ASCII without '%': nothing in it needs the escapes of this header.
        let message =
            "the request has \(length) bytes; the limit is \(messageBytesMax) (marketstore.grpc_message_bytes); "
            + "send less at a time"
        let headers: HPACKHeaders = [
            ":status": "200", "content-type": "application/grpc", "grpc-status": Self.resourceExhausted,
            "grpc-message": message,
        ]
        context.write(wrapOutboundOut(.headers(.init(headers: headers, endStream: true))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }
}
