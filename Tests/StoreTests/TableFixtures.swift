import Columnar
import Store
import Testing

/// Schemas and rows that tests share.
enum Fixture {
    /// One column of each type.
    static let wide = schema(
        "wide",
        [
            ("flag", .boolean), ("count", .int64), ("price", .float64), ("seen", .timestamp), ("side", .symbol),
            ("note", .string),
        ]
    )

    static let ticks = schema("ticks", [("price", .float64), ("side", .symbol), ("seq", .int64)])

    static let bars = schema("1Min/OHLCV", [("close", .float64)], kind: .regular(timeframe: CivilTime.minute))

    static func schema(_ name: String, _ values: [(String, ColumnType)], kind: TableKind = .event) -> TableSchema {
        let columns = [Column("time", .timestamp), Column("symbol", .symbol)] + values.map { Column($0, $1) }
        return TableSchema(name: name, kind: kind, columns: columns)!
    }

    /// Rows of ``ticks``: decimal prices of scale 2, sides that alternate.
    static func ticks(_ series: String, times: [Int64], seq: Int64 = 0) -> AppendGroup {
        AppendGroup(
            table: "ticks",
            series: series,
            columns: [
                .timestamps(times), nil, .decimals(times.map { $0 % 1_000 + 10_000 }, scale: 2),
                .symbols(times.map { $0 % 2 == 0 ? "buy" : "sell" }),
                .int64(times.indices.map { seq + Int64($0) }),
            ],
            rowCount: times.count
        )
    }

    static func bar(_ series: String, time: Int64, close: Double) -> AppendGroup {
        AppendGroup(
            table: "1Min/OHLCV",
            series: series,
            columns: [.timestamps([time]), nil, .float64([close])],
            rowCount: 1
        )
    }
}

extension Store {
    func append(_ groups: AppendGroup..., durability: Durability = .interval) throws {
        try append(AppendBatch(groups: groups), durability: durability)
    }

    func rows(
        _ table: String,
        _ time: TimeRange = .all,
        series: ScanRequest.Series = .all,
        isForward: Bool = true
    )
        throws -> [String: [[Scalar]]]
    {
        try snapshot().rows(table, time, series: series, isForward: isForward)
    }
}

extension TableSnapshot {
    /// All rows by series, in the order in which slices come, with every promise of a slice checked.
    func rows(
        _ table: String,
        _ time: TimeRange = .all,
        series: ScanRequest.Series = .all,
        isForward: Bool = true
    )
        throws -> [String: [[Scalar]]]
    {
        let schema = try #require(catalog.schema(named: table))
        let columns = Array(schema.columns.indices)
        let request = ScanRequest(table: table, series: series, time: time, columns: columns, isForward: isForward)
        let scan = try scan(request)
        #expect(scan.series == scan.series.sorted())
        var result: [String: [[Scalar]]] = [:]
        for (index, name) in scan.series.enumerated() {
            var cursor = try scan.open(series: index)
            var slices: [[[Scalar]]] = []
            while let slice = try cursor.next() { slices.append(try rows(of: slice, schema)) }
            #expect(!slices.isEmpty, "a series that a scan lists has rows")
            result[name] = (isForward ? slices : slices.reversed()).flatMap { $0 }
        }
        return result
    }

    private func rows(of slice: any SeriesSlice, _ schema: TableSchema) throws -> [[Scalar]] {
        let vectors = try schema.columns.indices.map { try slice.vector(column: $0) }
        for (vector, column) in zip(vectors, schema.columns) {
            #expect(vector.count == slice.count)
            #expect(vector.type == column.type)
        }
        let rows = (0..<slice.count).map { row in vectors.map { $0.scalar(at: row) } }
        #expect(slice.count > 0)
        #expect(rows.first?[schema.timeColumn] == .timestamp(slice.firstTime))
        #expect(rows.last?[schema.timeColumn] == .timestamp(slice.lastTime))
        for column in schema.columns.indices { checkStatistics(slice, column, rows.map { $0[column] }) }
        return rows
    }

    private func checkStatistics(_ slice: any SeriesSlice, _ column: Int, _ values: [Scalar]) {
        guard let statistics = slice.statistics(column: column) else { return }
        #expect(statistics.nullCount == values.count { $0.isNull })
        let present = values.filter { !$0.isNull && $0 == $0 }
        #expect(statistics.min == present.min(by: precedes))
        #expect(statistics.max == present.max(by: precedes))
    }

    private func precedes(_ first: Scalar, _ second: Scalar) -> Bool {
        switch (first, second) {
        case (.boolean(let a), .boolean(let b)): !a && b
        case (.int64(let a), .int64(let b)), (.timestamp(let a), .timestamp(let b)): a < b
        case (.float64(let a), .float64(let b)): a < b
        case (.text(let a), .text(let b)): a < b
        default: false
        }
    }
}
