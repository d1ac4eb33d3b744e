import Columnar
import Store
import Testing

/// Tables that grow, shrink and go: alive, replayed from the WAL, and from segments.
@Suite struct StoreCatalogTests {
    /// Where the rows are when a change comes, and how the store is looked at afterwards.
    enum Place: CaseIterable {
        case memory
        case replayed
        case segments
        case segmentsReopened
    }

    private func open(_ directory: TemporaryDirectory) throws -> Store {
        try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
    }

    /// Runs `change` on a store with the rows of `groups`, and gives what is left to `check`, in a store that is as `place` says.
    private func run(
        _ place: Place,
        _ schema: TableSchema,
        _ groups: [AppendGroup],
        change: (Store) throws -> Void,
        check: (Store) throws -> Void
    ) throws {
        let directory = TemporaryDirectory()
        var store = try open(directory)
        try store.createTable(schema)
        try store.append(AppendBatch(groups: groups), durability: .interval)
        if place == .segments || place == .segmentsReopened { try store.flush() }
        try change(store)
        if place == .replayed { store.close(flush: false) }
        if place == .segmentsReopened { store.close() }
        if place == .replayed || place == .segmentsReopened { store = try open(directory) }
        try check(store)
        try store.compact()
        try check(store)
        store.close()
        store = try open(directory)
        try check(store)
        store.close()
    }

    private func times(_ store: Store, _ series: String) throws -> [Int64] {
        try (store.rows("ticks")[series] ?? []).map {
            guard case .timestamp(let time) = $0[0] else { return -1 }
            return time
        }
    }

    @Test(arguments: Place.allCases)
    func theTypesThatColumnsWereDeclaredWithAreKept(place: Place) throws {
        let declared = DeclaredType.allCases.filter { $0 != .symbol }
        let columns = Fixture.ticks.columns + declared.map { Column("\($0)", declared: $0) }
        let schema = try #require(TableSchema(name: "ticks", kind: .event, columns: columns))
        try run(place, schema, []) { store in
            try store.addColumn(Column("venue", declared: .symbol), to: "ticks")
        } check: { (store: Store) throws in
            let kept = try #require(store.snapshot().catalog.schema(named: "ticks")).columns
            #expect(kept == columns + [Column("venue", declared: .symbol)])
        }
    }

    @Test(arguments: Place.allCases)
    func aColumnIsAddedWithoutValuesInOldRows(place: Place) throws {
        let first = Fixture.ticks("A", times: [1, 2])
        try run(place, Fixture.ticks, [first]) { store in
            try store.addColumn(Column("venue", .symbol), to: "TICKS")
            let later = Fixture.ticks("A", times: [3])
            let columns = later.columns + [.symbols(["X"])]
            try store.append(AppendGroup(table: "ticks", series: "A", columns: columns, rowCount: 1))
        } check: { (store: Store) throws in
            let rows = try #require(try store.rows("ticks")["A"])
            #expect(rows.map { $0[5] } == [.null, .null, .text("X")])
            #expect(store.catalog.schema(named: "ticks")?.columns.last == Column("venue", .symbol))
        }
    }

    @Test func aBatchThatWasCheckedBeforeAColumnWasAddedIsKept() throws {
        let stepper = StoreStepper { 0 }
        let store = try Store.open(
            directory: TemporaryDirectory().path,
            fileSystem: FaultyFileSystem.quick,
            stepper: stepper
        )
        try store.createTable(Fixture.ticks)
        // Steps are made in order: the batch waits behind the change, and was checked before it.
        let queued = Answered()
        store.append(AppendBatch(groups: [Fixture.ticks("A", times: [1])]), durability: .interval) { queued.give($0) }
        try store.addColumn(Column("venue", .symbol), to: "ticks")
        store.append(AppendBatch(groups: [Fixture.ticks("A", times: [2])]), durability: .interval) { queued.give($0) }
        while stepper.commit() {}
        // The second batch does not know of the column: it has no values in it.
        #expect(queued.results.map { (try? $0.get()) != nil } == [true, true])
        #expect(try store.rows("ticks")["A"]?.map { $0[5] } == [.null, .null])
        store.close()
    }

    @Test func columnsAreAddedOnceAndTablesMustExist() throws {
        let store = try open(TemporaryDirectory())
        try store.createTable(Fixture.ticks)
        for attempt in [
            { try store.addColumn(Column("PRICE", .int64), to: "ticks") },
            { try store.addColumn(Column("", .int64), to: "ticks") },
            { try store.addColumn(Column("x", .int64), to: "tocks") },
            { try store.dropTable("tocks") },
            { try store.dropRows(of: "tocks", series: .all, time: .all) },
            { try store.setTimeToLive(1, of: "tocks") },
            { try store.setTimeToLive(0, of: "ticks") },
        ] {
            #expect(throws: TableError.self) { try attempt() }
        }
        try store.addColumn(Column("venue", .symbol), to: "ticks")
        // The schema that it grew from is no other one.
        try store.createTable(Fixture.ticks)
        store.close()
    }

    @Test(arguments: Place.allCases)
    func aDroppedTableIsGoneAndItsNameIsFree(place: Place) throws {
        let directory = TemporaryDirectory()
        var store = try open(directory)
        try store.createTable(Fixture.ticks)
        try store.createTable(Fixture.bars)
        try store.append(Fixture.ticks("A", times: [1, 2]), Fixture.bar("A", time: 0, close: 1))
        if place == .segments || place == .segmentsReopened { try store.flush() }
        let before = store.snapshot()
        try store.dropTable("Ticks")
        #expect(store.catalog.schema(named: "ticks") == nil)
        #expect(throws: TableError.self) { try store.snapshot().scan(ScanRequest(table: "ticks", columns: [])) }
        #expect(throws: TableError.self) { try store.append(Fixture.ticks("A", times: [3])) }
        #expect(try before.rows("ticks")["A"]?.count == 2, "a snapshot keeps what it saw")
        try store.createTable(Fixture.ticks)
        #expect(try store.rows("ticks").isEmpty)
        try store.append(Fixture.ticks("B", times: [7]))
        for _ in 0..<2 {
            if place == .replayed { store.close(flush: false) } else { store.close() }
            store = try open(directory)
            #expect(try store.rows("ticks").mapValues(\.count) == ["B": 1])
            #expect(try store.rows("1Min/OHLCV").mapValues(\.count) == ["A": 1])
        }
        store.close()
        #expect(directory.segments().allSatisfy { !$0.contains("1-ticks") }, "its files are gone")
    }

    @Test(arguments: Place.allCases)
    func rowsOfATimeRangeAreDroppedAndLaterOnesStay(place: Place) throws {
        let groups = [Fixture.ticks("A", times: Array(0..<100)), Fixture.ticks("B", times: Array(0..<100))]
        try run(place, Fixture.ticks, groups) { store in
            try store.dropRows(of: "ticks", series: .named(["A", "absent"]), time: TimeRange(start: 10, end: 90))
            try store.append(Fixture.ticks("A", times: [50]))
            try store.dropRows(of: "ticks", series: .named(["absent"]), time: .all)
            try store.dropRows(of: "ticks", series: .all, time: TimeRange(start: 95, end: .max))
        } check: { (store: Store) throws in
            #expect(try times(store, "A") == Array(0..<10) + [50] + Array(90..<95))
            #expect(try times(store, "B") == Array(0..<95))
            let range = TimeRange(start: 9, end: 91)
            #expect(try store.rows("ticks", range)["A"]?.count == 3)
            #expect(try store.rows("ticks", TimeRange(start: 20, end: 30)).keys.sorted() == ["B"])
        }
    }

    @Test(arguments: Place.allCases)
    func severalTimeRangesAreDroppedAtOnce(place: Place) throws {
        let groups = [Fixture.ticks("A", times: Array(0..<100)), Fixture.ticks("B", times: Array(0..<100))]
        try run(place, Fixture.ticks, groups) { store in
            let times = [(10, 20), (30, 30), (50, 90)].map { TimeRange(start: $0.0, end: $0.1) }
            let before = store.snapshot().committed
            try store.dropRows(of: "ticks", series: .named(["A"]), times: times)
            try store.append(Fixture.ticks("A", times: [15]))
            #expect(store.snapshot().committed <= before + 2, "one record for all ranges, one for the row")
            try store.dropRows(of: "ticks", series: .all, times: [])
        } check: { (store: Store) throws in
            #expect(try times(store, "A") == Array(0..<10) + [15] + Array(20..<50) + Array(90..<100))
            #expect(try times(store, "B") == Array(0..<100))
        }
    }

    @Test(arguments: Place.allCases)
    func aSeriesIsDroppedWhole(place: Place) throws {
        let late = Fixture.ticks("A", times: [5, 3, 4, 3, -1])
        try run(place, Fixture.ticks, [late, Fixture.ticks("B", times: [1])]) { store in
            try store.dropRows(of: "ticks", series: .named(["A"]), time: .all)
        } check: { (store: Store) throws in
            #expect(try store.rows("ticks").keys.sorted() == ["B"])
        }
    }

    @Test func whatWasDeletedTakesNoSpaceOnceMerged() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: Array(0..<1_000)))
        try store.flush()
        try store.dropRows(of: "ticks", series: .all, time: .all)
        let held = store.snapshot()
        try store.compact()
        #expect(store.statistics.segments == 0)
        #expect(try held.rows("ticks").isEmpty)
        withExtendedLifetime(held) {}
        store.close()
    }

    @Test func oldPartitionsAreDroppedWhenTheTableSaysSo() throws {
        let directory = TemporaryDirectory()
        let clock = StoreStepper { 0 }
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick, stepper: clock)
        try store.createTable(Fixture.ticks)
        for day in 0..<5 { try store.append(Fixture.ticks("A", times: [Int64(day) * CivilTime.day])) }
        try store.flush()
        try store.setTimeToLive(2 * CivilTime.day, of: "ticks")
        while clock.compact() {}
        #expect(try times(store, "A") == (2..<5).map { Int64($0) * CivilTime.day }, "days 0 and 1 ended two days ago")
        store.close()
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(store.timeToLive(of: "ticks") == 2 * CivilTime.day)
        try store.setTimeToLive(nil, of: "ticks")
        #expect(store.timeToLive(of: "ticks") == nil)
        #expect(try times(store, "A").count == 3)
        store.close()
    }

    @Test func oneWrongTimeInTheFutureDoesNotEmptyATable() throws {
        let store = try open(TemporaryDirectory())
        try store.createTable(Fixture.ticks)
        let today = 1_790_000_000 * CivilTime.second
        try store.append(Fixture.ticks("A", times: [today, .max]))
        try store.setTimeToLive(CivilTime.day * 3_650, of: "ticks")
        try store.compact()
        #expect(try times(store, "A") == [today, .max])
        store.close()
    }
}

/// Collects completions.
private final class Answered: @unchecked Sendable {
    // Sendable: a stepped store calls on the test's thread.
    private(set) var results: [Result<LSN, TableError>] = []
    func give(_ result: Result<LSN, TableError>) { results.append(result) }
}
