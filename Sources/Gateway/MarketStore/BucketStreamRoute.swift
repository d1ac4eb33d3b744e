internal import Wire

/// `GET /ws`: the way in to MarketStore's stream.
enum BucketStreamRoute {
    static let path = "/ws"

    /// How a connection is accepted. Neither a subprotocol nor compression is agreed on: MarketStore's clients know none.
    static func acceptance(_ stream: BucketStream, loopIndex: Int) -> WebSocketAcceptance {
        var limits = WebSocketLimits()
        limits.messageBytesMax = stream.limits.messageBytesMax
        limits.pingInterval = stream.limits.pingInterval
        limits.silenceMax = stream.limits.silenceMax
        limits.closeTimeout = stream.limits.closeTimeout
        // MessagePack in a text message is no UTF-8, and MarketStore takes it.
        limits.checksText = false
        return WebSocketAcceptance(limits: limits) { BucketStreamSession($0, stream, loopIndex: loopIndex) }
    }
}
