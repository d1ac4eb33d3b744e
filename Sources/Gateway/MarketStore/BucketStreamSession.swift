internal import MarketStore
internal import NIOCore
internal import Wire

/// One client of MarketStore's stream: its connection, and what waits for it. Bound to its connection's loop.
///
/// Invariants:
/// 1. Frames leave in the order in which they were handed over: one is written directly only if nothing waits.
/// 2. NIO's own buffer holds at most one watermark and one burst; everything else waits here, counted, up to
///    ``BucketStreamLimits/queueBytesMax``.
final class BucketStreamSession: WebSocketDelegate, @unchecked Sendable {
    // @unchecked: all state is used on `eventLoop` only; other threads carry the reference.

    /// The number of the loop among those of the stream.
    let loopIndex: Int
    private let stream: BucketStream
    private let connection: WebSocketConnection
    private var queue = OutboundQueue()
    private var rate: RequestRate
    private var isEnded = false
    private var lastPing: NIODeadline

    init(_ connection: WebSocketConnection, _ stream: BucketStream, loopIndex: Int) {
        self.connection = connection
        self.stream = stream
        self.loopIndex = loopIndex
        self.rate = RequestRate(perSecond: stream.limits.requestsPerSecond, burst: stream.limits.requestBurst)
        self.lastPing = connection.eventLoop.now
    }

    var eventLoop: any EventLoop { connection.eventLoop }

    // MARK: - WebSocketDelegate

    func webSocketDidOpen(_ connection: WebSocketConnection) { stream.counters.connections.add() }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        guard !isEnded else { return }
        let bytes: ByteBuffer =
            switch message {
            case .text(let bytes), .binary(let bytes): bytes
            }
        guard rate.admits(now: eventLoop.now) else { return refuseForRate() }
        guard let request = FollowRequest(bytes.readableBytesView) else {
            stream.counters.ignored.add()
            return
        }
        let echo = WebSocketFrameWriter.frame(.binary, bytes.readableBytesView)
        switch request {
        case .nothing: stream.answer(self, echo)
        case .follow(let streams):
            do throws(DataServiceError) {
                stream.follow(try StreamPatterns(streams), self, answer: echo)
            } catch {
                refuse(error)
            }
        }
    }

    private func refuse(_ error: DataServiceError) {
        stream.counters.refused.add()
        stream.answer(self, WebSocketFrameWriter.frame(.binary, FollowRequest.refusal(error)))
    }

    private func refuseForRate() {
        guard rate.refusedInARow > stream.limits.refusedRequestsMax else {
            return refuse(DataServiceError("more than \(stream.limits.requestsPerSecond) requests a second"))
        }
        stream.counters.rateCloses.add()
        close(.tooManyRequests, reason: "too many requests")
    }

    func webSocketWritabilityDidChange(_ connection: WebSocketConnection) {
        // No ping goes into a full socket; whoever reads all the time is asked when there is room.
        let now = eventLoop.now
        if connection.isWritable, now - lastPing >= stream.limits.pingInterval {
            lastPing = now
            connection.ping()
        }
        drain()
    }

    func webSocketServerIsShuttingDown(_ connection: WebSocketConnection) {
        close(.serviceRestart, reason: "the server restarts; connect again")
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) {
        end()
        stream.counters.connections.add(-1)
    }

    // MARK: - Way out

    /// Takes whole frames; they leave with the next ``flush()``.
    func deliver(_ frames: ByteBuffer) {
        guard !isEnded else { return }
        if queue.isEmpty, connection.isWritable {
            connection.write(frames: frames)
        } else if queue.byteCount + frames.readableBytes > stream.limits.queueBytesMax {
            closeForLag()
        } else {
            queue.append(.init(frame: frames, joined: nil, subscription: nil, from: 0))
            stream.counters.queueBytes.add(frames.readableBytes)
        }
    }

    func flush() {
        if !isEnded { connection.flush() }
    }

    private func drain() {
        guard !isEnded, !queue.isEmpty else { return }
        while connection.isWritable, let entry = queue.popFirst() {
            stream.counters.queueBytes.add(-entry.frame.readableBytes)
            connection.write(frames: entry.frame)
        }
        connection.flush()
    }

    // MARK: - End

    /// It reads too slowly.
    func closeForLag() {
        guard !isEnded else { return }
        stream.counters.lagCloses.add()
        close(.slow, reason: "too slow: more than \(stream.limits.queueBytesMax) bytes waited; connect again")
    }

    /// The stream itself was too slow.
    func closeForLoss() {
        close(.tryAgainLater, reason: "rows were written faster than they can be pushed; connect again")
    }

    private func close(_ code: WebSocketCloseCode, reason: String) {
        guard !isEnded else { return }
        end()
        connection.close(code, reason: reason)
    }

    /// Forgets everything; the connection may take longer to close.
    private func end() {
        guard !isEnded else { return }
        isEnded = true
        stream.counters.queueBytes.add(-queue.byteCount)
        queue.removeAll()
        stream.leave(self)
    }
}

extension WebSocketCloseCode {
    /// Something went wrong that may be right in a moment: reconnect.
    static let tryAgainLater = WebSocketCloseCode(rawValue: 1013)
}
