internal import Wire

/// What the gateway counts of itself.
final class GatewayCounters: Sendable {
    /// Statuses that the gateway answers with.
    private static let statuses = [
        101, 200, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 421, 422, 426, 429, 431, 500, 503, 504,
    ]

    private let responses: [[Counter]]
    let queries = QueryCounters()
    let replaysActive = Counter()

    init() {
        responses = RouteClass.allCases.map { _ in Self.statuses.map { _ in Counter() } }
    }

    func responded(_ route: RouteClass, _ status: HTTPStatus) {
        guard let column = Self.statuses.firstIndex(of: status.code),
            let row = RouteClass.allCases.firstIndex(of: route)
        else { return }
        responses[row][column].add()
    }

    func register(in registry: MetricsRegistry) {
        registry.register("tickgate_http_requests_total", "Requests by route and status.") { [self] in
            RouteClass.allCases.enumerated().flatMap { row, route in
                Self.statuses.enumerated().compactMap { column, status in
                    let count = responses[row][column].value
                    guard count > 0 else { return nil }
                    return MetricsRegistry.Sample(
                        Double(count),
                        labels: [("route", route.rawValue), ("status", String(status))]
                    )
                }
            }
        }
        queries.register(in: registry)
        registry.register("tickgate_replays_active", "Replays being received.", .gauge) { [self] in
            replaysActive.value
        }
    }
}

/// Routes as metrics tell them apart.
enum RouteClass: String, Sendable, CaseIterable {
    case query, exec, queries, trainingSet = "training_set", features, symbols, tables, limits, stream, replay, admin,
        health, metrics, file, marketStore = "marketstore", bucketStream = "marketstore_stream", unknown
}
