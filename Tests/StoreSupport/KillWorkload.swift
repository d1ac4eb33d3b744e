public import Columnar
import Glibc
public import Store
import Synchronization
import TestSupport

/// What a process does to a store until it is killed: threads that append batches over two tables and several series, and
/// a loop that flushes, merges, creates and drops tables and deletes rows beside them.
///
/// A batch of a thread has a number, `thread * stride + count`, in every row. Counts ascend from 0 in each process; `round`
/// tells the processes apart.
public struct KillWorkload: Sendable {
    /// Threads that append.
    public static let threadCount = 4
    /// Series that a batch writes to in each of its tables.
    public static let seriesPerBatch = 3

    /// The tables of every batch, one of events and one of slots, and one whose rows are deleted at times.
    public static let tables: [TableSchema] = [
        schema("events", .event), schema("bars", .regular(timeframe: 1_000)), schema("scratch", .event),
    ]

    private let store: Store
    private let seed: UInt64

    /// Prepares the work on an open store that has the tables.
    public init(store: Store, seed: UInt64) {
        self.store = store
        self.seed = seed
    }

    private static func schema(_ name: String, _ kind: TableKind) -> TableSchema {
        let columns = [
            Column("time", .timestamp), Column("symbol", .symbol), Column("round", .int64), Column("thread", .int64),
            Column("count", .int64), Column("place", .int64),
        ]
        guard let schema = TableSchema(name: name, kind: kind, columns: columns, partition: .hour) else {
            preconditionFailure("BUG: the schema is valid")
        }
        return schema
    }

    /// Never returns while the store takes writes.
    public func run() {
        let isEnding = Flag()
        let threads = (0..<Self.threadCount).map { thread in
            SupportThread.start {
                append(thread: Int64(thread))
                isEnding.raise()
            }
        }
        disturb(until: isEnding)
        for thread in threads { pthread_join(thread, nil) }
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)

        var isRaised: Bool { value.load(ordering: .relaxed) }

        func raise() { value.store(true, ordering: .relaxed) }
    }

    private func append(thread: Int64) {
        var generator = SeededGenerator(seed: seed &* 31 &+ UInt64(thread))
        var count: Int64 = 0
        while true {
            let batch = Self.batch(round: Int64(seed), thread: thread, count: count, late: generator.oneIn(8))
            do throws(TableError) {
                try store.append(batch, durability: .sync)
            } catch {
                if error.code == .congested { continue }
                Self.say("failed \(error.code) \(error.message)", to: 2)
                return
            }
            Self.say("\(seed) \(thread) \(count)", to: 1)
            count += 1
        }
    }

    /// The rows of a batch: one in each of some series of both tables, and one in `scratch`.
    static func batch(round: Int64, thread: Int64, count: Int64, late: Bool) -> AppendBatch {
        // A slot of its own for every batch: rows never replace each other, and all of them can be counted.
        let slot = ((round * 1_000_000 + count) * Int64(threadCount) + thread) * 1_000
        let time = late ? slot - 3_600_000_000_000 : slot
        func group(_ table: String, _ place: Int) -> AppendGroup {
            let values = [round, thread, count, Int64(place)]
            return AppendGroup(
                table: table,
                series: "S\(place)-\(thread % 2)",
                columns: [.timestamps([time]), nil] + values.map { .int64([$0]) },
                rowCount: 1
            )
        }
        let places = 0..<seriesPerBatch
        return AppendBatch(
            groups: places.map { group("events", $0) } + places.map { group("bars", $0) } + [group("scratch", 0)]
        )
    }

    private func disturb(until isEnding: Flag) {
        var generator = SeededGenerator(seed: seed &+ 1_000_000)
        while !isEnding.isRaised {
            let table = "extra\(generator.int(0...3))"
            do throws(TableError) {
                switch generator.int(0...6) {
                case 0, 1: try store.flush()
                case 2: try store.compact()
                case 3: try store.createTable(Self.schema(table, .event))
                case 4 where store.catalog.schema(named: table) != nil: try store.dropTable(table)
                case 5: try store.dropRows(of: "scratch", series: .all, time: .all)
                default: sched_yield()
                }
            } catch {
                // Ends the process with its reason; the test that waits for lines then sees the end.
                Self.say("failed \(error.code) \(error.message)", to: 2)
                exit(1)
            }
        }
    }

    /// One write, so that a kill cannot cut a line from within.
    private static func say(_ line: String, to descriptor: Int32) {
        var text = line + "\n"
        text.withUTF8 { bytes in _ = write(descriptor, bytes.baseAddress, bytes.count) }
    }
}
