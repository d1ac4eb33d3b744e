internal import Columnar
internal import Engine

/// What the gateway knows of itself, as virtual tables.
enum SystemTables {
    /// `system.queries`: the active queries, the one that asks among them. As `GET /v1/queries`.
    static func queries(_ service: QueryService) -> ComputedTable {
        let columns = [
            Column("id", .string), Column("query", .string), Column("state", .string), Column("started", .timestamp),
            Column("elapsed_us", .int64), Column("rows", .int64), Column("rows_scanned", .int64),
            Column("format", .string), Column("client", .string),
        ]
        // The service has the engine that has the table.
        return ComputedTable("queries", columns) { [weak service] _ in
            guard let service else { return [] }
            let now = MonotonicClock.now()
            return service.active.map { query, stage in
                let statistics = query.statistics
                return [
                    .text(query.id.text), .text(query.shownText), .text(QueryRoutes.word(for: stage)),
                    .timestamp(query.arrival.wall), .int64((now - query.arrival.monotonic) / 1_000),
                    .int64(Int64(statistics.rowsReturned)), .int64(Int64(statistics.rowsScanned)),
                    .text(query.format.rawValue), query.client.map { .text($0) } ?? .null,
                ]
            }
        }
    }

    /// `system.metrics`: what `/metrics` shows, a row a sample.
    static func metrics(_ registry: MetricsRegistry) -> ComputedTable {
        let columns = [
            Column("name", .string), Column("kind", .string), Column("labels", .string), Column("value", .float64),
        ]
        return ComputedTable("metrics", columns) { [weak registry] _ in
            (registry?.samples() ?? []).map { sample in
                [
                    .text(sample.name), .text(sample.kind.rawValue), .text(sample.labels), .float64(sample.value),
                ]
            }
        }
    }
}
