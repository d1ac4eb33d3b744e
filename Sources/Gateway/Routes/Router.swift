internal import Columnar
internal import Engine
internal import NIOCore
internal import QueryLang
internal import Synchronization
internal import Wire

/// From a request to what answers it. Checks come first, and in this order: host, path, method, origin.
final class Router: HTTPHandler {
    private let configuration: GatewayConfiguration
    private let dependencies: GatewayDependencies
    private let access: AccessPolicy
    private let files: StaticFiles
    private let counters: GatewayCounters
    private let queries: QueryService
    private let replays: ReplayRegistry

    init(
        configuration: GatewayConfiguration,
        dependencies: GatewayDependencies,
        files: StaticFiles,
        counters: GatewayCounters,
        queries: QueryService,
        replays: ReplayRegistry
    ) {
        self.configuration = configuration
        self.dependencies = dependencies
        self.access = AccessPolicy(
            listening: configuration.address.host,
            allowedHosts: configuration.allowedHosts,
            allowedOrigins: configuration.allowedOrigins
        )
        self.files = files
        self.counters = counters
        self.queries = queries
        self.replays = replays
    }

    // MARK: - HTTPHandler

    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition {
        if let problem = access.refusalOfHost(head) { return refuse(problem, .unknown) }
        let (route, methods) = Self.route(head.path)
        let isFile = route == .file || route == .unknown
        if isFile, head.method.isSafe, let response = files.response(to: head) { return respond(response, .file) }
        guard route != .unknown else {
            return refuse(Problem(.notFound, "unknown_path", "there is nothing at \(head.path.prefix(200))"), .unknown)
        }
        guard methods.contains(head.method.rawValue) else { return refuseMethod(head, methods, route) }
        // A WebSocket carries no origin check of its own, and anything but GET may change something.
        if !head.method.isSafe || route == .stream, let problem = access.refusalOfOrigin(head) {
            return refuse(problem, route)
        }
        return dispatch(head, route, eventLoop)
    }

    func refusal(_ status: HTTPStatus, _ message: String) -> HTTPResponse {
        counters.responded(.unknown, status)
        let code =
            switch status {
            case .contentTooLarge: "body_too_large"
            case .headerFieldsTooLarge: "head_too_large"
            case .requestTimeout: "request_timeout"
            case .upgradeRequired: "upgrade_required"
            case .internalServerError: "internal_error"
            default: "bad_request"
            }
        return Answer.complete(Problem(status, code, message).response())
    }

    // MARK: - Routes

    /// The route of a path, and the methods that it has.
    private static func route(_ path: String) -> (RouteClass, methods: [String]) {
        let get = ["GET", "HEAD"]
        switch path {
        case "/v1/query": return (.query, get + ["POST"])
        case "/v1/features": return (.features, get)
        case "/v1/symbols": return (.symbols, get)
        case "/v1/tables": return (.tables, get)
        case "/v1/limits": return (.limits, get)
        case "/v1/stream": return (.stream, ["GET"])
        case "/v1/replay": return (.replay, ["POST"])
        case "/health/live", "/health/ready": return (.health, get)
        case "/metrics": return (.metrics, get)
        default:
            let isFeature = path.hasPrefix("/v1/features/") && path.utf8.count > "/v1/features/".utf8.count
            return isFeature ? (.features, get) : (.unknown, [])
        }
    }

    private func dispatch(_ head: HTTPRequest, _ route: RouteClass, _ eventLoop: any EventLoop) -> HTTPDisposition {
        switch route {
        case .query: return query()
        case .stream: return stream(head, eventLoop)
        case .replay: return replay()
        case .features, .symbols:
            guard let hub = dependencies.streams.hub(of: eventLoop) else {
                return refuse(Problem(.internalServerError, "internal_error", "BUG: a loop without streams"), route)
            }
            return answer(route) { Self.features(head, FeatureRoutes(hub: hub), $0) }
        case .tables: return answer(route) { self.tables($0) }
        case .limits: return answer(route) { $0.send(self.limits()) }
        case .health: return answer(route) { self.health(head, $0) }
        case .metrics: return answer(route) { self.metrics($0) }
        case .file, .unknown: return refuse(Problem(.notFound, "unknown_path", "there is nothing here"), route)
        }
    }

    private static func features(_ head: HTTPRequest, _ routes: FeatureRoutes, _ answer: Answer) {
        if head.path == "/v1/symbols" {
            answer.send(routes.symbols())
        } else if head.path == "/v1/features" {
            answer.send(routes.all(head))
        } else {
            answer.send(routes.one(String(head.path.dropFirst("/v1/features/".count)), head))
        }
    }

    private func query() -> HTTPDisposition {
        .collect(bodyBytesMax: configuration.query.textBytesMax) { [self] request, writer in
            let answer = Answer(writer: writer, route: .query, counters: counters)
            let id = queries.nextID()
            do throws(ProblemError) {
                queries.run(try QueryRequest(request), request, id: id, answer)
            } catch {
                var problem = error.problem
                problem.instance = id
                problem.fields["X-Query-Id"] = id
                answer.send(problem, asText: QueryRequest.prefersText(request))
            }
        }
    }

    private func stream(_ head: HTTPRequest, _ eventLoop: any EventLoop) -> HTTPDisposition {
        guard let hub = dependencies.streams.hub(of: eventLoop) else {
            return refuse(Problem(.internalServerError, "internal_error", "BUG: a loop without streams"), .stream)
        }
        let subprotocol = "tickgate.v1.json"
        let offered = head.webSocketSubprotocols
        guard offered.isEmpty || offered.contains(subprotocol) else {
            let detail = "none of the offered subprotocols is spoken here"
            return refuse(
                Problem(.badRequest, "unknown_subprotocol", detail, hint: "offer \(subprotocol), or none"),
                .stream
            )
        }
        var limits = WebSocketLimits()
        limits.messageBytesMax = hub.limits.messageBytesMax
        limits.pingInterval = hub.limits.pingInterval
        limits.silenceMax = hub.limits.silenceMax
        limits.closeTimeout = hub.limits.closeTimeout
        if head.isWebSocketUpgrade { counters.responded(.stream, HTTPStatus(101)) }
        let name = dependencies.streams.nextConnectionName()
        let accepted = WebSocketAcceptance(subprotocol: offered.isEmpty ? nil : subprotocol, limits: limits) { _ in
            StreamSession(name: name, hub: hub)
        }
        return .webSocket(accepted)
    }

    private func replay() -> HTTPDisposition {
        .stream { [self] request, reader, writer in
            let answer = Answer(writer: writer, route: .replay, counters: counters)
            if let problem = answer.refusal(of: .write, request, dependencies.authorizer) {
                return answer.send(problem)
            }
            guard let service = dependencies.replay else {
                return answer.send(Problem(.serviceUnavailable, "no_replay", "this gateway takes no replays"))
            }
            let exchange = ReplayExchange(reader: reader, writer: writer, counters: counters)
            let token = replays.add(exchange, on: writer.eventLoop)
            do throws(ReplayRefusal) {
                let fields = Answer.complete(["Content-Type": "application/x-ndjson", "Cache-Control": "no-store"])
                try exchange.start(service, request.query, fields: fields) { [replays] in replays.remove(token) }
                counters.responded(.replay, .ok)
            } catch {
                replays.remove(token)
                let status: HTTPStatus = error.isTemporary ? .serviceUnavailable : .badRequest
                var problem = Problem(status, error.isTemporary ? "busy" : "bad_request", error.message)
                if error.isTemporary { problem.fields["Retry-After"] = "1" }
                answer.send(problem)
            }
        }
    }

    private func tables(_ answer: Answer) {
        var json = JSONBuffer(capacity: 4_096)
        json.beginObject()
        json.key("tables")
        json.beginArray()
        for table in dependencies.tables() {
            json.beginObject()
            json.member("name", table.name)
            switch table.kind {
            case .event: json.member("kind", "event")
            case .regular(let timeframe):
                json.member("kind", "regular")
                json.member("timeframe_s", timeframe / CivilTime.second)
            }
            json.member("time", table.columns[table.timeColumn].name)
            if let series = table.seriesColumn { json.member("series", table.columns[series].name) }
            json.key("columns")
            json.beginArray()
            for column in table.columns {
                json.beginObject()
                json.member("name", column.name)
                json.member("type", column.type.name)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        answer.send(json)
    }

    private func limits() -> JSONBuffer {
        let http = configuration.http
        let query = configuration.query
        let stream = dependencies.streams.context.limits
        let sections: [(StaticString, [(StaticString, Int)])] = [
            (
                "http",
                [
                    ("connections", http.connectionsMax), ("head_bytes", http.headBytesMax),
                    ("header_fields", http.headerFieldsMax),
                ]
            ),
            (
                "query",
                [
                    ("workers", query.workers), ("queued", query.queued), ("text_bytes", query.textBytesMax),
                    ("timeout_ms", Int(query.timeoutNanoseconds / 1_000_000)),
                ]
            ),
            (
                "stream",
                [
                    ("subscriptions", stream.subscriptionsMax), ("requests_per_s", stream.requestsPerSecond),
                    ("request_burst", stream.requestBurst), ("symbols", stream.symbolsMax),
                    ("patterns", stream.patternsMax),
                    ("message_bytes", stream.messageBytesMax), ("queue_bytes", stream.queueBytesMax),
                    ("heartbeat_s", Int(stream.heartbeatInterval.nanoseconds / 1_000_000_000)),
                ]
            ),
            ("replay", [("line_bytes", configuration.replayLineBytesMax)]),
        ]
        var json = JSONBuffer()
        json.beginObject()
        for (name, limits) in sections {
            json.key(name)
            json.beginObject()
            for (limit, value) in limits { json.member(limit, value) }
            json.endObject()
        }
        json.endObject()
        return json
    }

    private func health(_ head: HTTPRequest, _ answer: Answer) {
        let reasons = head.path == "/health/live" ? [] : dependencies.readiness()
        var json = JSONBuffer()
        json.beginObject()
        json.member("status", head.path == "/health/live" ? "live" : reasons.isEmpty ? "ready" : "not ready")
        if !reasons.isEmpty {
            json.key("reasons")
            json.beginArray()
            for reason in reasons { json.value(reason) }
            json.endArray()
        }
        json.endObject()
        let status: HTTPStatus = reasons.isEmpty ? .ok : .serviceUnavailable
        let fields: HTTPFields = ["Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"]
        answer.send(HTTPResponse(status: status, fields: fields, body: ByteBuffer(bytes: json.bytes)))
    }

    private func metrics(_ answer: Answer) {
        answer.send(
            HTTPResponse(
                status: .ok,
                contentType: "text/plain; version=0.0.4; charset=utf-8",
                text: dependencies.metrics.text()
            )
        )
    }

    // MARK: - Parts

    private func answer(_ route: RouteClass, _ body: @escaping (Answer) -> Void) -> HTTPDisposition {
        .collect(bodyBytesMax: 0) { [counters] _, writer in
            body(Answer(writer: writer, route: route, counters: counters))
        }
    }

    private func respond(_ response: HTTPResponse, _ route: RouteClass) -> HTTPDisposition {
        counters.responded(route, response.status)
        return .respond(Answer.complete(response))
    }

    private func refuse(_ problem: Problem, _ route: RouteClass) -> HTTPDisposition {
        respond(problem.response(), route)
    }

    private func refuseMethod(_ head: HTTPRequest, _ methods: [String], _ route: RouteClass) -> HTTPDisposition {
        let allowed = methods.joined(separator: ", ")
        let detail = "\(head.path) does not take \(head.method.rawValue.prefix(20))"
        var problem = Problem(.methodNotAllowed, "method_not_allowed", detail, hint: "use \(allowed)")
        problem.fields["Allow"] = allowed
        return refuse(problem, route)
    }
}

/// The replays in progress, to end them in order when the gateway stops.
final class ReplayRegistry: Sendable {
    private struct Entry: Sendable {
        let eventLoop: any EventLoop
        let interrupt: @Sendable () -> Void
    }

    private let state = Mutex<(next: Int, entries: [Int: Entry])>((0, [:]))

    /// Adds a replay; its reference is only used on its own loop.
    func add(_ exchange: ReplayExchange, on eventLoop: any EventLoop) -> Int {
        let reference = LoopBound(exchange)
        let entry = Entry(eventLoop: eventLoop) { reference.value?.interrupt() }
        return state.withLock { state in
            state.next += 1
            state.entries[state.next] = entry
            return state.next
        }
    }

    func remove(_ token: Int) { state.withLock { $0.entries[token] = nil } }

    func interruptAll() {
        let entries = state.withLock { Array($0.entries.values) }
        for entry in entries { entry.eventLoop.execute(entry.interrupt) }
    }
}

/// Carries a reference to an object of a loop through a `@Sendable` closure that runs on that loop.
struct LoopBound<Value: AnyObject>: @unchecked Sendable {
    // @unchecked: `value` is only read by closures that run on the loop that owns the object.

    private(set) weak var value: Value?
    init(_ value: Value) { self.value = value }
}
