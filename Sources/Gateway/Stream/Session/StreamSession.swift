internal import Columnar
internal import Engine
internal import NIOCore
internal import Wire

/// One subscriber: its connection, its subscriptions, and what waits for it. Bound to its hub's loop.
///
/// Invariants:
/// 1. Messages leave in the order in which they were made: one is written directly only if nothing waits.
/// 2. NIO's own buffer holds at most one watermark and one burst; everything else waits here, counted, up to
///    ``StreamLimits/queueBytesMax``.
/// 3. For every subscription: a snapshot, then deltas whose `prev` is the `seq` before.
/// 4. What a session does by itself begins with ``StreamHub/settle()``: no delta of the past is then on its way.
final class StreamSession {
    /// Unknown names of a request that get a hint: each compares with every instrument.
    static let hintsMax = 8
    /// Bytes of a request beyond the rate that are read for its id.
    private static let refusedBytesMax = 1_024

    let name: String
    let hub: StreamHub
    /// Set while the subscriber still has to say who it is.
    var access: StreamAccess?
    var transport: (any StreamTransport)?
    var subscriptions: [Int64: Subscription] = [:]
    var patterns: [Pattern] = []
    var queries: [Int64: QuerySubscription] = [:]
    /// Whether a query is being prepared; what came since waits.
    var isPreparing = false
    var held: [HeldRequest] = []
    var queue = OutboundQueue()
    /// Subscriptions with a backlog, in the order in which they got it.
    var backlogged: [Subscription] = []
    /// Waits for what it missed to be made again.
    var isRebuilding = false
    /// Goes away once everything is written.
    private(set) var isGoing = false
    private var isTouched = false
    private var lastQuerySid: Int64 = 0
    private var rate: RequestRate
    private var heartbeat: Scheduled<Void>?
    private var deadline: Scheduled<Void>?

    /// A request whose symbols had a `*`: it also covers instruments that appear later.
    struct Pattern {
        var id: Int64?
        var group: FeatureGroup
        var globs: [Glob]
        var features: [Int]
        var request: StreamRequest.Subscribe
    }

    init(name: String, hub: StreamHub, access: StreamAccess? = nil) {
        self.name = name
        self.hub = hub
        self.access = access
        self.rate = RequestRate(perSecond: hub.limits.requestsPerSecond, burst: hub.limits.requestBurst)
    }

    // MARK: - Life

    /// Begins, on a connection that can be written to.
    func open(_ transport: any StreamTransport) {
        self.transport = transport
        hub.opened(self)
        if transport.encoding != .events { welcome() }
        flush()
        scheduleHeartbeat()
        guard access != nil else { return }
        deadline = transport.eventLoop.assumeIsolated().scheduleTask(in: hub.limits.authenticationTimeout) {
            [weak self] in
            self?.refuseAccess(.unauthenticated, "auth_timeout")
        }
    }

    private func welcome() {
        let limits = hub.limits
        answer("welcome") { document in
            document.member("conn", name)
            document.member("server", hub.context.serverVersion)
            document.member("time", floorDivide(hub.context.clock(), 1_000))
            document.member("heartbeat_s", StreamLimits.seconds(limits.heartbeatInterval))
            document.key("resume_window")
            document.beginObject()
            document.member("events", limits.resumeEventsMax)
            document.member("seconds", limits.resumeSeconds)
            document.endObject()
            document.key("limits")
            document.beginObject()
            for limit in limits.all { document.member(limit.name, limit.value) }
            document.endObject()
        }
    }

    /// Takes a request, unless it is one too many.
    func receive(_ bytes: ByteBuffer, isMessagePack: Bool) {
        guard let transport, !isGoing else { return }
        hub.settle()
        guard rate.admits(now: transport.eventLoop.now) else {
            if rate.refusedInARow > hub.limits.refusedRequestsMax {
                hub.counters.rateCloses.add()
                close(.tooManyRequests, reason: #"{"code":"rate_limited"}"#)
            } else {
                let message = "more than \(hub.limits.requestsPerSecond) requests a second"
                let hint = "wait a second; one subscribe takes many symbols"
                let id = self.id(of: bytes, isMessagePack: isMessagePack)
                refuse(id, .init(code: "rate_limited", message: message, hint: hint))
            }
            return
        }
        take(bytes, isMessagePack: isMessagePack)
    }

    /// The id of a request that is not looked at otherwise; nil of a long one, which would cost what the rate is to save.
    private func id(of bytes: ByteBuffer, isMessagePack: Bool) -> Int64? {
        guard bytes.readableBytes <= Self.refusedBytesMax else { return nil }
        return (try? StreamRequest.parse(bytes, isMessagePack: isMessagePack))?.id
    }

    func writabilityChanged() {
        hub.settle()
        drain()
    }

    /// The subscriber said who it is.
    func admitted() {
        access = nil
        deadline?.cancel()
        deadline = nil
    }

    func refuseAccess(_ code: WebSocketCloseCode, _ word: String) {
        close(code, reason: #"{"code":"\#(word)"}"#)
    }

    /// Says that the server goes away, and closes once all that waits is written. Nothing new comes.
    func goAway() {
        guard transport != nil, !isGoing else { return }
        hub.settle()
        releaseAll()
        isGoing = true
        patterns.removeAll()
        forgetQueries()
        answer("goaway") { document in
            document.member("reason", "restart")
            document.key("reconnect_after_ms")
            document.beginArray()
            document.value(0)
            document.value(5_000)
            document.endArray()
        }
        flush()
        closeIfGone()
    }

    private func closeIfGone() {
        guard isGoing, queue.isEmpty, backlogged.isEmpty else { return }
        close(.serviceRestart, reason: #"{"reason":"restart"}"#)
    }

    func close(_ code: WebSocketCloseCode, reason: String) {
        let transport = self.transport
        end()
        transport?.close(code, reason: reason)
    }

    /// Forgets everything; the connection may take longer to close.
    func end() {
        guard transport != nil else { return }
        transport = nil
        heartbeat?.cancel()
        deadline?.cancel()
        hub.counters.queueBytes.add(-queue.byteCount)
        queue.removeAll()
        backlogged.removeAll()
        patterns.removeAll()
        held.removeAll()
        for subscription in subscriptions.values { hub.remove(subscription) }
        subscriptions.removeAll()
        forgetQueries()
        hub.closed(self)
    }

    private func forgetQueries() {
        for query in Array(queries.values) { end(query) }
    }

    /// Queries of one connection are told apart by numbers below zero.
    func nextQuerySid() -> Int64 {
        lastQuerySid -= 1
        return lastQuerySid
    }

    // MARK: - Way out

    /// Whether a message may go straight to the socket.
    var isDirect: Bool { queue.isEmpty && backlogged.isEmpty && transport?.isWritable ?? false }

    /// Sends an answer, in its order among what waits.
    func answer(_ op: String, _ body: (inout any DocumentWriter) -> Void) {
        guard let transport else { return }
        let payload = transport.encoding.message(op, body)
        let frame = StreamFraming.message(payload, op, nil, transport.encoding, transport.compression)
        if isDirect {
            write(frame)
        } else if queue.byteCount + frame.readableBytes > hub.limits.queueBytesMax {
            closeForLag()
        } else {
            append(.init(frame: frame, joined: nil, subscription: nil, from: 0))
        }
    }

    /// Writes messages that leave at the end of the turn.
    func write(_ frames: ByteBuffer) {
        transport?.write(frames)
        guard !isTouched else { return }
        isTouched = true
        hub.touch(self)
    }

    func append(_ entry: OutboundQueue.Entry) {
        queue.append(entry)
        hub.counters.queueBytes.add(entry.frame.readableBytes)
    }

    func flush() {
        isTouched = false
        transport?.flush()
    }

    func closeForLag() {
        hub.counters.lagCloses.add()
        close(.slow, reason: #"{"code":"slow","queue_bytes":\#(hub.limits.queueBytesMax)}"#)
    }

    /// Writes what waits while the socket takes it: queued messages, then backlogs, one subscription after the other.
    func drain() {
        guard let transport else { return }
        var hasWritten = false
        while transport.isWritable {
            if let frame = nextQueued(transport.encoding) {
                transport.write(frame)
            } else if !backlogged.isEmpty {
                settle(backlogged.removeFirst())
            } else {
                break
            }
            hasWritten = true
        }
        if queue.isEmpty, backlogged.isEmpty, transport.isWritable { beginAnew() }
        if hasWritten { flush() }
        closeIfGone()
    }

    /// The next message that waits, or, for who takes batches, as many as make a good array.
    private func nextQueued(_ encoding: StreamEncoding) -> ByteBuffer? {
        guard let entry = queue.popFirst() else { return nil }
        hub.counters.queueBytes.add(-entry.frame.readableBytes)
        guard var (joined, count) = entry.joined, queue.firstJoined != nil else { return entry.frame }
        while joined.readableBytes < Self.batchBytesMax, let more = queue.firstJoined, let next = queue.popFirst() {
            hub.counters.queueBytes.add(-next.frame.readableBytes)
            StreamFraming.join(more.bytes, to: &joined, encoding)
            count += more.count
        }
        return StreamFraming.frame(joined: joined, count: count, encoding, transport?.compression)
    }

    /// An array grows no more beyond this.
    private static let batchBytesMax = 64 * 1024

    // MARK: - Liveness

    private func scheduleHeartbeat() {
        guard let transport else { return }
        heartbeat = transport.eventLoop.assumeIsolated().scheduleTask(in: hub.limits.heartbeatInterval) {
            [weak self] in
            self?.beat()
        }
    }

    private func beat() {
        hub.settle()
        // A socket that takes nothing gets no heartbeat either: it could only be late.
        if isDirect, let transport, !isGoing {
            if transport.encoding == .events {
                write(ByteBuffer(string: ": hb \(floorDivide(hub.context.clock(), 1_000))\n\n"))
            } else {
                answer("hb", writeHeads)
            }
            flush()
        }
        scheduleHeartbeat()
    }

    private func writeHeads(_ document: inout any DocumentWriter) {
        document.member("time", floorDivide(hub.context.clock(), 1_000))
        document.key("heads")
        document.beginObject()
        for sid in subscriptions.keys.sorted() {
            guard let shape = subscriptions[sid]?.shape, shape.instrument.hasData else { continue }
            document.key(text: String(sid))
            document.value(shape.head.seq)
        }
        for query in queries.values.sorted(by: { $0.sid > $1.sid }) where query.hasSnapshot {
            document.key(text: String(query.sid))
            document.value(query.last)
        }
        document.endObject()
    }
}
