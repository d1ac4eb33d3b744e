internal import NIOCore
internal import QueryLang
internal import Wire

extension StreamSession {
    /// Rows of changes that may wait for the loop.
    private static let inboxRowsMax = 65_536

    func subscribe(_ request: StreamRequest.Query, _ id: Int64?) throws(StreamRequest.Refusal) {
        guard queries.count < hub.limits.queriesMax else {
            throw .init(
                code: "limit_exceeded",
                message: "more than \(hub.limits.queriesMax) queries of one connection",
                hint: "unsubscribe from some, or open another connection"
            )
        }
        let sid = nextQuerySid()
        let subscription: QuerySubscription
        hub.context.histories?.retain(request.text)
        do throws(QueryError) {
            subscription = try open(request.text, sid, id, closesOnLag: request.closesOnLag)
        } catch {
            hub.context.histories?.release(request.text)
            throw StreamRequest.Refusal(error, in: request.text)
        }
        subscription.resumption = request.resume
        queries[sid] = subscription
        hub.counters.queries.add()
        if request.resume == nil { announce(subscription, nil) }
    }

    /// Answers the request.
    ///
    /// - Parameter resumption: of one that asked to go on from where it was: the number of changes that it gets instead of a
    ///   snapshot, or why it gets one.
    private func announce(_ subscription: QuerySubscription, _ resumption: Resumption?) {
        answer("subscribed") { document in
            if let id = subscription.request { document.member("id", id) }
            document.key("subs")
            document.beginArray()
            document.beginObject()
            subscription.describe(in: &document)
            switch resumption {
            case .replay(let changes):
                document.member("resumed", true)
                document.member("replay", changes.count)
            case .snapshot(let reason):
                document.member("resumed", false)
                document.member("reason", reason)
            case nil: break
            }
            document.endObject()
            document.endArray()
            document.key("rejected")
            document.beginArray()
            document.endArray()
        }
    }

    private func open(
        _ text: String,
        _ sid: Int64,
        _ id: Int64?,
        closesOnLag: Bool
    ) throws(QueryError) -> QuerySubscription {
        guard let transport, let source = hub.context.queries else {
            throw QueryError(.unavailable, "this server follows no queries")
        }
        let session = WeakSession(self)
        let eventLoop = transport.eventLoop
        let inbox = QueryInbox(rowsMax: Self.inboxRowsMax) {
            eventLoop.execute { session.value?.receiveRows(sid) }
        }
        let query = try source.open(text, isRecorder: false) { inbox.put($0) }
        return QuerySubscription(
            sid: sid,
            request: id,
            text: text,
            closesOnLag: closesOnLag,
            query: query,
            inbox: inbox
        )
    }

    /// Takes over what a query has handed to the loop.
    private func receiveRows(_ sid: Int64) {
        guard let transport, !isGoing, let subscription = queries[sid] else { return }
        hub.settle()
        let (events, isOverrun) = subscription.inbox.take()
        for event in events where self.transport != nil && subscription.lagFrom == nil {
            switch event {
            case .snapshot(var rows):
                // What was read of history has no event that caused it: it is as of now.
                if rows.computeTime == 0 { rows.computeTime = hub.context.clock() }
                if let epoch = rows.epoch { subscription.query.epoch = epoch }
                if goesOn(subscription, rows) { continue }
                let payload = QueryMessage.snapshot(subscription, rows, transport.encoding)
                send(payload, "snap", rows, subscription)
                subscription.hasSnapshot = true
            case .change(let rows): send(change: rows, subscription)
            case .ended(let error):
                end(subscription)
                refuseLast(subscription.request, .init(error, in: subscription.text), sid: sid)
            }
        }
        if isOverrun, self.transport != nil, subscription.lagFrom == nil {
            lag(subscription, from: subscription.last + 1)
        }
        flush()
    }

    private func send(change rows: StreamQueryRows, _ subscription: QuerySubscription) {
        guard let transport else { return }
        let payload = QueryMessage.change(subscription, rows, transport.encoding)
        send(payload, rows.isRevision ? "rev" : "d", rows, subscription)
    }

    // MARK: - Subscribers that come back

    /// How one goes on that asked to go on from where it was.
    private enum Resumption {
        case replay([StreamQueryRows])
        case snapshot(reason: String)
    }

    /// Answers a request that asked to go on from where it was, now that the plan says where it is; whether it goes on
    /// without the plan's snapshot.
    private func goesOn(_ subscription: QuerySubscription, _ snapshot: StreamQueryRows) -> Bool {
        guard let position = subscription.resumption else { return false }
        subscription.resumption = nil
        let resumption = resumption(of: subscription, from: position, snapshot)
        announce(subscription, resumption)
        guard case .replay(let changes) = resumption else {
            hub.counters.resumesRefused.add()
            return false
        }
        hub.counters.resumed.add()
        subscription.hasSnapshot = true
        subscription.last = position.seq
        for change in changes where transport != nil && subscription.lagFrom == nil {
            send(change: change, subscription)
        }
        return true
    }

    private func resumption(
        of subscription: QuerySubscription,
        from position: StreamPosition,
        _ snapshot: StreamQueryRows
    ) -> Resumption {
        guard position.epoch == subscription.query.epoch, let histories = hub.context.histories else {
            return .snapshot(reason: "epoch")
        }
        let answer = histories.changes(
            of: subscription.text,
            after: position,
            through: snapshot.seq,
            isKeyed: !subscription.query.keyColumns.isEmpty
        )
        switch answer {
        case .otherEpoch: return .snapshot(reason: "epoch")
        case .tooOld: return .snapshot(reason: "too_old")
        case .changes(let changes):
            // A bound of what the messages take: what they are made of, in memory, is longer.
            let bytes = changes.reduce(0) { $0 + QueryHistory.bytes(of: $1) }
            guard queue.byteCount + bytes <= hub.limits.queueBytesMax else { return .snapshot(reason: "too_old") }
            return .replay(changes)
        }
    }

    // MARK: - Rows

    private func send(_ payload: [UInt8], _ op: String, _ rows: StreamQueryRows, _ subscription: QuerySubscription) {
        guard let transport else { return }
        let event = EventID(symbol: EventID.query, epoch: subscription.query.epoch, seq: rows.seq)
        let frame = StreamFraming.message(payload, op, event, transport.encoding, transport.compression)
        if isDirect {
            write(frame)
        } else if queue.byteCount + frame.readableBytes > hub.limits.queueBytesMax {
            return lag(subscription, from: subscription.last + 1)
        } else {
            append(.init(frame: frame, joined: nil, subscription: nil, from: 0))
        }
        subscription.last = rows.seq
        hub.counters.deltas.add()
    }

    private func lag(_ subscription: QuerySubscription, from: Int64) {
        guard !subscription.closesOnLag else { return closeForLag() }
        hub.counters.lags.add()
        subscription.lagFrom = from
        subscription.cancel()
        if isDirect { beginAnew() }
    }

    /// Queries whose rows were lost, once everything that waits is written: the news, and then all rows.
    func beginAnew() {
        for (sid, lost) in queries {
            guard let from = lost.lagFrom, transport != nil else { continue }
            answer("lag") { document in
                document.member("sid", sid)
                document.member("from", from)
            }
            do throws(QueryError) {
                queries[sid] = try open(lost.text, sid, lost.request, closesOnLag: lost.closesOnLag)
            } catch {
                end(lost)
                refuse(lost.request, .init(error, in: lost.text), sid: sid)
            }
        }
    }

    func end(_ subscription: QuerySubscription) {
        subscription.cancel()
        guard queries.removeValue(forKey: subscription.sid) != nil else { return }
        hub.counters.queries.add(-1)
        guard let histories = hub.context.histories else { return }
        histories.release(subscription.text)
        // A plan that nobody follows any more must not wait for the next request to be ended.
        let linger = TimeAmount.seconds(Int64(hub.limits.queryResumeSeconds)) + .milliseconds(1)
        hub.eventLoop.scheduleTask(in: linger) { histories.sweep() }
    }
}

/// A session, as far as it still lives, in closures of other threads; they only carry it back to its loop.
struct WeakSession: @unchecked Sendable {
    // @unchecked: `value` is read on the session's loop only.
    weak var value: StreamSession?
    init(_ value: StreamSession) { self.value = value }
}

extension StreamRequest.Refusal {
    /// Why a query is refused.
    init(_ error: QueryError, in text: String) {
        self.init(code: error.code.rawValue, message: error.message, hint: error.hint)
        diagnosis = (error, text)
        guard let span = error.span else { return }
        let position = QueryDiagnostic.position(of: span, in: text)
        offset = position.offset
        place = (position.line, position.column)
    }
}
