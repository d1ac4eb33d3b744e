internal import Columnar
internal import Engine
internal import NIOCore
internal import QueryLang
internal import Wire

/// From a request to what answers it. Checks come first, and in this order: host, path, method, origin.
final class Router: HTTPHandler {
    private let configuration: GatewayConfiguration
    private let dependencies: GatewayDependencies
    private let access: AccessPolicy
    private let files: StaticFiles
    private let counters: GatewayCounters
    private let queries: QueryRoutes
    private let replays: ReplayRegistry
    private let administration: AdministrationRoutes
    private let tickets = StreamTickets()
    private let maintenance: MaintenanceThreads
    private let marketStore: MarketStoreRoutes?

    private static let ticketPath = "/v1/ws-ticket"

    init(
        configuration: GatewayConfiguration,
        dependencies: GatewayDependencies,
        files: StaticFiles,
        counters: GatewayCounters,
        queries: QueryService,
        replays: ReplayRegistry,
        maintenance: MaintenanceThreads,
        marketStore: MarketStoreRoutes?
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
        self.queries = QueryRoutes(
            service: queries,
            access: access,
            authorizer: dependencies.authorizer,
            counters: counters
        )
        self.replays = replays
        self.maintenance = maintenance
        self.marketStore = marketStore
        self.administration = AdministrationRoutes(
            administration: dependencies.administration,
            authorizer: dependencies.authorizer,
            threads: maintenance
        )
    }

    // MARK: - HTTPHandler

    func handle(_ head: HTTPRequest, on eventLoop: any EventLoop) -> HTTPDisposition {
        let (route, methods) = self.route(head.path)
        if let problem = access.refusalOfHost(head) { return refuse(problem, .unknown, head) }
        let isFile = route == .file || route == .unknown
        if isFile, head.method.isSafe, let response = files.response(to: head) { return respond(response, .file) }
        guard route != .unknown else {
            return refuse(
                Problem(.notFound, "unknown_path", "there is nothing at \(head.path.prefix(200))"),
                .unknown,
                head
            )
        }
        guard methods.contains(head.method.rawValue) else {
            if head.path == MarketStoreRoutes.callPath, let marketStore {
                return respond(marketStore.methodRefusal(head), route)
            }
            return refuseMethod(head, methods, route)
        }
        // A WebSocket carries no origin check of its own, and anything but GET may change something.
        let isSocket = route == .stream || route == .bucketStream
        if !head.method.isSafe || isSocket, let problem = access.refusalOfOrigin(head) {
            return refuse(problem, route, head)
        }
        if let problem = Self.refusalOfCoding(head) { return refuse(problem, route, head) }
        return dispatch(head, route, eventLoop)
    }

    /// Bodies are taken as they are: one that is compressed would be read as a malformed one.
    private static func refusalOfCoding(_ head: HTTPRequest) -> Problem? {
        let coding = head.fields.values(of: "Content-Encoding").joined(separator: ",").lowercased()
        guard !coding.isEmpty, coding != "identity" else { return nil }
        var problem = Problem(
            .unsupportedMediaType,
            "unsupported_encoding",
            "a body in Content-Encoding \(coding.prefix(40)) is not understood",
            hint: "send it without compression, and without the field"
        )
        problem.fields["Accept-Encoding"] = "identity"
        return problem
    }

    func refusal(_ status: HTTPStatus, _ message: String, of request: HTTPRequest?) -> HTTPResponse {
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
        return Answer.complete(identified(Problem(status, code, message), request).response())
    }

    // MARK: - Routes

    /// The route of a path, and the methods that it has.
    private func route(_ path: String) -> (RouteClass, methods: [String]) {
        let get = ["GET", "HEAD"]
        switch path {
        case QueryRoutes.queryPath: return (.query, get + ["POST"])
        case QueryRoutes.execPath, QueryRoutes.expPath: return (.exec, ["GET"])
        case QueryRoutes.listPath: return (.queries, get)
        case QueryRoutes.trainingSetPath: return (.trainingSet, ["POST"])
        case "/v1/features", Self.definitionsPath: return (.features, get)
        case FeastRoutes.path: return (.features, ["POST"])
        case "/v1/symbols": return (.symbols, get)
        case "/v1/tables": return (.tables, get)
        case "/v1/limits": return (.limits, get)
        case "/v1/stream", EventStreamRoutes.path: return (.stream, ["GET"])
        case Self.ticketPath: return (.stream, ["POST"])
        case BucketStreamRoute.path where dependencies.bucketStream != nil: return (.bucketStream, ["GET"])
        case "/v1/replay": return (.replay, ["POST"])
        case AdministrationRoutes.statusPath: return (.admin, get)
        case AdministrationRoutes.backupPath, AdministrationRoutes.compactPath: return (.admin, ["POST"])
        case "/health/live", "/health/ready": return (.health, get)
        case MarketStoreRoutes.callPath where marketStore != nil: return (.marketStore, ["POST"])
        case MarketStoreRoutes.heartbeatPath where marketStore != nil: return (.marketStore, get)
        case "/metrics": return (.metrics, get)
        default:
            if path.hasPrefix(QueryRoutes.itemPrefix) { return (.queries, ["DELETE"]) }
            let isFeature = path.hasPrefix("/v1/features/") && path.utf8.count > "/v1/features/".utf8.count
            return isFeature ? (.features, get) : (.unknown, [])
        }
    }

    private func dispatch(_ head: HTTPRequest, _ route: RouteClass, _ eventLoop: any EventLoop) -> HTTPDisposition {
        switch route {
        case .query:
            return .collect(bodyBytesMax: configuration.query.textBytesMax) { [queries] in queries.run($0, $1) }
        case .exec: return .collect(bodyBytesMax: 0) { [queries] in queries.runQuestDB($0, $1) }
        case .queries: return .collect(bodyBytesMax: 0) { [queries] in queries.send($0, $1) }
        case .trainingSet:
            return .collect(bodyBytesMax: TrainingSetBody.bytesMax) { [queries] in queries.runTrainingSet($0, $1) }
        case .features where head.path == Self.definitionsPath: return definitions()
        case .stream: return stream(head, eventLoop)
        case .bucketStream: return bucketStream(head, eventLoop)
        case .replay: return replay()
        case .admin: return administrate()
        case .features, .symbols:
            guard let hub = dependencies.streams.hub(of: eventLoop) else {
                return refuse(
                    Problem(.internalServerError, "internal_error", "BUG: a loop without streams"),
                    route,
                    head
                )
            }
            let now = dependencies.streams.context.clock()
            let latest = LatestValues(timesToLive: configuration.featureTimesToLive, now: now)
            if head.path == FeastRoutes.path { return feast(FeastRoutes(hub: hub, latest: latest)) }
            return answer(route) { Self.features(head, FeatureRoutes(hub: hub, latest: latest), $0) }
        case .tables, .limits, .health, .metrics:
            let routes = OperationRoutes(configuration: configuration, dependencies: dependencies)
            return answer(route) { routes.send(route, head, $0) }
        case .marketStore: return callMarketStore(head)
        case .file, .unknown: return refuse(Problem(.notFound, "unknown_path", "there is nothing here"), route, head)
        }
    }

    private func callMarketStore(_ head: HTTPRequest) -> HTTPDisposition {
        guard let marketStore else {
            return refuse(Problem(.notFound, "unknown_path", "there is nothing here"), .marketStore, head)
        }
        if head.path == MarketStoreRoutes.callPath { return marketStore.call(head, counters) }
        return answer(.marketStore) { [readiness = dependencies.readiness] in
            $0.send(marketStore.heartbeat(readiness()))
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

    private func feast(_ routes: FeastRoutes) -> HTTPDisposition {
        .collect(bodyBytesMax: FeastRoutes.bodyBytesMax) { [counters] request, writer in
            Answer(writer: writer, route: .features, counters: counters).send(routes.onlineFeatures(request))
        }
    }

    private static let definitionsPath = "/v1/features/definitions"

    /// `GET /v1/features/definitions`: read on a thread that may wait for the disk.
    private func definitions() -> HTTPDisposition {
        .collect(bodyBytesMax: 0) { [counters, maintenance, views = dependencies.featureViews] _, writer in
            let answer = Answer(writer: writer, route: .features, counters: counters)
            FeatureDefinitionRoute.send(views, answer, maintenance)
        }
    }

    private func administrate() -> HTTPDisposition {
        .collect(bodyBytesMax: AdministrationRoutes.bodyBytesMax) { [administration, counters] request, writer in
            administration.send(request, Answer(writer: writer, route: .admin, counters: counters))
        }
    }

    private func stream(_ head: HTTPRequest, _ eventLoop: any EventLoop) -> HTTPDisposition {
        guard let hub = dependencies.streams.hub(of: eventLoop) else {
            return refuse(Problem(.internalServerError, "internal_error", "BUG: a loop without streams"), .stream, head)
        }
        if head.path == EventStreamRoutes.path { return events(hub) }
        if head.path == Self.ticketPath { return ticket() }
        var limits = WebSocketLimits()
        limits.messageBytesMax = hub.limits.messageBytesMax
        limits.pingInterval = hub.limits.pingInterval
        limits.silenceMax = hub.limits.silenceMax
        limits.closeTimeout = hub.limits.closeTimeout
        let offered = head.webSocketSubprotocols
        let subprotocol = offered.first { StreamEncoding.subprotocols.contains($0) }
        if let unknown = offered.first, subprotocol == nil {
            guard unknown.hasPrefix("tickgate.") else {
                let detail = "none of the offered subprotocols is spoken here"
                let hint = "offer \(StreamEncoding.subprotocols.joined(separator: " or ")), or none"
                return refuse(Problem(.badRequest, "unknown_subprotocol", detail, hint: hint), .stream, head)
            }
            return .webSocket(WebSocketAcceptance(subprotocol: unknown, limits: limits) { _ in UnknownVersion() })
        }
        var access: StreamAccess?
        let ticket = head.parameter("ticket")
        if let ticket, !tickets.redeem(ticket, now: hub.context.uptime()) {
            let detail = "the ticket was used, is too old, or was never given"
            return refuse(
                Problem(.unauthorized, "unauthenticated", detail, hint: "POST \(Self.ticketPath)"),
                .stream,
                head
            )
        }
        switch ticket == nil ? dependencies.authorizer.authorize(.read, head) : .allowed {
        case .allowed: break
        case .unauthenticated: access = StreamAccess(authorizer: dependencies.authorizer, request: head)
        case .forbidden(let reason): return refuse(Problem(.forbidden, "forbidden", reason), .stream, head)
        }
        if head.isWebSocketUpgrade { counters.responded(.stream, HTTPStatus(101)) }
        let name = dependencies.streams.nextConnectionName()
        let encoding: StreamEncoding = subprotocol == StreamEncoding.messagePackSubprotocol ? .messagePack : .json
        let accepted = WebSocketAcceptance(
            subprotocol: subprotocol,
            limits: limits,
            compression: Self.compression
        ) { [access] connection in
            WebSocketStream(connection, StreamSession(name: name, hub: hub, access: access), encoding)
        }
        return .webSocket(accepted)
    }

    private func bucketStream(_ head: HTTPRequest, _ eventLoop: any EventLoop) -> HTTPDisposition {
        guard let stream = dependencies.bucketStream else {
            let detail = "MarketStore's clients are not served here"
            return refuse(Problem(.notFound, "unknown_path", detail), .bucketStream, head)
        }
        guard let index = stream.index(of: eventLoop) else {
            return refuse(
                Problem(.internalServerError, "internal_error", "BUG: a loop without streams"),
                .bucketStream,
                head
            )
        }
        switch dependencies.authorizer.authorize(.read, head) {
        case .allowed: break
        case .unauthenticated(let reason):
            return refuse(Problem(.unauthorized, "unauthenticated", reason), .bucketStream, head)
        case .forbidden(let reason): return refuse(Problem(.forbidden, "forbidden", reason), .bucketStream, head)
        }
        if head.isWebSocketUpgrade { counters.responded(.bucketStream, HTTPStatus(101)) }
        return .webSocket(BucketStreamRoute.acceptance(stream, loopIndex: index))
    }

    /// Fast rather than small: what is compressed is compressed once for all who take it, on the way of a delta.
    private static let compression: WebSocketCompressionOptions = {
        var options = WebSocketCompressionOptions()
        options.level = 1
        return options
    }()

    private func ticket() -> HTTPDisposition {
        .collect(bodyBytesMax: 0) { [counters, dependencies, tickets] request, writer in
            let answer = Answer(writer: writer, route: .stream, counters: counters)
            if let problem = answer.refusal(of: .read, request, dependencies.authorizer) { return answer.send(problem) }
            guard let ticket = tickets.issue(now: dependencies.streams.context.uptime()) else {
                var problem = Problem(.serviceUnavailable, "busy", "too many tickets are out")
                problem.fields["Retry-After"] = "60"
                return answer.send(problem)
            }
            var json = JSONBuffer()
            json.beginObject()
            json.member("ticket", ticket)
            json.member("expires_s", StreamTickets.lifetimeSeconds)
            json.endObject()
            answer.send(json)
        }
    }

    private func events(_ hub: StreamHub) -> HTTPDisposition {
        .collect(bodyBytesMax: 0) { [counters, dependencies] request, writer in
            let answer = Answer(writer: writer, route: .stream, counters: counters)
            if let problem = answer.refusal(of: .read, request, dependencies.authorizer) { return answer.send(problem) }
            EventStreamRoutes(hub: hub, name: dependencies.streams.nextConnectionName()).send(request, answer)
        }
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

    private func refuse(_ problem: Problem, _ route: RouteClass, _ head: HTTPRequest) -> HTTPDisposition {
        respond(identified(problem, head).response(), route)
    }

    /// A problem with the name of the query that it refuses, if the query has one.
    private func identified(_ problem: Problem, _ request: HTTPRequest?) -> Problem {
        guard let request, request.path == QueryRoutes.queryPath, let id = try? QueryID.asked(by: request) else {
            return problem
        }
        var problem = problem
        problem.identify(id)
        return problem
    }

    private func refuseMethod(_ head: HTTPRequest, _ methods: [String], _ route: RouteClass) -> HTTPDisposition {
        let allowed = methods.joined(separator: ", ")
        let detail = "\(head.path) does not take \(head.method.rawValue.prefix(20))"
        var problem = Problem(.methodNotAllowed, "method_not_allowed", detail, hint: "use \(allowed)")
        problem.fields["Allow"] = allowed
        return refuse(problem, route, head)
    }
}
