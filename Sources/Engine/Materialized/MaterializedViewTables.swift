import Columnar
import QueryLang

/// Where materialized views, what was asked of them and how far they are is kept: tables of the store.
enum MaterializedViewTables {
    /// The last row of a name counts; an empty query says that the view was dropped.
    static let definitions = schema(
        "materialized_view_definitions",
        [Column("query", .string), Column("dialect", .string), Column("base", .string), Column("refresh", .int64)]
    )
    /// One row a view: it holds what all batches up to `through` say, and every request up to `request` was met.
    static let progress = schema(
        "materialized_view_progress",
        [Column("through", .int64), Column("request", .int64)],
        dedup: []
    )
    /// REFRESH statements: what is to be computed anew, and whether from nothing.
    static let requests = schema(
        "materialized_view_requests",
        [
            Column("request", .int64), Column("first_time", .timestamp), Column("end_time", .timestamp),
            Column("from_nothing", .boolean),
        ]
    )

    /// All of them.
    static let all = [definitions, progress, requests]

    private static func schema(_ name: String, _ columns: [Column], dedup: [String]? = nil) -> TableSchema {
        let schema = TableSchema(
            name: VirtualTables.prefix + name,
            kind: .event,
            columns: [Column(TableSchema.arrivalColumnName, .timestamp), Column("name", .symbol)] + columns,
            time: TableSchema.arrivalColumnName,
            series: "name",
            partition: .all,
            dedup: dedup
        )
        guard let schema else { preconditionFailure("BUG: the table system.\(name) has no valid schema") }
        return schema
    }

    // MARK: Writing

    /// A row of one of the tables, as a group of a batch.
    static func row(_ schema: TableSchema, _ name: String, _ values: [Vector?]) -> AppendGroup {
        let arrival = Vector.timestamps([TableSchema.arrivalTime])
        return AppendGroup(table: schema.name, series: name, columns: [arrival, nil] + values, rowCount: 1)
    }

    /// The row of a definition; one that says that the view is gone if `isDropped`.
    static func row(_ view: MaterializedViewDefinition, isDropped: Bool = false) -> AppendGroup {
        row(
            definitions,
            view.name,
            [
                .strings([isDropped ? "" : view.query]), .strings([view.dialect]), .strings([view.base]),
                .int64([code(of: view.refresh)]),
            ]
        )
    }

    /// The row that says how far a view is.
    static func row(of name: String, through: LSN, request: Int64) -> AppendGroup {
        row(progress, name, [.int64([Int64(clamping: through)]), .int64([request])])
    }

    /// The row of a request.
    static func row(of name: String, _ request: Request) -> AppendGroup {
        let isFromNothing = Vector(type: .boolean, form: .constant(.boolean(request.isFromNothing), count: 1))
        let start = request.time.map { Vector.timestamps([$0.start]) }
        let end = request.time.map { Vector.timestamps([$0.end]) }
        return row(requests, name, [.int64([request.number]), start, end, isFromNothing])
    }

    private static func code(of refresh: MaterializedViewDefinition.Refresh) -> Int64 {
        switch refresh {
        case .immediate: 0
        case .manual: -1
        case .every(let nanoseconds): max(1, nanoseconds)
        }
    }

    private static func refresh(code: Int64) -> MaterializedViewDefinition.Refresh {
        code == 0 ? .immediate : code < 0 ? .manual : .every(code)
    }

    // MARK: Reading

    /// The views of a state, sorted by name.
    static func definitions(_ snapshot: any TableSnapshot) throws(TableError) -> [MaterializedViewDefinition] {
        var views: [MaterializedViewDefinition] = []
        try forEachSeries(of: definitions, snapshot) { name, rows in
            guard let row = rows.last, case .text(let query) = row[2], !query.isEmpty,
                case .text(let dialect) = row[3], case .text(let base) = row[4], case .int64(let code) = row[5]
            else { return }
            views.append(
                MaterializedViewDefinition(
                    name: name,
                    query: query,
                    dialect: dialect,
                    base: base,
                    refresh: refresh(code: code)
                )
            )
        }
        return views.sorted { $0.name < $1.name }
    }

    /// How far a view is.
    struct Progress: Sendable, Hashable {
        var through: LSN = 0
        var request: Int64 = 0
    }

    /// How far the views of a state are, by name.
    static func progress(_ snapshot: any TableSnapshot) throws(TableError) -> [String: Progress] {
        var found: [String: Progress] = [:]
        try forEachSeries(of: progress, snapshot) { name, rows in
            guard let row = rows.last, case .int64(let through) = row[2], case .int64(let request) = row[3] else {
                return
            }
            found[name] = Progress(through: LSN(clamping: through), request: request)
        }
        return found
    }

    /// What was asked of a view.
    struct Request: Sendable, Hashable {
        var number: Int64
        /// Nil for what changed.
        var time: TimeRange?
        var isFromNothing: Bool
    }

    /// What was asked of the views of a state, by name, in order.
    static func requests(_ snapshot: any TableSnapshot) throws(TableError) -> [String: [Request]] {
        var found: [String: [Request]] = [:]
        try forEachSeries(of: requests, snapshot) { name, rows in
            found[name] = rows.compactMap { row in
                guard case .int64(let number) = row[2] else { return nil }
                var request = Request(number: number, time: nil, isFromNothing: row[5] == .boolean(true))
                if case .timestamp(let start) = row[3], case .timestamp(let end) = row[4] {
                    request.time = TimeRange(start: start, end: end)
                }
                return request
            }
        }
        return found
    }

    private static func forEachSeries(
        of table: TableSchema,
        _ snapshot: any TableSnapshot,
        _ body: (String, [[Scalar]]) -> Void
    ) throws(TableError) {
        guard snapshot.catalog.schema(named: table.name) == table else { return }
        let columns = Array(table.columns.indices)
        let scan = try snapshot.scan(ScanRequest(table: table.name, columns: columns))
        for (index, name) in scan.series.enumerated() {
            var cursor = try scan.open(series: index)
            var rows: [[Scalar]] = []
            while let slice = try cursor.next() {
                var vectors: [Vector] = []
                for column in columns { vectors.append(try slice.vector(column: column)) }
                for row in 0..<slice.count { rows.append(vectors.map { $0.scalar(at: row) }) }
            }
            body(name, rows)
        }
    }
}
