import Columnar
import QueryLang

/// How a materialized view is doing.
struct ViewStatus: Sendable {
    let definition: MaterializedViewDefinition
    let failure: String?
    let isReady: Bool
    let through: LSN
    let dirty: DirtyBuckets
    let refreshes: Int
    let rows: Int
    let elapsedNanoseconds: Int64

    /// `filling` until all is there for the first time, `valid`, `behind` with something to do, `failing`, or `invalid` if the
    /// query cannot be run.
    var state: String {
        if !isReady { return "invalid" }
        if failure != nil { return "failing" }
        if through == 0 { return "filling" }
        return dirty.isEmpty ? "valid" : "behind"
    }
}

/// `system.materialized_views`.
enum ViewStatesTable {
    private static let columns = [
        Column("name", .string), Column("base", .string), Column("query", .string), Column("refresh", .string),
        Column("state", .string), Column("failure", .string), Column("through", .int64),
        Column("dirty_buckets", .int64),
        Column("refreshes", .int64), Column("rows_written", .int64), Column("last_refresh_ns", .int64),
    ]

    static func table(_ statuses: @escaping @Sendable () -> [ViewStatus]) -> ComputedTable {
        ComputedTable("materialized_views", columns) { snapshot throws(TableError) in
            let known = statuses()
            // Those that were defined a moment ago are not taken up yet.
            let fresh = try snapshot.catalog.materializedViews().filter { definition in
                !known.contains { $0.definition.name == definition.name }
            }
            let rows = known.map(row) + fresh.map { row($0) + ["filling", nil, 0, 0, 0, 0, 0].map(scalar) }
            return rows.sorted { ($0[0].text ?? "") < ($1[0].text ?? "") }
        }
    }

    private static func scalar(_ value: Any?) -> Scalar {
        switch value {
        case let text as String: .text(text)
        case let number as Int: .int64(Int64(number))
        default: .null
        }
    }

    private static func row(_ definition: MaterializedViewDefinition) -> [Scalar] {
        [
            .text(definition.name), .text(definition.base), .text(definition.query),
            .text(text(of: definition.refresh)),
        ]
    }

    private static func row(_ status: ViewStatus) -> [Scalar] {
        row(status.definition) + [
            .text(status.state), status.failure.map { .text($0) } ?? .null, .int64(Int64(clamping: status.through)),
            .int64(Int64(status.dirty.count)), .int64(Int64(status.refreshes)), .int64(Int64(status.rows)),
            .int64(status.elapsedNanoseconds),
        ]
    }

    /// `IMMEDIATE`, `MANUAL` or `EVERY 1m`.
    static func text(of refresh: MaterializedViewDefinition.Refresh) -> String {
        switch refresh {
        case .immediate: "IMMEDIATE"
        case .manual: "MANUAL"
        case .every(let nanoseconds): "EVERY \(Interval(nanoseconds: nanoseconds).text)"
        }
    }
}
