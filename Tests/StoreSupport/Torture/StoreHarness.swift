public import Columnar
public import Store
import Synchronization

/// A store on a simulated disk beside a model of it: every call is made on both, and what the store answers is checked.
///
/// `live` is what reads must show. `durable` is what must survive a power cut; `tail` holds the changes after it in the
/// order of the WAL, of which any number may survive, but none without those before it. A change whose call failed so that
/// nobody knows (an fsync failed, the machine stopped) is in the tail without being in `live`.
public final class StoreHarness {
    /// How a change ended.
    public enum Outcome: Sendable {
        /// Acknowledged.
        case done
        /// Refused: nothing of it is there, now or later.
        case refused(TableError)
        /// Failed so that it may be there after a restart, whole.
        case unknown(TableError)
    }

    struct Logged {
        let change: ModelChange
        let isAcknowledged: Bool
    }

    struct Queued {
        let batch: ModelBatch
        let durability: Durability
        let completion: Completion
    }

    /// The result of a write, once it is there.
    final class Completion: Sendable {
        let result = Mutex<Result<LSN, TableError>?>(nil)
    }

    /// The disk.
    public let disk: SimulatedDisk
    /// The data directory.
    public let directory: String
    /// How the store is opened.
    public var options: StoreOptions
    /// What reads must show.
    public internal(set) var live = StoreModel()
    /// The open store.
    public internal(set) var store: Store?
    /// Steps the open store; nil if it has threads.
    public internal(set) var stepper: StoreStepper?

    var durable = StoreModel()
    var tail: [Logged] = []
    var queued: [Queued] = []
    /// Whether power was cut since the store was last open.
    var powerWasCut = false
    var countersAtOpen = DiskCounters()
    var lastLSN: LSN = 0
    let now = HarnessClock()

    /// Creates a harness for a directory that has no store yet.
    public init(disk: SimulatedDisk, directory: String = "/data", options: StoreOptions) {
        self.disk = disk
        self.directory = directory
        self.options = options
    }

    /// A harness of a copy of the disk, which knows what this one knows. This one's store must not be open.
    public func copy(seed: UInt64) -> StoreHarness {
        precondition(store == nil, "close the store before its disk is copied")
        let copy = StoreHarness(disk: disk.copy(seed: seed), directory: directory, options: options)
        copy.live = live
        copy.durable = durable
        copy.tail = tail
        copy.powerWasCut = powerWasCut
        return copy
    }

    // MARK: Changes

    /// Makes a change and waits for its end.
    @discardableResult
    public func apply(_ change: ModelChange, _ durability: Durability = .sync) throws -> Outcome {
        guard let store else { preconditionFailure("BUG: a change without a store") }
        do {
            var lsn: LSN?
            switch change {
            case .batch(let batch): lsn = try store.append(AppendBatch(groups: batch.groups), durability: durability)
            case .createTable(let schema): try store.createTable(schema)
            case .dropTable(let name): try store.dropTable(name)
            case .addColumn(let column, let table): try store.addColumn(column, to: table)
            case .dropRows(let table, let series, let times):
                try store.dropRows(of: table, series: series, times: times)
            case .setTimeToLive(let nanoseconds, let table): try store.setTimeToLive(nanoseconds, of: table)
            }
            try settle()
            // A table that is there already is left alone: nothing is written.
            if case .createTable(let schema) = change, live.tables[schema.name] != nil { return .done }
            try record(change, isDurable: durability == .sync, lsn)
            return .done
        } catch let error as TableError {
            try settle()
            return try record(change, error)
        }
    }

    /// Queues a batch; with a store that has threads, waits for it.
    public func queue(_ batch: ModelBatch, _ durability: Durability) throws {
        guard let store, stepper != nil else {
            try apply(.batch(batch), durability)
            return
        }
        let completion = Completion()
        queued.append(Queued(batch: batch, durability: durability, completion: completion))
        store.append(AppendBatch(groups: batch.groups), durability: durability) { result in
            completion.result.withLock { $0 = result }
        }
        try settle()
    }

    /// Takes the results of queued batches that are there, which must come in order.
    func settle() throws {
        while let first = queued.first, let result = first.completion.result.withLock({ $0 }) {
            queued.removeFirst()
            switch result {
            case .success(let lsn): try record(.batch(first.batch), isDurable: first.durability == .sync, lsn)
            case .failure(let error): try record(.batch(first.batch), error)
            }
        }
        if queued.contains(where: { $0.completion.result.withLock { $0 != nil } }) {
            throw ModelViolation("completions came out of order")
        }
    }

    private func record(_ change: ModelChange, isDurable: Bool, _ lsn: LSN?) throws {
        if let unknown = tail.first(where: { !$0.isAcknowledged }) {
            throw ModelViolation("\(change) was acknowledged after the outcome of \(unknown.change) was left open")
        }
        live.apply(change)
        tail.append(Logged(change: change, isAcknowledged: true))
        if isDurable { becomeDurable() }
        guard let lsn, let store else { return }
        guard lsn > lastLSN else { throw ModelViolation("\(change) has LSN \(lsn) after \(lastLSN)") }
        lastLSN = lsn
        let committed = store.snapshot().committed
        guard committed >= lsn else { throw ModelViolation("\(change) has LSN \(lsn), snapshots end at \(committed)") }
    }

    @discardableResult
    private func record(_ change: ModelChange, _ error: TableError) throws -> Outcome {
        try expectReason(for: error, of: "\(change)")
        switch error.code {
        case .diskFull, .congested: return .refused(error)
        case .io, .readOnly, .closed:
            tail.append(Logged(change: change, isAcknowledged: false))
            return .unknown(error)
        case .unknownTable, .tableExists, .invalid, .corrupt:
            throw ModelViolation("\(change) failed: \(error.code), \(error.message)")
        }
    }

    /// All that was acknowledged survives a power cut from now on.
    func becomeDurable() {
        durable = live
        tail.removeAll()
    }

    /// A failure is wrong if the disk gave no reason for it.
    func expectReason(for error: TableError, of what: String) throws {
        if error.code == .congested || disk.isDown || disk.counters.faults > countersAtOpen.faults { return }
        throw ModelViolation("\(what) failed on a healthy disk: \(error.code), \(error.message)")
    }
}

/// The time that a store without threads sees.
final class HarnessClock: Sendable {
    private let nanoseconds = Atomic<UInt64>(1_000_000_000)

    var value: UInt64 { nanoseconds.load(ordering: .relaxed) }

    func advance(by duration: UInt64) { nanoseconds.add(duration, ordering: .relaxed) }
}
