import Columnar
import Glibc
import Store
import Synchronization
import Testing

@Suite struct StoreFaultTests {
    private func open(
        _ directory: TemporaryDirectory,
        _ files: FaultyFileSystem,
        _ options: StoreOptions = .init()
    )
        throws -> Store
    {
        let store = try Store.open(directory: directory.path, options: options, fileSystem: files)
        try store.createTable(Fixture.ticks)
        return store
    }

    @Test func aSyncWriteIsAcknowledgedOnlyAfterItsFdatasyncAndSeenOnlyThen() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        let store = try open(directory, files)
        files.change { $0.isGated = true }
        let isDone = Atomic<Bool>(false)
        let unsynced = Atomic<Int>(-1)
        let batch = AppendBatch(groups: [Fixture.ticks("A", times: [1])])
        store.append(batch, durability: .sync) { _ in
            unsynced.store(files.switches.withLock { $0.unsyncedBytes }, ordering: .relaxed)
            isDone.store(true, ordering: .releasing)
        }
        // The bytes are written, the sync waits at the gate.
        while files.switches.withLock({ $0.unsyncedBytes }) == 0 { sched_yield() }
        let isEarly = isDone.load(ordering: .acquiring)
        #expect(!isEarly)
        #expect(try store.rows("ticks").isEmpty)
        files.change { $0.isGated = false }
        while !isDone.load(ordering: .acquiring) { sched_yield() }
        let bytesAtRisk = unsynced.load(ordering: .relaxed)
        #expect(bytesAtRisk == 0)
        #expect(try store.rows("ticks")["A"]?.count == 1)
        store.close()
    }

    @Test func manyWaitingWritesShareOneFdatasync() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        let store = try open(directory, files)
        files.change { $0.isGated = true }
        let done = Atomic<Int>(0)
        for number in 0..<200 {
            store.append(AppendBatch(groups: [Fixture.ticks("A", times: [Int64(number)])]), durability: .sync) { _ in
                done.add(1, ordering: .relaxed)
            }
        }
        let before = store.statistics.walSyncs.count
        files.change { $0.isGated = false }
        while done.load(ordering: .relaxed) < 200 { sched_yield() }
        // One for whatever the thread took first, one for all the rest.
        #expect(store.statistics.walSyncs.count - before <= 2)
        #expect(store.statistics.walGroups.sum == 200)
        store.close()
    }

    @Test func aFailedFdatasyncTurnsTheStoreReadOnly() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        let store = try open(directory, files)
        try store.append(Fixture.ticks("A", times: [1]), durability: .sync)
        files.change { $0.failsSync = true }
        for _ in 0..<2 {
            let error = #expect(throws: TableError.self) {
                try store.append(Fixture.ticks("B", times: [2]), durability: .sync)
            }
            #expect(error?.code == .readOnly)
            #expect(error?.message.contains("fdatasync") == true)
        }
        // It never tries again, even if the disk seems well.
        files.change { $0.failsSync = false }
        let error = #expect(throws: TableError.self) { try store.append(Fixture.ticks("B", times: [2])) }
        #expect(error?.code == .readOnly)
        #expect(throws: TableError.self) { try store.flush() }
        #expect(try store.rows("ticks").keys.sorted() == ["A"])
        #expect(store.statistics.readOnlyReason?.contains("injected") == true)
        store.close()
        let reopened = try Store.open(directory: directory.path)
        #expect(try reopened.rows("ticks")["A"]?.count == 1)
        reopened.close()
    }

    /// However much room there is, what was acknowledged stays, what was refused is gone, and writing goes on later.
    @Test(arguments: [0, 1, 8, 31, 100, 333, 400, 1_000])
    func aFullDiskRefusesTheBatchAndLaterOnesSucceed(room: Int) throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        var store = try open(directory, files)
        try store.append(Fixture.ticks("A", times: [1]))
        files.change { $0.room = room }
        var acknowledged = 1
        for time in 2..<12 {
            do {
                try store.append(Fixture.ticks("A", times: [Int64(time)]), Fixture.ticks("N\(time)", times: [1]))
                acknowledged += 1
            } catch let error as TableError {
                #expect(error.code == .diskFull)
            }
        }
        #expect(acknowledged < 11)
        #expect(try store.rows("ticks")["A"]?.count == acknowledged)
        files.change { $0.room = nil }
        try store.append(Fixture.ticks("A", times: [100]), Fixture.ticks("after", times: [1]))
        let rows = try store.rows("ticks")
        #expect(rows["A"]?.count == acknowledged + 1)
        store.close(flush: false)
        store = try Store.open(directory: directory.path)
        #expect(store.recovery.truncatedBytes == 0)
        #expect(try store.rows("ticks") == rows)
        store.close()
    }

    @Test func batchesThatFitBeforeTheDiskIsFullAreKeptWhole() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        var store = try open(directory, files)
        files.change { $0.isGated = true }
        store.append(AppendBatch(groups: [Fixture.ticks("first", times: [0])]), durability: .sync) { _ in }
        while files.switches.withLock({ $0.unsyncedBytes }) == 0 { sched_yield() }
        // These wait together and are written as one group, for which there is too little room.
        let results = Mutex<[Bool]>([])
        for number in 0..<20 {
            let batch = AppendBatch(groups: [Fixture.ticks("S\(number)", times: [Int64(number)])])
            store.append(batch, durability: .interval) { result in
                results.withLock { $0.append((try? result.get()) != nil) }
            }
        }
        files.change {
            $0.room = 1_500
            $0.isGated = false
        }
        while results.withLock({ $0.count }) < 20 { sched_yield() }
        let kept = results.withLock { $0.prefix { $0 }.count }
        #expect(kept > 0 && kept < 20)
        #expect(results.withLock { !$0.dropFirst(kept).contains(true) })
        #expect(try store.rows("ticks").count == kept + 1)
        files.change { $0.room = nil }
        try store.append(Fixture.ticks("S19", times: [7]))
        let rows = try store.rows("ticks")
        store.close(flush: false)
        store = try Store.open(directory: directory.path)
        #expect(try store.rows("ticks") == rows)
        store.close()
    }

    /// A small batch that would still fit must not be kept behind a large one that did not: it would leave a hole.
    @Test func afterARefusedBatchOfAStreamNoLaterOneOfItIsKept() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        let store = try open(directory, files)
        let stream = AppendStream()
        func append(_ series: String, rows: Int, _ stream: AppendStream?) throws {
            let group = Fixture.ticks(series, times: (0..<rows).map(Int64.init))
            try store.append(AppendBatch(groups: [group], stream: stream))
        }
        try append("ordered", rows: 1, stream)
        files.change { $0.room = 2_000 }
        #expect(throws: TableError.self) { try append("ordered", rows: 1_000, stream) }
        #expect(stream.failure?.code == .diskFull)
        #expect(throws: TableError.self) { try append("ordered", rows: 1, stream) }
        files.change { $0.room = nil }
        #expect(throws: TableError.self) { try append("ordered", rows: 1, stream) }
        try append("other", rows: 1, nil)
        try append("ordered", rows: 1, AppendStream())
        let rows = try store.rows("ticks")
        #expect(rows["ordered"]?.count == 2 && rows["other"]?.count == 1)
        store.close()
    }

    @Test func aFullDiskThatCannotBeCutBackTurnsTheStoreReadOnly() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        let store = try open(directory, files)
        files.change {
            $0.room = 10
            $0.failsTruncate = true
        }
        let error = #expect(throws: TableError.self) { try store.append(Fixture.ticks("A", times: [1])) }
        #expect(error?.code == .readOnly)
        #expect(error?.message.contains("truncate") == true)
        store.close()
    }

    @Test func aFlushThatFindsTheDiskFullLosesNothingAndIsTriedAgain() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        var options = StoreOptions()
        options.flushRetryNanoseconds = 1_000_000
        let store = try open(directory, files, options)
        try store.append(Fixture.ticks("A", times: [1, 2, 3]))
        // Room for a new WAL file, but not for a segment.
        files.change { $0.room = 100 }
        let error = #expect(throws: TableError.self) { try store.flush() }
        #expect(error?.code == .diskFull)
        #expect(try store.rows("ticks")["A"]?.count == 3)
        files.change { $0.room = nil }
        while store.statistics.flushes == 0 { sched_yield() }
        #expect(store.statistics.segmentRows == 3)
        #expect(try store.rows("ticks")["A"]?.count == 3)
        try store.append(Fixture.ticks("A", times: [4]))
        store.close()
    }

    @Test func writersAreRefusedAsCongestedOnceTheQueueIsFull() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        var options = StoreOptions()
        options.queueBytesMax = 10_000
        let store = try open(directory, files, options)
        files.change { $0.isGated = true }
        let codes = Mutex<[TableError.Code?]>([])
        func write(_ time: Int64) {
            store.append(AppendBatch(groups: [Fixture.ticks("A", times: [time])]), durability: .sync) { result in
                codes.withLock {
                    if case .failure(let error) = result { $0.append(error.code) } else { $0.append(nil) }
                }
            }
        }
        for time in 0..<200 { write(Int64(time)) }
        #expect(store.isCongested)
        #expect(store.statistics.queueBytes <= 10_000)
        files.change { $0.isGated = false }
        while codes.withLock({ $0.count }) < 200 { sched_yield() }
        let accepted = codes.withLock { $0.count { $0 == nil } }
        #expect(accepted > 0 && accepted < 200)
        #expect(codes.withLock { $0.allSatisfy { $0 == nil || $0 == .congested } })
        #expect(try store.rows("ticks")["A"]?.count == accepted)
        #expect(store.statistics.rejected[.congested] == UInt64(200 - accepted))
        #expect(!store.isCongested)
        store.close()
    }

    @Test func memoryStaysBoundedWhileFlushingCannotKeepUp() throws {
        let directory = TemporaryDirectory()
        let files = FaultyFileSystem()
        var options = StoreOptions()
        options.memtableFlushBytes = 50_000
        options.memtableBytesMax = 200_000
        options.flushRetryNanoseconds = 1_000_000
        let store = try open(directory, files, options)
        files.change { $0.room = 600_000 }
        var code: TableError.Code?
        var accepted = 0
        for number in 0..<1_000 where code == nil {
            let start = Int64(number) * 100
            do {
                try store.append(Fixture.ticks("A", times: Array(start..<start + 100)))
                accepted += 100
            } catch let error as TableError {
                code = error.code
            }
        }
        #expect(code == .diskFull || code == .congested)
        #expect(store.statistics.memtableBytes < 400_000)
        files.change { $0.room = nil }
        while store.isCongested || store.statistics.sealedMemtables > 0 { sched_yield() }
        try store.append(Fixture.ticks("A", times: [1_000_000_000]))
        #expect(try store.rows("ticks")["A"]?.count == accepted + 1)
        store.close()
    }
}
