import Columnar
import Store
import TestSupport

/// What a seed found.
public struct TortureFailure: Error, CustomStringConvertible {
    /// The seed.
    public let seed: UInt64
    /// What was wrong.
    public let reason: String
    /// What was done up to there.
    public let trace: [String]

    /// The reason, the last steps, and the command that repeats them.
    public var description: String {
        """
        seed \(seed): \(reason)
        the last steps:
          \(trace.suffix(60).joined(separator: "\n  "))
        repeat it with: TORTURE_SEED=\(seed) swift test --filter StoreTortureTests
        """
    }
}

/// One seed's life of a store: random work, faults, crashes, and the model's judgement on every answer.
public final class TortureRun {
    let seed: UInt64
    var generator: SeededGenerator
    let swarm: TortureSwarm
    let harness: StoreHarness
    var maker: BatchMaker
    var held: [HeldSnapshot] = []
    var backups: [(path: String, model: StoreModel)] = []
    private(set) var trace: [String] = []

    /// A snapshot and what it showed when it was taken.
    struct HeldSnapshot {
        let snapshot: any TableSnapshot
        let rows: [(request: ScanRequest, rows: SnapshotReader.Rows)]
    }

    /// Prepares a run; everything follows from the seed.
    public init(seed: UInt64) {
        self.seed = seed
        var generator = SeededGenerator(seed: seed)
        swarm = TortureSwarm(&generator)
        maker = BatchMaker(generator: &generator)
        harness = StoreHarness(disk: SimulatedDisk(seed: generator.next()), options: swarm.options)
        self.generator = generator
    }

    /// Runs to the end, or to the first broken promise.
    public func run() throws(TortureFailure) {
        do {
            try begin()
            for _ in 0..<swarm.operationCount { try next() }
            try finish()
        } catch {
            throw TortureFailure(seed: seed, reason: "\(error)", trace: trace)
        }
    }

    func note(_ text: String) { trace.append(text) }

    private func begin() throws {
        note(
            """
            options: flush at \(swarm.options.memtableFlushBytes), \(swarm.options.readMode), \
            \(swarm.options.compression), compacts \(swarm.options.compacts)
            """
        )
        try harness.open()
        try createTables()
        changeFaults()
    }

    /// The ledger, and a few tables; also after a crash that came before they were durable.
    func createTables() throws {
        if harness.live.tables[StoreModel.ledger.name] == nil { try change(.createTable(StoreModel.ledger)) }
        for number in 1...2 where harness.live.tables["table\(number)"] == nil && generator.oneIn(2) {
            try change(.createTable(maker.schema(number: number, &generator)))
        }
    }

    private func next() throws {
        harness.advanceClock(by: UInt64(generator.int(0...20_000_000)))
        let operation = swarm.next(&generator)
        try perform(operation)
        if harness.disk.isDown {
            try recover()
        } else if harness.store?.statistics.readOnlyReason != nil {
            note("read-only: \(harness.store?.statistics.readOnlyReason ?? "")")
            try harness.checkAll()
            // No write goes through, and reads stay right.
            if harness.live.tables[StoreModel.ledger.name] != nil, generator.oneIn(2) { try append() }
            try harness.checkAll()
            try recover()
        }
    }

    /// A clean end: what is there is there for good, and the files are whole.
    private func finish() throws {
        note("end")
        harness.disk.cancelPlan()
        harness.disk.faults = DiskFaults()
        harness.disk.cancelPlan()
        try harness.checkAll()
        try recheckHeld()
        try harness.close(flush: generator.oneIn(2))
        held.removeAll()
        try harness.verify()
        try reopenHealthy()
        try harness.checkAll()
        for backup in backups { try harness.checkBackup(backup.path, backup.model) }
        try harness.close(flush: false)
    }

    func changeFaults() {
        let used = harness.disk.files.values.reduce(0, +)
        harness.disk.faults = swarm.faults(usedBytes: used, &generator)
        let faults = harness.disk.faults
        if !faults.isEmpty {
            note("faults: \(faults.errorOneIn.keys.map { "\($0)" }.sorted()) \(faults.capacity ?? -1)")
        }
    }
}
