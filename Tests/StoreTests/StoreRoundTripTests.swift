import Columnar
import Store
import Testing

@Suite struct StoreRoundTripTests {
    /// One batch of `wide` with columns of one choice of forms.
    static func wide(_ columns: [Vector?], count: Int, from start: Int64 = 1_000) -> AppendGroup {
        let times = Vector.timestamps((0..<Int64(count)).map { start + $0 })
        return AppendGroup(table: "wide", series: "A", columns: [times, nil] + columns, rowCount: count)
    }

    static let everyForm: [[Vector?]] = [
        [nil, nil, nil, nil, nil, nil],
        [
            Vector(type: .boolean, form: .boolean(Buffer([1, 0, 1]))), .int64([5, -7, .max]),
            .float64([1.5, .nan, -.infinity]), .timestamps([3, 1, 2]), .symbols(["x", "y", "x"]),
            .strings(["", "héllo", "third"]),
        ],
        [
            Vector(type: .boolean, form: .constant(.boolean(true), count: 3)),
            Vector(type: .int64, form: .constant(.int64(9), count: 3)),
            Vector(type: .float64, form: .constant(.float64(2.25), count: 3)),
            Vector(type: .timestamp, form: .constant(.timestamp(77), count: 3)),
            Vector(type: .symbol, form: .constant(.text("z"), count: 3)),
            Vector(type: .string, form: .constant(.text("same"), count: 3)),
        ],
        [
            Vector(type: .boolean, form: .constant(.null, count: 3)),
            Vector(type: .int64, form: .sequence(start: 10, step: -3, count: 3)),
            .decimals([6_171_550_000_000, 6_171_551_000_000, 1], scale: 8),
            Vector(type: .timestamp, form: .sequence(start: 0, step: 60, count: 3)),
            Vector(type: .symbol, form: .constant(.null, count: 3)), nil,
        ],
        [
            Vector(type: .boolean, form: .boolean(Buffer([1, 0, 1])), validity: Validity([true, true, false])),
            Vector(type: .int64, form: .int64(Buffer([.min, 1, 2])), validity: Validity([false, true, true])),
            Vector(
                type: .float64,
                form: .scaledInteger(Buffer([1_250, .max, 0]), scale: 2),
                validity: Validity([true, false, true])
            ),
            Vector(type: .timestamp, form: .int64(Buffer([1, 2, 3])), validity: Validity([false, false, false])),
            Vector(
                type: .symbol,
                form: .dictionary(Buffer([0, 99, 1]), StringDictionary(["p", "q"])),
                validity: Validity([true, false, true])
            ),
            Vector(
                type: .string,
                form: .text(offsets: Buffer([0, 1, 1, 3]), bytes: Buffer([97, 98, 99])),
                validity: Validity([true, false, true])
            ),
        ],
    ]

    private static func expected(_ groups: [AppendGroup]) -> [String] {
        groups.flatMap { group in
            (0..<group.rowCount).map { row in
                Fixture.wide.columns.indices.map { column in
                    if column == 1 { return "\(Scalar.text("A"))" }
                    return "\(group.columns[column]?.scalar(at: row) ?? .null)"
                }.joined(separator: "|")
            }
        }
    }

    private static func found(_ store: Store) throws -> [String] {
        try store.rows("wide")["A", default: []].map { row in row.map { "\($0)" }.joined(separator: "|") }
    }

    @Test(arguments: everyForm.indices)
    func everyFormSurvivesMemtableReplayAndSegment(form: Int) throws {
        let directory = TemporaryDirectory()
        let group = Self.wide(Self.everyForm[form], count: 3)
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.wide)
        try store.append(group)
        #expect(try Self.found(store) == Self.expected([group]))
        store.close(flush: false)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(store.recovery.rows == 3)
        #expect(try Self.found(store) == Self.expected([group]))
        try store.flush()
        #expect(store.statistics.segmentRows == 3)
        #expect(try Self.found(store) == Self.expected([group]))
        store.close()
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(store.recovery.rows == 0)
        #expect(try Self.found(store) == Self.expected([group]))
        store.close()
    }

    @Test func formsThatChangeFromBatchToBatchKeepEveryValue() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.wide)
        var groups: [AppendGroup] = []
        for round in 0..<40 {
            let group = Self.wide(Self.everyForm[round * 7 % 5], count: 3, from: Int64(round) * 10)
            groups.append(group)
            try store.append(group)
        }
        #expect(try Self.found(store) == Self.expected(groups))
        try store.flush()
        #expect(try Self.found(store) == Self.expected(groups))
        store.close()
    }

    @Test func decimalsStayMantissasThroughASegment() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        let mantissas = (0..<5_000).map { 6_171_550_000_000 + Int64($0 % 700) * 1_000_000 }
        try store.append(
            AppendGroup(
                table: "ticks",
                series: "A",
                columns: [.timestamps((0..<5_000).map { Int64($0) }), nil, .decimals(mantissas, scale: 8), nil, nil],
                rowCount: 5_000
            )
        )
        try store.flush()
        let scan = try store.snapshot().scan(ScanRequest(table: "ticks", columns: [2]))
        var cursor = try scan.open(series: 0)
        let vector = try #require(try cursor.next()).vector(column: 2)
        guard case .scaledInteger(let values, let scale) = vector.form else {
            Issue.record("decimals came back as \(vector.form)")
            return
        }
        #expect(scale == 8)
        #expect(values.array == mantissas)
        // 5,000 rows: times are a sequence, prices two bytes each by their tick of 0.01.
        #expect(store.statistics.segmentBytes < 5_000 * 2 + 2_000)
        store.close()
    }

    @Test func aTableWithoutASeriesKeyIsOneSeries() throws {
        let directory = TemporaryDirectory()
        let schema = try #require(
            TableSchema(name: "log", kind: .event, columns: [Column("time", .timestamp)], series: nil)
        )
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(schema)
        let rows = AppendGroup(table: "log", series: "", columns: [.timestamps([1, 2])], rowCount: 2)
        try store.append(rows)
        #expect(try store.rows("log") == ["": [[.timestamp(1)], [.timestamp(2)]]])
        try store.flush()
        #expect(try store.rows("log") == ["": [[.timestamp(1)], [.timestamp(2)]]])
        store.close()
    }

    @Test func rowsThatDoNotFitTheSchemaAreRefusedAndNothingOfTheBatchIsKept() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        let good = Fixture.ticks("A", times: [1])
        let bad: [(AppendGroup, TableError.Code)] = [
            (AppendGroup(table: "nowhere", series: "A", columns: [], rowCount: 1), .unknownTable),
            (AppendGroup(table: "ticks", series: "A", columns: [.timestamps([1])], rowCount: 1), .invalid),
            (AppendGroup(table: "ticks", series: "", columns: good.columns, rowCount: 1), .invalid),
            (AppendGroup(table: "ticks", series: "A\n", columns: good.columns, rowCount: 1), .invalid),
            (AppendGroup(table: "ticks", series: "A", columns: [nil, nil, nil, nil, nil], rowCount: 1), .invalid),
            (
                AppendGroup(
                    table: "ticks",
                    series: "A",
                    columns: [.timestamps([1]), nil, .int64([1]), nil, nil],
                    rowCount: 1
                ), .invalid
            ),
            (
                AppendGroup(
                    table: "ticks",
                    series: "A",
                    columns: [
                        .timestamps([1]), nil, nil,
                        Vector(type: .symbol, form: .dictionary(Buffer([3]), StringDictionary(["x"]))), nil,
                    ],
                    rowCount: 1
                ), .invalid
            ),
        ]
        for (group, code) in bad {
            let error = #expect(throws: TableError.self) {
                try store.append(AppendBatch(groups: [good, group]), durability: .interval)
            }
            #expect(error?.code == code)
        }
        #expect(try store.rows("ticks").isEmpty)
        #expect(store.statistics.rejected[.invalid] == UInt64(bad.count - 1))
        store.close()
    }

    @Test func tablesAreCreatedOnceAndKeepTheirSchema() throws {
        let directory = TemporaryDirectory()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.createTable(Fixture.ticks)
        let other = Fixture.schema("TICKS", [("price", .int64)])
        let error = #expect(throws: TableError.self) { try store.createTable(other) }
        #expect(error?.code == .tableExists)
        store.close(flush: false)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(store.catalog.tables == [Fixture.ticks])
        store.close(flush: true)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(store.catalog.tables == [Fixture.ticks])
        try store.createTable(Fixture.ticks)
        store.close()
    }
}
