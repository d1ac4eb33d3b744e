import Columnar
import Glibc
import Store
import Synchronization
import Testing

@Suite struct StoreSnapshotTests {
    /// Every batch puts one row into each of five series of two tables; a snapshot that shows a batch in one and not in
    /// another has torn it.
    @Test func aBatchOverManySeriesIsSeenWholeOrNotAtAll() throws {
        let directory = TemporaryDirectory()
        var options = StoreOptions()
        options.memtableFlushBytes = 200_000
        let store = try Store.open(directory: directory.path, options: options, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.createTable(Fixture.schema("other", [("price", .float64), ("side", .symbol), ("seq", .int64)]))
        let batches = 3_000
        let finished = Atomic<Int>(0)
        for number in 0..<batches {
            let groups = (0..<5).map { index -> AppendGroup in
                let group = Fixture.ticks("S\(index)", times: [Int64(number)])
                let table = index % 2 == 0 ? "ticks" : "other"
                return AppendGroup(table: table, series: group.series, columns: group.columns, rowCount: 1)
            }
            let durability: Durability = number % 500 == 0 ? .sync : .interval
            store.append(AppendBatch(groups: groups), durability: durability) { _ in
                finished.add(1, ordering: .relaxed)
            }
            if number % 100 == 0 { try checkWhole(store.snapshot()) }
        }
        while finished.load(ordering: .relaxed) < batches { try checkWhole(store.snapshot()) }
        #expect(store.statistics.flushes > 0)
        #expect(try count(store.snapshot())["S0"] == batches)
        store.close()
    }

    private func count(_ snapshot: any TableSnapshot) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for table in ["ticks", "other"] {
            let scan = try snapshot.scan(ScanRequest(table: table, columns: [0]))
            for (index, series) in scan.series.enumerated() {
                var cursor = try scan.open(series: index)
                while let slice = try cursor.next() { counts[series, default: 0] += slice.count }
            }
        }
        return counts
    }

    private func checkWhole(_ snapshot: any TableSnapshot) throws {
        let counts = try count(snapshot)
        #expect(Set(counts.values).count <= 1 && (counts.isEmpty || counts.count == 5), "torn: \(counts)")
    }

    @Test func laterWritesFlushesAndClosingDoNotChangeASnapshot() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1, 2, 3]))
        let snapshot = store.snapshot()
        let before = try snapshot.rows("ticks")
        try store.append(Fixture.ticks("A", times: [2, 4]), Fixture.ticks("B", times: [1]))
        #expect(try snapshot.rows("ticks") == before)
        try store.flush()
        #expect(try snapshot.rows("ticks") == before)
        #expect(store.snapshot().committed > snapshot.committed)
        store.close()
        #expect(try snapshot.rows("ticks") == before)
    }

    @Test func aWriteToAFilledSlotReplacesItInMemoryAcrossFlushesAndInReplay() throws {
        let directory = TemporaryDirectory()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.bars)
        let minute = CivilTime.minute
        func closes() throws -> [Scalar] {
            let rows = try store.rows("1Min/OHLCV")["A", default: []]
            #expect(rows.map { $0[0] } == [.timestamp(0), .timestamp(minute), .timestamp(2 * minute)])
            return rows.map { $0[2] }
        }
        for (slot, close) in [(0, 1.0), (1, 2.0), (2, 3.0), (1, 4.0)] {
            try store.append(Fixture.bar("A", time: Int64(slot) * minute + 5, close: close))
        }
        #expect(try closes() == [.float64(1), .float64(4), .float64(3)])
        try store.flush()
        #expect(store.statistics.segmentRows == 3)
        #expect(try closes() == [.float64(1), .float64(4), .float64(3)])
        try store.append(Fixture.bar("A", time: 59, close: 5))
        try store.append(Fixture.bar("A", time: 2 * minute, close: 6))
        #expect(try closes() == [.float64(5), .float64(4), .float64(6)])
        store.close(flush: false)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(try closes() == [.float64(5), .float64(4), .float64(6)])
        try store.flush()
        #expect(try closes() == [.float64(5), .float64(4), .float64(6)])
        store.close()
    }

    @Test func lateRowsComeInOrderFromSegmentsAndMemtableTogether() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [10, 20, 30], seq: 0))
        try store.flush()
        try store.append(Fixture.ticks("A", times: [20, 25], seq: 3))
        try store.flush()
        try store.append(Fixture.ticks("A", times: [40, 20, 5], seq: 5))
        let rows = try store.rows("ticks")["A", default: []]
        #expect(rows.map { $0[0] } == [5, 10, 20, 20, 20, 25, 30, 40].map { .timestamp($0) })
        #expect(rows.map { $0[4] } == [7, 0, 1, 3, 6, 4, 2, 5].map { .int64($0) })
        #expect(try store.rows("ticks", TimeRange(start: 11, end: 20)).isEmpty)
        store.close()
    }

    @Test func aRunThatOverlapsNothingIsReadWhereItLies() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: Array(0..<20_000)))
        try store.flush()
        let scan = try store.snapshot().scan(ScanRequest(table: "ticks", columns: [0, 2]))
        var cursor = try scan.open(series: 0)
        var counts: [Int] = []
        while let slice = try cursor.next() { counts.append(slice.count) }
        #expect(counts == [8192, 8192, 3616])
        store.close()
    }
}
