internal import Columnar
internal import NIOCore
internal import Wire

extension StreamSession {
    func handle(_ bytes: ByteBuffer, isMessagePack: Bool) {
        var id: Int64?
        do throws(StreamRequest.Refusal) {
            let (value, given) = try StreamRequest.parse(bytes, isMessagePack: isMessagePack)
            id = given
            try handle(try StreamRequest(value), id)
        } catch {
            refuse(id, error)
        }
        flush()
    }

    private func handle(_ request: StreamRequest, _ id: Int64?) throws(StreamRequest.Refusal) {
        switch request {
        case .authenticate(let token): return authenticate(token, id)
        case .ping:
            return answer("pong") { document in
                if let id { document.member("id", id) }
                document.member("time", floorDivide(hub.context.clock(), 1_000))
            }
        default: break
        }
        guard access == nil else {
            throw .init(code: "unauthenticated", message: "say who you are first", hint: #"{"op":"auth","token":"…"}"#)
        }
        switch request {
        case .subscribe(let request): try subscribe(request, id)
        case .query(let query): try prepare(query, id)
        case .unsubscribe(let sids): unsubscribe(sids, id)
        case .list: list(id)
        case .authenticate, .ping: break
        }
    }

    func refuse(_ id: Int64?, _ refusal: StreamRequest.Refusal, sid: Int64? = nil) {
        answer("error") { document in
            if let id { document.member("id", id) }
            if let sid { document.member("sid", sid) }
            document.member("code", refusal.code)
            document.member("message", refusal.message)
            if let offset = refusal.offset {
                document.key("position")
                document.beginObject()
                document.member("offset", offset)
                if let place = refusal.place {
                    document.member("line", place.line)
                    document.member("column", place.column)
                }
                document.endObject()
            }
            if let hint = refusal.hint { document.member("hint", hint) }
        }
        flush()
    }

    /// Refuses a request, and ends a stream that has no other and so nothing to wait for.
    func refuseLast(_ id: Int64?, _ refusal: StreamRequest.Refusal, sid: Int64? = nil) {
        guard let transport, transport.encoding == .events else { return refuse(id, refusal, sid: sid) }
        guard !transport.refuse(refusal) else { return end() }
        refuse(id, refusal, sid: sid)
        close(.normal, reason: refusal.message)
    }

    private func authenticate(_ token: String, _ id: Int64?) {
        switch access?.authorize(token: token) ?? .allowed {
        case .allowed:
            admitted()
            answer("authenticated") { document in
                if let id { document.member("id", id) }
            }
        case .unauthenticated(let reason):
            refuse(id, .init(code: "unauthenticated", message: reason))
            refuseAccess(.unauthenticated, "unauthenticated")
        case .forbidden(let reason):
            refuse(id, .init(code: "forbidden", message: reason))
            refuseAccess(.forbidden, "forbidden")
        }
    }

    private func unsubscribe(_ sids: [Int64]?, _ id: Int64?) {
        if sids == nil { patterns.removeAll() }
        var last: [(sid: Int64, seq: Int64)] = []
        var requests: Set<Int64?> = []
        for sid in sids ?? subscriptions.keys.sorted() + queries.keys.sorted(by: >) {
            if let subscription = subscriptions.removeValue(forKey: sid) {
                requests.insert(subscription.request)
                backlogged.removeAll { $0 === subscription }
                subscription.backlog = .none
                hub.remove(subscription)
                last.append((sid, subscription.last))
            } else if let query = queries[sid] {
                end(query)
                last.append((sid, query.last))
            }
        }
        patterns.removeAll { pattern in
            requests.contains(pattern.id) && !subscriptions.values.contains { $0.request == pattern.id }
        }
        answer("unsubscribed") { document in
            if let id { document.member("id", id) }
            document.key("sid")
            document.beginArray()
            for entry in last { document.value(entry.sid) }
            document.endArray()
            document.key("last")
            document.beginObject()
            for entry in last {
                document.key(text: String(entry.sid))
                document.value(entry.seq)
            }
            document.endObject()
        }
    }

    private func list(_ id: Int64?) {
        answer("list") { document in
            if let id { document.member("id", id) }
            document.key("subs")
            document.beginArray()
            for sid in subscriptions.keys.sorted() {
                guard let subscription = subscriptions[sid] else { continue }
                document.beginObject()
                describe(subscription, seq: subscription.last, in: &document)
                document.endObject()
            }
            for query in queries.values.sorted(by: { $0.sid > $1.sid }) {
                document.beginObject()
                query.describe(in: &document)
                document.endObject()
            }
            document.endArray()
        }
    }
}
