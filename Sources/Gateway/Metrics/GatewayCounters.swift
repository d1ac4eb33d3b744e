internal import Wire

/// What the gateway counts of itself.
final class GatewayCounters: Sendable {
    /// Statuses that the gateway answers with.
    private static let statuses = [
        101, 200, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 421, 422, 426, 429, 431, 500, 503, 504,
    ]

    private let responses: [[Counter]]
    let queriesActive = Counter()
    let queriesRefused = Counter()
    let queriesCancelled = Counter()
    let queriesFailed = Counter()
    let queryTime = Histogram()
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
        registry.register("tickgate_queries_active", "Queries running, waiting or sending.", .gauge) { [self] in
            queriesActive.value
        }
        registry.register("tickgate_queries_refused_total", "Queries refused because too many were active.") { [self] in
            queriesRefused.value
        }
        registry.register("tickgate_queries_cancelled_total", "Queries whose reader left.") { [self] in
            queriesCancelled.value
        }
        registry.register("tickgate_queries_failed_total", "Queries that ended in an error.") { [self] in
            queriesFailed.value
        }
        registry.register("tickgate_query_seconds", "Time from a query's arrival to its last byte.", .histogram) {
            [self] in
            queryTime.samples
        }
        registry.register("tickgate_replays_active", "Replays being received.", .gauge) { [self] in
            replaysActive.value
        }
    }
}

/// Routes as metrics tell them apart.
enum RouteClass: String, Sendable, CaseIterable {
    case query, features, symbols, tables, limits, stream, replay, admin, health, metrics, file, unknown
}
