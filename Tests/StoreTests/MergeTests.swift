import Columnar
import Testing

@testable import Store

/// Merging segments: what is chosen, and that nobody notices.
@Suite struct MergeTests {
    private func open(_ directory: TemporaryDirectory, _ stepper: StoreStepper? = nil) throws -> Store {
        try Store.open(directory: directory.path, fileSystem: FaultyFileSystem.quick, stepper: stepper)
    }

    @Test func smallSegmentsAreMergedUntilTheyMatchTheOneBefore() {
        func pick(_ sizes: [UInt64], cold: Bool = false, rested: Bool = false) -> Range<Int>? {
            MergePolicy.pick(sizes: sizes, isCold: cold, isRested: rested)
        }
        #expect(pick([]) == nil)
        #expect(pick([5]) == nil)
        #expect(pick([5, 5, 5]) == nil)
        #expect(pick([5, 5, 5, 5]) == 0..<4)
        #expect(pick([100, 5, 5, 5, 5]) == 1..<5)
        #expect(pick([40, 5, 5, 5, 5]) == 0..<5)
        #expect(pick([100, 5], cold: true) == nil, "a few late rows wait")
        #expect(pick([100, 5], cold: true, rested: true) == 0..<2)
        #expect(pick([100, 50], cold: true) == 0..<2)
        #expect(pick([3 << 30, 1 << 30], cold: true, rested: true) == nil, "too big for the background")
        #expect(MergePolicy.debt(sizes: [10, 30, 5]) == 15)
    }

    @Test func aRowIsRewrittenAFewTimesOnly() {
        // Flushes of one size, merged as the policy says: bytes written by merges, per byte flushed.
        var sizes: [UInt64] = []
        var written: UInt64 = 0
        for _ in 0..<1_000 {
            sizes.append(1)
            while let range = MergePolicy.pick(sizes: sizes, isCold: false, isRested: false) {
                let total = sizes[range].reduce(0, +)
                sizes.replaceSubrange(range, with: [total])
                written += total
            }
            #expect(sizes.count <= 20)
        }
        #expect(written <= 10 * 1_000)
    }

    @Test func theBackgroundMergesWhatFlushesLeave() throws {
        let stepper = StoreStepper { 0 }
        let directory = TemporaryDirectory()
        let store = try open(directory, stepper)
        try store.createTable(Fixture.ticks)
        var held: [(snapshot: any TableSnapshot, count: Int)] = []
        for round in 0..<20 {
            let times = (0..<50).map { Int64($0 * 20 + (round * 7) % 20) }
            try store.append(Fixture.ticks("A", times: times, seq: Int64(round * 50)))
            try store.flush()
            held.append((store.snapshot(), (round + 1) * 50))
            while stepper.compact() {}
        }
        #expect(store.statistics.segments < 8)
        for (snapshot, count) in held { #expect(try snapshot.rows("ticks")["A"]?.count == count) }
        let rows = try store.rows("ticks")
        try store.compact()
        #expect(try store.rows("ticks") == rows, "arrival order is kept among equal times")
        #expect(store.statistics.segments == 1)
        #expect(directory.segments().count > 1, "snapshots keep their files")
        held = []
        #expect(directory.segments().count == 1, "files go with the last reader")
        store.close()
    }

    @Test func manyOverlappingRunsAreMergedInWindowsBothWays() throws {
        let directory = TemporaryDirectory()
        let store = try open(directory)
        try store.createTable(Fixture.ticks)
        var expected: [(time: Int64, seq: Int64)] = []
        var generator = SeededGenerator(seed: 5)
        for round in 0..<12 {
            let times = (0..<9_000).map { _ in Int64.random(in: 0..<50_000, using: &generator) }.sorted()
            try store.append(Fixture.ticks("A", times: times, seq: Int64(round * 9_000)))
            if round % 5 == 0 { try store.flush() }
            for (index, time) in times.enumerated() { expected.append((time, Int64(round * 9_000 + index))) }
        }
        expected.sort { ($0.time, $0.seq) < ($1.time, $1.seq) }
        let wanted = expected.map { Scalar.int64($0.seq) }
        for isForward in [true, false] {
            let found = try store.rows("ticks", isForward: isForward)["A"]?.map { $0[4] }
            #expect(found == wanted)
        }
        store.close()
    }

    @Test func openFilesAreBounded() throws {
        let directory = TemporaryDirectory()
        var options = StoreOptions()
        options.openSegmentsMax = 8
        options.compacts = false
        let store = try Store.open(directory: directory.path, options: options, fileSystem: FaultyFileSystem.quick)
        try store.createTable(Fixture.ticks)
        try store.append(Fixture.ticks("A", times: (0..<100).map { $0 * CivilTime.day }))
        try store.flush()
        for _ in 0..<3 { #expect(try store.rows("ticks")["A"]?.count == 100) }
        #expect(store.core.segmentCache.counts.open <= 8)
        #expect(store.core.segmentCache.counts.misses >= 100)
        store.close()
    }
}
