import Columnar
import Store
import Testing

@Suite struct StoreRecoveryTests {
    /// A store whose WAL holds `batches`, killed: a copy of its files. The first WAL byte after the table is returned.
    private func killed(batches: Int, durability: Durability) throws -> (TemporaryDirectory, wal: String, start: Int) {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        let wal = try #require(try directory.walFiles().last)
        let start = try directory.read(wal).count
        for number in 0..<batches {
            let time = Int64(number)
            try store.append(
                Fixture.ticks("A", times: [time]),
                Fixture.ticks("S\(number)", times: [time, time + 1]),
                durability: durability
            )
        }
        let copy = try directory.copy()
        store.close()
        return (copy, wal, start)
    }

    /// How many whole batches a store holds; fails if one is half there.
    private func wholeBatches(_ store: Store) throws -> Int {
        let rows = try store.rows("ticks")
        let count = rows["A"]?.count ?? 0
        #expect(rows.count == (count == 0 ? 0 : count + 1))
        for number in 0..<count { #expect(rows["S\(number)"]?.count == 2) }
        return count
    }

    @Test func aTailCutAtAnyByteLeavesTheWholeBatchesBeforeIt() throws {
        let (directory, wal, start) = try killed(batches: 4, durability: .interval)
        let bytes = try directory.read(wal)
        var last = 0
        for length in start...bytes.count {
            try directory.write(Array(bytes[..<length]), to: wal)
            let copy = try directory.copy()
            var store = try Store.open(directory: copy.path, fileSystem: FaultyFileSystem.quick)
            let count = try wholeBatches(store)
            #expect(count >= last)
            last = count
            // What is left can be written on, and a second recovery finds the same.
            try store.append(Fixture.ticks("late", times: [9]))
            store.close(flush: false)
            store = try Store.open(directory: copy.path, fileSystem: FaultyFileSystem.quick)
            #expect(try store.rows("ticks")["A"]?.count ?? 0 == count)
            #expect(try store.rows("ticks")["late"]?.count == 1)
            #expect(store.recovery.truncatedBytes == 0)
            store.close()
        }
        #expect(last == 4)
    }

    @Test func aTailOfGarbageIsCutOff() throws {
        let (directory, wal, _) = try killed(batches: 3, durability: .sync)
        let bytes = try directory.read(wal)
        for garbage in [[UInt8](repeating: 0, count: 4096), [UInt8](repeating: 0x54, count: 77)] {
            try directory.write(bytes + garbage, to: wal)
            let store = try Store.open(directory: try directory.copy().path, fileSystem: FaultyFileSystem.quick)
            #expect(try wholeBatches(store) == 3)
            #expect(store.recovery.truncatedBytes == garbage.count)
            store.close()
        }
    }

    @Test func aFlippedByteInADurableRecordStopsTheStartAndNamesFileAndOffset() throws {
        let (directory, wal, start) = try killed(batches: 4, durability: .sync)
        let bytes = try directory.read(wal)
        for offset in stride(from: 32, to: start + 40, by: 5) {
            var damaged = bytes
            damaged[offset] ^= 0x20
            try directory.write(damaged, to: wal)
            let error = #expect(throws: TableError.self) {
                try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
            }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains(wal) == true)
            #expect(error?.message.contains("offset") == true)
        }
        try directory.write(bytes, to: wal)
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(try wholeBatches(store) == 4)
        store.close()
    }

    /// A power cut may keep a later page and lose an earlier one, as long as neither was synced.
    @Test func aHoleInTheUnsyncedTailIsCutOff() throws {
        var options = StoreOptions()
        options.syncIntervalNanoseconds = .max / 4
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, options: options, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        let wal = try #require(try directory.walFiles().last)
        try store.append(Fixture.ticks("A", times: [1]), durability: .sync)
        let hole = try directory.read(wal).count
        for time in 2...9 { try store.append(Fixture.ticks("A", times: [Int64(time)]), durability: .interval) }
        var bytes = try directory.read(wal)
        let copy = try directory.copy()
        store.close()
        bytes[hole + 50] ^= 1
        try copy.write(bytes, to: wal)
        let recovered = try Store.open(directory: copy.path, fileSystem: FaultyFileSystem.quick)
        #expect(try recovered.rows("ticks")["A"]?.count == 1)
        recovered.close()
    }

    @Test func aFlippedByteInAFileThatIsNotTheLastStopsTheStart() throws {
        let directory = TemporaryDirectory()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1]))
        store.close(flush: false)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        store.close(flush: false)
        let first = try #require(try directory.walFiles().first)
        var bytes = try directory.read(first)
        bytes[bytes.count - 3] ^= 1
        try directory.write(bytes, to: first)
        let error = #expect(throws: TableError.self) {
            try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(first) == true)
    }

    @Test func aDamagedManifestStopsTheStart() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1]))
        store.close()
        let bytes = try directory.read("MANIFEST")
        for offset in bytes.indices {
            var damaged = bytes
            damaged[offset] ^= 0x10
            try directory.write(damaged, to: "MANIFEST")
            let error = #expect(throws: TableError.self) {
                try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
            }
            #expect(error?.code == .corrupt)
        }
    }

    @Test func theGenerationCountsEveryOpening() throws {
        let directory = TemporaryDirectory()
        for expected in 1...6 as ClosedRange<UInt64> {
            let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
            #expect(store.generation == expected)
            store.close(flush: expected % 2 == 0)
        }
        // A crash right after opening counts too.
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        let copy = try directory.copy()
        store.close()
        let again = try Store.open(directory: copy.path, fileSystem: FaultyFileSystem.quick)
        #expect(again.generation == 8)
        again.close()
    }

    @Test func aSecondOpenerIsRefusedUntilTheFirstCloses() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        let error = #expect(throws: TableError.self) {
            try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        }
        #expect(error?.message.contains("in use") == true)
        store.close()
        try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick).close()
    }

    @Test func flushedDataNeedsNoReplayAndOldWALFilesGo() throws {
        let directory = TemporaryDirectory()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1, 2]))
        try store.flush()
        #expect(try directory.walFiles().count == 1)
        try store.append(Fixture.ticks("A", times: [3]))
        store.close(flush: false)
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(store.recovery.rows == 1)
        #expect(try store.rows("ticks")["A"]?.count == 3)
        store.close()
    }

    @Test func aSegmentThatTheManifestDoesNotKnowIsRemoved() throws {
        let directory = TemporaryDirectory()
        var store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1]))
        store.close()
        let segment = try #require(directory.segments().first)
        let stray = segment.replacing("seg-1.seg", with: "seg-99.seg")
        try directory.write(try directory.read(segment), to: stray)
        try directory.write([1, 2, 3], to: segment + ".tmp")
        store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        #expect(directory.segments() == [segment])
        #expect(try store.rows("ticks")["A"]?.count == 1)
        store.close()
    }

    @Test func writesAfterClosingAreRefused() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        store.close()
        store.close()
        let error = #expect(throws: TableError.self) { try store.append(Fixture.ticks("A", times: [1])) }
        #expect(error?.code == .closed)
        #expect(throws: TableError.self) { try store.flush() }
        #expect(throws: TableError.self) { try store.createTable(Fixture.bars) }
    }
}
