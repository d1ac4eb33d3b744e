import Columnar
import Synchronization

/// Bounds how many segment files are open. At the bound the quarter that was used longest ago is closed.
final class SegmentCache: Sendable {
    /// What the cache did.
    struct Counts: Sendable {
        var hits: UInt64
        var misses: UInt64
        var open: Int
        /// Bytes of files that only snapshots need.
        var deadBytes: UInt64
    }

    /// A segment that is open, not kept alive by the list.
    private struct Entry {
        weak var segment: Segment?
    }

    let readMode: StoreOptions.ReadMode
    private let openMax: Int
    private let entries = Mutex<[Entry]>([])
    private let clock = Atomic<UInt64>(0)
    private let hits = Atomic<UInt64>(0)
    private let misses = Atomic<UInt64>(0)
    private let open = Atomic<Int>(0)
    private let dead = Atomic<UInt64>(0)

    init(readMode: StoreOptions.ReadMode, openMax: Int) {
        self.readMode = readMode
        self.openMax = max(openMax, 4)
    }

    var counts: Counts {
        Counts(
            hits: hits.load(ordering: .relaxed),
            misses: misses.load(ordering: .relaxed),
            open: open.load(ordering: .relaxed),
            deadBytes: dead.load(ordering: .relaxed)
        )
    }

    func tick() -> UInt64 { clock.add(1, ordering: .relaxed).newValue }

    func countHit() { hits.add(1, ordering: .relaxed) }

    /// Counts a segment that was opened, and closes others if there are too many.
    func add(_ segment: Segment) {
        misses.add(1, ordering: .relaxed)
        let count = open.add(1, ordering: .relaxed).newValue
        let victims = entries.withLock { entries -> [Segment] in
            entries.append(Entry(segment: segment))
            guard count > openMax || entries.count > 2 * openMax else { return [] }
            let live = entries.compactMap(\.segment).sorted {
                $0.lastUse.load(ordering: .relaxed) < $1.lastUse.load(ordering: .relaxed)
            }
            let excess = count > openMax ? min(openMax / 4, live.count - 1) : 0
            entries = live.dropFirst(excess).map { Entry(segment: $0) }
            return Array(live.prefix(excess))
        }
        for victim in victims {
            victim.closeReader()
            forget()
        }
    }

    /// Counts a file that waits for its last reader.
    func addDead(_ bytes: UInt64) { dead.add(bytes, ordering: .relaxed) }

    /// Counts a file that is gone.
    func removeDead(_ bytes: UInt64) { dead.subtract(bytes, ordering: .relaxed) }

    /// Counts a segment that was closed.
    func forget() { open.subtract(1, ordering: .relaxed) }
}
