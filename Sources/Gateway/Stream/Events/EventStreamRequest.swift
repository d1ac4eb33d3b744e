internal import NIOCore
internal import Wire

/// What a subscriber to server-sent events asks for, by parameters of its URL.
enum EventStreamRequest {
    case subscribe(StreamRequest.Subscribe)
    case query(StreamRequest.Query)

    private static let parameters = [
        "symbols", "features", "view", "query", "mode", "on_lag", "max_rate_hz", "resume",
    ]

    init(_ request: HTTPRequest) throws(StreamRequest.Refusal) {
        for parameter in request.query where !Self.parameters.contains(parameter.name) {
            throw .malformed(
                "there is no parameter '\(parameter.name.prefix(40))'",
                hint: NearestSymbol.hint(for: parameter.name, among: Self.parameters)
            )
        }
        if let text = request.parameter("query") {
            for name in Self.parameters where !["query", "on_lag", "resume"].contains(name) {
                guard request.parameter(name) != nil else { continue }
                throw .malformed("'\(name)' does not go with 'query'", hint: "say it in the query, or leave it out")
            }
            var query = StreamRequest.Query(text: text)
            if let word = request.parameter("on_lag") { query.closesOnLag = try StreamRequest.closesOnLag(word) }
            query.resume = try Self.resume(request)[EventID.query]
            self = .query(query)
            return
        }
        guard let symbols = Self.names(request, "symbols") else {
            throw .malformed("the parameter 'symbols' names instruments or patterns", hint: "symbols=BTC-USDT.BINANCE")
        }
        var subscribe = StreamRequest.Subscribe(symbols: symbols)
        if let features = Self.names(request, "features") { subscribe.features = features }
        subscribe.view = request.parameter("view")
        if let word = request.parameter("mode") { subscribe.mode = try StreamRequest.mode(word) }
        if let word = request.parameter("on_lag") { subscribe.closesOnLag = try StreamRequest.closesOnLag(word) }
        if let rate = request.parameter("max_rate_hz") {
            subscribe.interval = try StreamRequest.interval(Double(rate), subscribe.mode)
        }
        subscribe.resume = try Self.resume(request)
        self = .subscribe(subscribe)
    }

    /// Whether there may be more than one chain of events.
    var followsSeveral: Bool {
        switch self {
        case .subscribe(let subscribe): subscribe.symbols.count > 1 || subscribe.symbols.contains(where: Glob.isPattern)
        case .query: false
        }
    }

    private static func resume(_ request: HTTPRequest) throws(StreamRequest.Refusal) -> [String: StreamPosition] {
        guard let ids = request.parameter("resume") ?? request.fields["Last-Event-ID"] else { return [:] }
        return try positions(ids)
    }

    private static func names(_ request: HTTPRequest, _ name: String) -> [String]? {
        guard let text = request.parameter(name) else { return nil }
        let names = text.split(separator: ",").map(String.init)
        return names.isEmpty ? nil : names
    }

    /// `BTC-USDT.BINANCE=k1:103`, several separated by commas: the last ids of events.
    static func positions(_ text: String) throws(StreamRequest.Refusal) -> [String: StreamPosition] {
        var positions: [String: StreamPosition] = [:]
        for part in text.split(separator: ",") {
            guard let id = EventID(part) else {
                throw .malformed(
                    "'\(part.prefix(80))' is no id of an event",
                    hint: "send ids as they came, such as BTC-USDT.BINANCE=k1:103"
                )
            }
            positions[id.symbol] = StreamPosition(epoch: id.epoch, seq: id.seq)
        }
        return positions
    }
}

/// `GET /v1/stream/sse`.
struct EventStreamRoutes {
    static let path = "/v1/stream/sse"

    let hub: StreamHub
    let name: String

    func send(_ request: HTTPRequest, _ answer: Answer) {
        do throws(StreamRequest.Refusal) {
            let asked = try EventStreamRequest(request)
            if case .subscribe(let subscribe) = asked { try check(subscribe) }
            let session = StreamSession(name: name, hub: hub)
            EventStream(answer, followsSeveral: asked.followsSeveral).start(session)
            hub.settle()
            do throws(StreamRequest.Refusal) {
                switch asked {
                case .subscribe(let subscribe): try session.subscribe(subscribe, nil)
                case .query(let query): try session.prepare(query, nil)
                }
                session.flush()
            } catch {
                session.refuseLast(nil, error)
            }
        } catch {
            answer.send(error.problem)
        }
    }

    /// Refuses what can never give an event while a problem document can still say so.
    private func check(_ request: StreamRequest.Subscribe) throws(StreamRequest.Refusal) {
        let scope = try hub.context.scope(request.view)
        let group = scope.group
        _ = try scope.features(named: request.features)
        guard request.symbols.count <= hub.limits.symbolsMax else {
            throw .init(code: "limit_exceeded", message: "more than \(hub.limits.symbolsMax) symbols in one request")
        }
        for symbol in request.symbols {
            guard !Glob.isPattern(symbol), hub.state(named: symbol, in: group) == nil else { return }
        }
        throw .init(
            code: "unknown_symbol",
            message: "there is no instrument '\(request.symbols.first?.prefix(64) ?? "")'",
            hint: request.symbols.first.flatMap { hub.hint(forSymbol: $0, in: group) }
        )
    }
}

extension StreamRequest.Refusal {
    /// The refusal as the answer to a request of HTTP.
    var problem: Problem {
        if let diagnosis { return Problem(diagnosis.error, in: diagnosis.text) }
        return Problem(code.hasPrefix("unknown_") ? .notFound : .badRequest, code, message, hint: hint)
    }
}
