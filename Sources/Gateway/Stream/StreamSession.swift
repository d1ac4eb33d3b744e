internal import Columnar
internal import Engine
internal import Market
internal import NIOCore
internal import Wire

/// One subscriber: its connection, its subscriptions, and what waits for it. Bound to its hub's loop.
///
/// Invariants:
/// 1. Frames leave in the order in which they were made: a frame is written directly only if nothing waits.
/// 2. NIO's own buffer holds at most one watermark and one frame; everything else waits here, counted, up to
///    ``StreamLimits/queueBytesMax``.
/// 3. For every subscription: a snapshot, then deltas whose `prev` is the `seq` before.
final class StreamSession: WebSocketDelegate {
    /// Unknown names of a request that get a hint: each compares with every instrument.
    static let hintsMax = 8

    let name: String
    let hub: StreamHub
    private var connection: WebSocketConnection?
    var subscriptions: [Int64: Subscription] = [:]
    var patterns: [Pattern] = []
    private var queue = OutboundQueue()
    /// Subscriptions with a backlog, in the order in which they got it.
    var backlogged: [Subscription] = []
    private var rate: RequestRate
    private var heartbeat: Scheduled<Void>?

    /// A request whose symbols had a `*`: it also covers instruments that appear later.
    struct Pattern {
        var id: Int64?
        var globs: [Glob]
        var features: [Int]
        var request: StreamRequest.Subscribe
    }

    init(name: String, hub: StreamHub) {
        self.name = name
        self.hub = hub
        self.rate = RequestRate(perSecond: hub.limits.requestsPerSecond, burst: hub.limits.requestBurst)
    }

    /// Whether a frame may go straight to the socket.
    private var isDirect: Bool {
        queue.isEmpty && backlogged.isEmpty && connection?.isWritable ?? false
    }

    // MARK: - Connection

    func webSocketDidOpen(_ connection: WebSocketConnection) {
        self.connection = connection
        hub.opened(self)
        answer("welcome") { json in
            json.member("conn", name)
            json.member("server", hub.serverVersion)
            json.member("time", floorDivide(hub.clock(), 1_000))
            json.member("heartbeat_s", Int(hub.limits.heartbeatInterval.nanoseconds / 1_000_000_000))
            json.key("limits")
            json.beginObject()
            json.member("subscriptions", hub.limits.subscriptionsMax)
            json.member("requests_per_s", hub.limits.requestsPerSecond)
            json.member("message_bytes", hub.limits.messageBytesMax)
            json.member("queue_bytes", hub.limits.queueBytesMax)
            json.endObject()
        }
        flush()
        scheduleHeartbeat()
    }

    func webSocket(_ connection: WebSocketConnection, didReceive message: WebSocketMessage) {
        guard rate.admits(now: connection.eventLoop.now) else {
            if rate.refusedInARow > hub.limits.refusedRequestsMax {
                hub.counters.rateCloses.add()
                close(WebSocketCloseCode(rawValue: 4009), reason: #"{"code":"rate_limited"}"#)
            } else {
                refuse(
                    nil,
                    .init(code: "rate_limited", message: "more than \(hub.limits.requestsPerSecond) requests a second")
                )
            }
            return
        }
        receive(message.bytes)
    }

    func webSocketWritabilityDidChange(_ connection: WebSocketConnection) { drain() }

    func webSocketServerIsShuttingDown(_ connection: WebSocketConnection) {
        // A subscriber that does not read would not see it; the close frame is all that fits.
        if isDirect {
            answer("goaway") { json in
                json.member("reason", "restart")
                json.key("reconnect_after_ms")
                json.beginArray()
                json.value(0)
                json.value(5_000)
                json.endArray()
            }
        }
        close(.serviceRestart, reason: #"{"reason":"restart"}"#)
    }

    func webSocket(_ connection: WebSocketConnection, didClose closure: WebSocketClosure) { end() }

    private func close(_ code: WebSocketCloseCode, reason: String) {
        let connection = self.connection
        end()
        connection?.close(code, reason: reason)
    }

    /// Forgets everything; the connection may take longer to close.
    private func end() {
        guard connection != nil else { return }
        connection = nil
        heartbeat?.cancel()
        hub.counters.queueBytes.add(-queue.byteCount)
        queue.removeAll()
        backlogged.removeAll()
        patterns.removeAll()
        for subscription in subscriptions.values { hub.remove(subscription) }
        subscriptions.removeAll()
        hub.closed(self)
    }

    // MARK: - Deltas and snapshots

    /// Takes the shape's new delta, whose frame all its subscribers share.
    func deliver(_ frame: ByteBuffer, to subscription: Subscription, prev: Int64, _ change: ShapeChange) {
        // Closed by what was delivered to another of its subscriptions a moment ago.
        guard connection != nil else { return }
        let seq = subscription.shape.head.seq
        switch subscription.backlog {
        case .snapshot: return
        case .lag(let from, _): subscription.backlog = .lag(from: from, to: seq)
        case .delta(var merged):
            subscription.backlog = .none
            merged.add(change)
            subscription.backlog = .delta(merged)
            hub.counters.conflated.add(change.count)
        case .none:
            if isDirect, change.count == 1 || subscription.shape.key.mode == .conflate {
                send(frame, subscription, seq)
            } else if subscription.shape.key.mode == .conflate {
                var merged = MergedDelta(fieldCount: subscription.shape.features.count)
                merged.add(change)
                hold(subscription, .delta(merged))
            } else if change.count > 1 {
                lag(subscription, from: prev + 1, to: seq)
            } else {
                enqueue(frame, subscription, seq, from: prev + 1)
            }
        }
    }

    /// Sends the present state, in its order among what waits; older merged deltas are no longer needed.
    func sendSnapshot(_ subscription: Subscription) {
        guard connection != nil else { return }
        switch subscription.backlog {
        case .snapshot, .lag: return
        case .delta: subscription.backlog = .snapshot
        case .none:
            if isDirect {
                writeSnapshot(subscription)
            } else if subscription.shape.key.mode == .conflate {
                hold(subscription, .snapshot)
            } else {
                let head = subscription.shape.head.seq
                enqueue(hub.snapshot(of: subscription.shape), subscription, head, from: head)
                hub.counters.snapshots.add()
            }
        }
    }

    private func writeSnapshot(_ subscription: Subscription) {
        hub.counters.snapshots.add()
        subscription.last = subscription.shape.head.seq
        connection?.write(frames: hub.snapshot(of: subscription.shape))
        hub.touch(self)
    }

    private func send(_ frame: ByteBuffer, _ subscription: Subscription, _ seq: Int64) {
        hub.counters.deltas.add()
        subscription.last = seq
        connection?.write(frames: frame)
        hub.touch(self)
    }

    private func hold(_ subscription: Subscription, _ backlog: Subscription.Backlog) {
        subscription.backlog = backlog
        backlogged.append(subscription)
    }

    /// Queues a frame of a subscription that wants them all.
    private func enqueue(_ frame: ByteBuffer, _ subscription: Subscription, _ seq: Int64, from: Int64) {
        if queue.byteCount + frame.readableBytes > hub.limits.queueBytesMax {
            if subscription.closesOnLag {
                closeForLag()
                return
            }
            let before = queue.byteCount
            let dropped = queue.remove { !$0.closesOnLag }
            hub.counters.queueBytes.add(queue.byteCount - before)
            for (other, from) in dropped where other !== subscription { lag(other, from: from, to: other.last) }
            let first = dropped.first { $0.subscription === subscription }?.from ?? from
            lag(subscription, from: first, to: seq)
            return
        }
        hub.counters.deltas.add()
        subscription.last = seq
        append(.init(frame: frame, subscription: subscription, from: from))
    }

    private func lag(_ subscription: Subscription, from: Int64, to: Int64) {
        if subscription.closesOnLag {
            closeForLag()
        } else {
            hub.counters.lags.add()
            hold(subscription, .lag(from: from, to: to))
        }
        drain()
    }

    private func closeForLag() {
        hub.counters.lagCloses.add()
        close(
            WebSocketCloseCode(rawValue: 4008),
            reason: #"{"code":"slow","queue_bytes":\#(hub.limits.queueBytesMax)}"#
        )
    }

    // MARK: - Way out

    /// Sends an answer, in its order among what waits.
    func answer(_ op: String, _ body: (inout JSONBuffer) -> Void) {
        guard let connection else { return }
        let frame = hub.encode(op, body)
        if isDirect {
            connection.write(frames: frame)
            hub.touch(self)
        } else if queue.byteCount + frame.readableBytes > hub.limits.queueBytesMax {
            closeForLag()
        } else {
            append(.init(frame: frame, subscription: nil, from: 0))
        }
    }

    private func append(_ entry: OutboundQueue.Entry) {
        queue.append(entry)
        hub.counters.queueBytes.add(entry.frame.readableBytes)
    }

    func flush() { connection?.flush() }

    /// Writes what waits while the socket takes it: queued frames, then backlogs, one subscription after the other.
    private func drain() {
        guard let connection else { return }
        var hasWritten = false
        while connection.isWritable {
            if let entry = queue.popFirst() {
                hub.counters.queueBytes.add(-entry.frame.readableBytes)
                connection.write(frames: entry.frame)
            } else if !backlogged.isEmpty {
                settle(backlogged.removeFirst(), connection)
            } else {
                break
            }
            hasWritten = true
        }
        if hasWritten { connection.flush() }
    }

    private func settle(_ subscription: Subscription, _ connection: WebSocketConnection) {
        let backlog = subscription.backlog
        subscription.backlog = .none
        switch backlog {
        case .none: break
        case .snapshot: writeSnapshot(subscription)
        case .delta(let merged):
            let frame = hub.mergedDelta(subscription.shape, prev: subscription.last, merged)
            send(frame, subscription, subscription.shape.head.seq)
        case .lag(let from, let to):
            connection.write(frames: hub.lag(subscription.shape, from: from, to: to))
            writeSnapshot(subscription)
        }
    }

    // MARK: - Liveness

    private func scheduleHeartbeat() {
        guard let connection else { return }
        heartbeat = connection.eventLoop.assumeIsolated().scheduleTask(in: hub.limits.heartbeatInterval) {
            [weak self] in
            self?.beat()
        }
    }

    private func beat() {
        // A socket that takes nothing gets no heartbeat either: it could only be late.
        if isDirect {
            answer("hb") { json in
                json.member("time", floorDivide(hub.clock(), 1_000))
                json.key("heads")
                json.beginObject()
                for sid in subscriptions.keys.sorted() {
                    guard let shape = subscriptions[sid]?.shape, shape.instrument.hasData else { continue }
                    json.key(String(sid))
                    json.value(shape.head.seq)
                }
                json.endObject()
            }
            flush()
        }
        scheduleHeartbeat()
    }
}
