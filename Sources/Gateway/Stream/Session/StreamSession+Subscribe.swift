internal import Engine
internal import NIOCore
internal import Wire

extension StreamSession {
    /// A symbol of a request that cannot be subscribed to.
    struct Rejection {
        var symbol: String
        var code: String
        var hint: String?
    }

    /// A subscription that was just made, and how it begins.
    private struct Beginning {
        var subscription: Subscription
        /// Else it was there, and goes on as it does.
        var isNew: Bool
        /// Where the subscriber was, and what it missed since.
        var resumption: (from: StreamPosition, answer: ReplayAnswer)?
    }

    /// Subscribes.
    ///
    /// - Parameter rebuilt: what fell out of the ring and was made again; nil if nobody looked yet.
    func subscribe(
        _ request: StreamRequest.Subscribe,
        _ id: Int64?,
        rebuilt: RebuiltReplays? = nil
    ) throws(StreamRequest.Refusal) {
        guard request.symbols.count <= hub.limits.symbolsMax else {
            throw .init(code: "limit_exceeded", message: "more than \(hub.limits.symbolsMax) symbols in one request")
        }
        if !request.resume.isEmpty {
            // The subscriber may come from a loop that was ahead of this one.
            hub.catchUp()
            hub.settle()
        }
        let scope = try hub.context.scope(request.view)
        let group = scope.group
        let features = try scope.features(named: request.features)
        var request = request
        if scope.isFloating { request.forgetEpochs() }
        if rebuilt == nil, !request.resume.isEmpty, rebuild(request, id, in: group) { return }
        var (states, rejected) = find(request.symbols, in: group)
        let globs = request.symbols.filter(Glob.isPattern).map(Glob.init)
        if !globs.isEmpty {
            guard patterns.reduce(globs.count, { $0 + $1.globs.count }) <= hub.limits.patternsMax else {
                throw .init(
                    code: "limit_exceeded",
                    message: "more than \(hub.limits.patternsMax) patterns of one connection",
                    hint: "unsubscribe from some, or open another connection"
                )
            }
            patterns.append(Pattern(id: id, group: group, globs: globs, features: features, request: request))
            states += hub.knownStates(in: group).filter { state in globs.contains { $0.matches(state.name) } }
        }
        var added: [Beginning] = []
        var seen: Set<Int64> = []
        var bytesLeft = hub.limits.queueBytesMax - queue.byteCount
        for state in states {
            guard let (subscription, isNew) = add(state, features, request, id) else {
                let hint = "at most \(hub.limits.subscriptionsMax) subscriptions"
                rejected.append(Rejection(symbol: state.name, code: "limit_exceeded", hint: hint))
                continue
            }
            guard seen.insert(subscription.shape.sid).inserted else { continue }
            added.append(begin(subscription, isNew: isNew, request.resume[state.name], rebuilt, &bytesLeft))
        }
        announce(id, added, rejected, request)
    }

    private func find(
        _ symbols: [String],
        in group: FeatureGroup
    ) -> (states: [InstrumentFeatures], rejected: [Rejection]) {
        var states: [InstrumentFeatures] = []
        var rejected: [Rejection] = []
        for symbol in symbols where !Glob.isPattern(symbol) {
            if let state = hub.state(named: symbol, in: group) {
                states.append(state)
            } else {
                let hint = rejected.count < Self.hintsMax ? hint(forSymbol: symbol, in: group) : nil
                rejected.append(Rejection(symbol: symbol, code: "unknown_symbol", hint: hint))
            }
        }
        return (states, rejected)
    }

    private func hint(forSymbol symbol: String, in group: FeatureGroup) -> String {
        hub.hint(forSymbol: symbol, in: group)
            ?? "a pattern, such as \"\(symbol.prefix(32))*\", gets it once something comes of it"
    }

    /// An instrument has its first state: requests with a pattern that it fits get it.
    func instrumentAppeared(_ state: InstrumentFeatures) {
        for pattern in patterns
        where pattern.group === state.group && pattern.globs.contains(where: { $0.matches(state.name) }) {
            guard let (subscription, isNew) = add(state, pattern.features, pattern.request, pattern.id), isNew else {
                continue
            }
            var bytesLeft = hub.limits.queueBytesMax - queue.byteCount
            let beginning = begin(subscription, isNew: true, pattern.request.resume[state.name], nil, &bytesLeft)
            announce(pattern.id, [beginning], [], pattern.request)
        }
    }

    /// Adds a subscription, or changes the rate of the one that there is; nil if there are too many.
    private func add(
        _ state: InstrumentFeatures,
        _ features: [Int],
        _ request: StreamRequest.Subscribe,
        _ id: Int64?
    ) -> (Subscription, isNew: Bool)? {
        guard let transport else { return nil }
        let shape = hub.shape(state, features, request.mode)
        if let known = subscriptions[shape.sid] {
            known.interval = request.interval
            return (known, false)
        }
        guard subscriptions.count < hub.limits.subscriptionsMax else {
            hub.dropIfUnused(shape)
            return nil
        }
        let kind = Lane.Kind(
            encoding: transport.encoding,
            isBatched: request.isBatched && transport.encoding != .events,
            compression: transport.compression
        )
        let subscription = Subscription(
            shape: shape,
            lane: shape.lane(kind),
            session: self,
            request: id,
            closesOnLag: request.closesOnLag
        )
        subscription.interval = request.interval
        subscriptions[shape.sid] = subscription
        hub.add(subscription)
        return (subscription, true)
    }

    private func begin(
        _ subscription: Subscription,
        isNew: Bool,
        _ position: StreamPosition?,
        _ rebuilt: RebuiltReplays?,
        _ bytesLeft: inout Int
    ) -> Beginning {
        guard let position else { return Beginning(subscription: subscription, isNew: isNew) }
        // A subscription that goes on already has a chain of its own, which cannot be entered elsewhere.
        let answer =
            isNew
            ? hub.replay(subscription.shape, subscription.lane, from: position, rebuilt, bytesMax: bytesLeft) : .tooOld
        if case .replay(let replay) = answer { bytesLeft -= replay.byteCount }
        return Beginning(subscription: subscription, isNew: isNew, resumption: (position, answer))
    }

    // MARK: - Answer

    private func announce(
        _ id: Int64?,
        _ added: [Beginning],
        _ rejected: [Rejection],
        _ request: StreamRequest.Subscribe
    ) {
        answer("subscribed") { document in
            if let id { document.member("id", id) }
            document.key("subs")
            document.beginArray()
            for beginning in added {
                document.beginObject()
                let subscription = beginning.subscription
                let seq = beginning.isNew ? subscription.shape.head.seq : subscription.last
                describe(subscription, seq: seq, in: &document)
                if let resumption = beginning.resumption { describe(resumption.answer, in: &document) }
                document.endObject()
            }
            document.endArray()
            document.key("rejected")
            document.beginArray()
            for rejection in rejected {
                document.beginObject()
                document.member("symbol", rejection.symbol)
                document.member("code", rejection.code)
                if let hint = rejection.hint { document.member("hint", hint) }
                document.endObject()
            }
            document.endArray()
        }
        for beginning in added where beginning.subscription.shape.instrument.hasData {
            let subscription = beginning.subscription
            if case (let position, .replay(let replay))? = beginning.resumption {
                hub.counters.resumed.add()
                let symbol = subscription.shape.instrument.name
                transport?.goesOn(at: EventID(symbol: symbol, epoch: position.epoch, seq: position.seq))
                send(replay, from: position, to: subscription)
            } else if request.wantsSnapshot || beginning.resumption != nil {
                if beginning.resumption != nil { hub.counters.resumesRefused.add() }
                sendSnapshot(subscription)
            } else if beginning.isNew {
                subscription.reachedHead()
            }
        }
    }

    /// Members that tell what a subscription is, and from which `seq` it goes on.
    func describe(_ subscription: Subscription, seq: Int64, in document: inout any DocumentWriter) {
        let shape = subscription.shape
        let state = shape.instrument
        document.member("sid", shape.sid)
        document.member("symbol", state.name)
        if let view = state.group.view { document.member("view", view) }
        document.member("fields", shape.features.lazy.map { state.group.features[$0].name })
        document.member("mode", shape.key.mode.rawValue)
        if let interval = subscription.interval {
            document.key("max_rate_hz")
            document.value(1e9 / Double(interval.nanoseconds))
        }
        document.key("epoch")
        if state.hasData {
            document.value(state.epoch)
            document.member("seq", seq)
        } else {
            document.null()
        }
    }

    private func describe(_ answer: ReplayAnswer, in document: inout any DocumentWriter) {
        if case .replay(let replay) = answer {
            document.member("resumed", true)
            document.member("replay", replay.count)
        } else {
            document.member("resumed", false)
            document.member("reason", answer.reason ?? "")
        }
    }
}
