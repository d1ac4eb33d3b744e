import Columnar
import Store
import Synchronization
import Testing

@Suite struct CommitFeedTests {
    private final class Follower: CommitListener {
        struct Seen {
            var lsns: [LSN] = []
            var rows: [LSN: Int] = [:]
            var changes: [CommittedChange] = []
        }

        let seen = Mutex(Seen())

        func committed(_ batch: CommittedBatch) {
            seen.withLock { seen in
                seen.lsns.append(batch.lsn)
                seen.rows[batch.lsn, default: 0] += batch.groups.reduce(0) { $0 + $1.rowCount }
            }
        }

        func changed(_ change: CommittedChange) { seen.withLock { $0.changes.append(change) } }
    }

    @Test func aSnapshotAndTheBatchesAfterItAreEverythingOnce() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        defer { store.close() }
        try store.createTable(Fixture.ticks)
        let batches = 2_000
        let finished = Atomic<Int>(0)
        let follower = Follower()
        var before = 0
        var splice: LSN = 0
        for number in 0..<batches {
            let batch = AppendBatch(groups: [Fixture.ticks("A", times: [Int64(number)])])
            store.append(batch, durability: .interval) { _ in finished.add(1, ordering: .relaxed) }
            if number == batches / 2 {
                store.addListener(follower)
                let snapshot = store.snapshot()
                splice = snapshot.committed
                before = try snapshot.rows("ticks")["A"]?.count ?? 0
            }
        }
        try store.append(Fixture.ticks("A", times: [Int64(batches)]), durability: .sync)
        let seen = follower.seen.withLock { $0 }
        #expect(seen.lsns == seen.lsns.sorted() && Set(seen.lsns).count == seen.lsns.count)
        let after = seen.rows.filter { $0.key > splice }.reduce(0) { $0 + $1.value }
        #expect(before + after == batches + 1)
    }

    @Test func changesOfTablesAreToldInTheOrderOfWritesUntilTheListenerIsRemoved() throws {
        let directory = TemporaryDirectory()
        let store = try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick)
        defer { store.close() }
        let follower = Follower()
        store.addListener(follower)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: [1]))
        try store.dropRows(of: "ticks", series: .all, time: TimeRange(start: 0, end: 1))
        try store.dropTable("ticks")
        store.removeListener(follower)
        try store.createTable(Fixture.bars)
        let seen = follower.seen.withLock { $0 }
        #expect(seen.changes.map(\.table) == ["ticks", "ticks", "ticks"])
        let removal = CommittedChange.Kind.rowsRemoved(TimeRange(start: 0, end: 1))
        #expect(seen.changes.map(\.kind) == [.created, removal, .dropped])
        #expect(seen.lsns.count == 1)
        let order = seen.changes.map(\.lsn) + seen.lsns
        #expect(Set(order).count == 4)
        #expect(seen.changes[0].lsn < seen.lsns[0] && seen.lsns[0] < seen.changes[1].lsn)
    }
}
