internal import Columnar
internal import Engine
internal import Market
internal import NIOCore
internal import Wire

extension StreamSession {
    func receive(_ bytes: ByteBuffer) {
        var id: Int64?
        do throws(StreamRequest.Refusal) {
            let (value, given) = try StreamRequest.parse(bytes)
            id = given
            switch try StreamRequest(value) {
            case .subscribe(let request): try subscribe(id, request)
            case .unsubscribe(let sids): unsubscribe(id, sids)
            case .list: list(id)
            case .ping:
                answer("pong") { json in
                    if let id { json.member("id", id) }
                    json.member("time", floorDivide(hub.clock(), 1_000))
                }
            }
        } catch {
            refuse(id, error)
        }
        flush()
    }

    func refuse(_ id: Int64?, _ refusal: StreamRequest.Refusal) {
        answer("error") { json in
            if let id { json.member("id", id) }
            json.member("code", refusal.code)
            json.member("message", refusal.message)
            if let offset = refusal.offset {
                json.key("position")
                json.beginObject()
                json.member("offset", offset)
                json.endObject()
            }
            if let hint = refusal.hint { json.member("hint", hint) }
        }
        flush()
    }

    private func subscribe(_ id: Int64?, _ request: StreamRequest.Subscribe) throws(StreamRequest.Refusal) {
        guard request.symbols.count <= hub.limits.symbolsMax else {
            throw .init(code: "limit_exceeded", message: "more than \(hub.limits.symbolsMax) symbols in one request")
        }
        let features = try hub.features(named: request.features)
        var rejected: [(symbol: String, code: String, hint: String?)] = []
        var states: [InstrumentFeatures] = []
        let globs = request.symbols.filter(Glob.isPattern).map(Glob.init)
        for symbol in request.symbols where !Glob.isPattern(symbol) {
            if let state = hub.state(named: symbol) {
                states.append(state)
            } else {
                let hint = rejected.count < Self.hintsMax ? hub.hint(forSymbol: symbol) : nil
                rejected.append((symbol, "unknown_symbol", hint))
            }
        }
        if !globs.isEmpty {
            guard patterns.reduce(globs.count, { $0 + $1.globs.count }) <= hub.limits.patternsMax else {
                throw .init(code: "limit_exceeded", message: "more than \(hub.limits.patternsMax) patterns")
            }
            patterns.append(Pattern(id: id, globs: globs, features: features, request: request))
            states += hub.knownStates().filter { state in globs.contains { $0.matches(state.name) } }
        }
        var added: [Subscription] = []
        for state in states {
            guard let subscription = add(state, features, request, id) else {
                rejected.append((state.name, "limit_exceeded", "at most \(hub.limits.subscriptionsMax) subscriptions"))
                continue
            }
            if !added.contains(where: { $0 === subscription }) { added.append(subscription) }
        }
        announce(id, added, rejected: rejected, resume: request.resume)
    }

    /// An instrument has its first state: requests with a pattern that it fits get it.
    func instrumentAppeared(_ state: InstrumentFeatures) {
        for pattern in patterns where pattern.globs.contains(where: { $0.matches(state.name) }) {
            let key = ShapeKey(instrument: state.id.rawValue, features: pattern.features, mode: pattern.request.mode)
            guard !subscriptions.values.contains(where: { $0.shape.key == key }),
                let subscription = add(state, pattern.features, pattern.request, pattern.id)
            else { continue }
            announce(pattern.id, [subscription], rejected: [], resume: nil)
        }
    }

    private func add(
        _ state: InstrumentFeatures,
        _ features: [Int],
        _ request: StreamRequest.Subscribe,
        _ id: Int64?
    ) -> Subscription? {
        let shape = hub.shape(state, features, request.mode)
        if let known = subscriptions[shape.sid] { return known }
        guard subscriptions.count < hub.limits.subscriptionsMax else {
            hub.dropIfUnused(shape)
            return nil
        }
        let subscription = Subscription(shape: shape, session: self, request: id, closesOnLag: request.closesOnLag)
        subscriptions[shape.sid] = subscription
        hub.add(subscription)
        return subscription
    }

    private func announce(
        _ id: Int64?,
        _ added: [Subscription],
        rejected: [(symbol: String, code: String, hint: String?)],
        resume: [String: String]?
    ) {
        answer("subscribed") { json in
            if let id { json.member("id", id) }
            json.key("subs")
            json.beginArray()
            for subscription in added { describe(subscription, resume: resume, in: &json) }
            json.endArray()
            json.key("rejected")
            json.beginArray()
            for (symbol, code, hint) in rejected {
                json.beginObject()
                json.member("symbol", symbol)
                json.member("code", code)
                if let hint { json.member("hint", hint) }
                json.endObject()
            }
            json.endArray()
        }
        for subscription in added where subscription.shape.instrument.hasData { sendSnapshot(subscription) }
    }

    private func describe(_ subscription: Subscription, resume: [String: String]?, in json: inout JSONBuffer) {
        let state = subscription.shape.instrument
        json.beginObject()
        json.member("sid", subscription.shape.sid)
        json.member("symbol", state.name)
        json.key("fields")
        json.beginArray()
        for feature in subscription.shape.features { json.value(hub.features[feature].name) }
        json.endArray()
        json.key("epoch")
        if state.hasData { json.value(state.epoch) } else { json.null() }
        if let epoch = resume?[state.name] {
            // No deltas are kept: a fresh snapshot is the only complete answer.
            json.member("resumed", false)
            json.member("reason", epoch == state.epoch ? "too_old" : "epoch")
        }
        json.endObject()
    }

    private func unsubscribe(_ id: Int64?, _ sids: [Int64]?) {
        if sids == nil { patterns.removeAll() }
        let removed = (sids ?? subscriptions.keys.sorted()).compactMap { subscriptions.removeValue(forKey: $0) }
        for subscription in removed {
            backlogged.removeAll { $0 === subscription }
            subscription.backlog = .none
            hub.remove(subscription)
        }
        patterns.removeAll { pattern in
            removed.contains { $0.request == pattern.id }
                && !subscriptions.values.contains { $0.request == pattern.id }
        }
        answer("unsubscribed") { json in
            if let id { json.member("id", id) }
            json.key("sid")
            json.beginArray()
            for subscription in removed { json.value(subscription.shape.sid) }
            json.endArray()
            json.key("last")
            json.beginObject()
            for subscription in removed {
                json.key(String(subscription.shape.sid))
                json.value(subscription.last)
            }
            json.endObject()
        }
    }

    private func list(_ id: Int64?) {
        answer("list") { json in
            if let id { json.member("id", id) }
            json.key("subs")
            json.beginArray()
            for sid in subscriptions.keys.sorted() {
                if let subscription = subscriptions[sid] { describe(subscription, resume: nil, in: &json) }
            }
            json.endArray()
        }
    }
}
