import Columnar
import Store
import TestSupport

/// The things that a run may do.
enum TortureOperation: CaseIterable {
    case append, query, checkAll, hold, recheck, step, flush, compact
    case createTable, dropTable, addColumn, dropRows, dropSeries, setTimeToLive
    case backup, reopen, kill, cutPower, armCrash, damage, changeFaults

    /// How often it is chosen, about, in a run that has it.
    var weight: Int {
        switch self {
        case .append: 40
        case .step: 25
        case .query: 8
        case .flush, .changeFaults, .armCrash: 4
        case .checkAll, .hold, .recheck, .createTable, .reopen, .kill, .cutPower: 2
        case .compact: 3
        case .dropTable: 1
        case .addColumn: 2
        case .dropRows: 3
        case .dropSeries: 1
        case .setTimeToLive: 2
        case .backup: 1
        case .damage: 1
        }
    }
}

/// What one seed does much, little and not at all: runs that differ find more than runs that do everything a bit.
struct TortureSwarm {
    let options: StoreOptions
    let operationCount: Int
    let syncOneIn: UInt64
    private let wheel: [TortureOperation]
    private let errorKinds: [DiskCall]
    private let errorRate: UInt64
    private let runsFull: Bool
    private let shortWriteRate: UInt64

    init(_ generator: inout SeededGenerator) {
        var options = StoreOptions()
        options.memtableFlushBytes = generator.pick([2_000, 20_000, 200_000, 64 << 20])
        options.readMode = generator.oneIn(2) ? .mapped : .buffered
        options.compression = generator.oneIn(4) ? .none : .smallest
        options.compacts = !generator.oneIn(4)
        options.compactionBytesPerSecond = 0
        options.flushRetryNanoseconds = 1_000_000
        options.openSegmentsMax = generator.pick([1, 3, 4096])
        self.options = options
        operationCount = generator.int(15...60)
        syncOneIn = generator.pick([1, 2, 10])
        var wheel: [TortureOperation] = []
        for operation in TortureOperation.allCases where operation.weight > 0 {
            let isLeftOut = operation != .append && generator.oneIn(4)
            let weight = isLeftOut ? 0 : generator.int(1...operation.weight * 2)
            wheel += Array(repeating: operation, count: weight)
        }
        self.wheel = wheel
        errorKinds = generator.oneIn(2) ? [] : DiskCall.allCases.filter { _ in generator.oneIn(4) }
        errorRate = generator.pick([5, 20, 100])
        runsFull = generator.oneIn(4)
        shortWriteRate = generator.pick([0, 2, 10])
    }

    func next(_ generator: inout SeededGenerator) -> TortureOperation { generator.pick(wheel) }

    /// Faults of one phase of the run; none in about half of them.
    func faults(usedBytes: Int, _ generator: inout SeededGenerator) -> DiskFaults {
        var faults = DiskFaults()
        faults.shortWriteOneIn = shortWriteRate
        guard generator.oneIn(2) else { return faults }
        for kind in errorKinds { faults.errorOneIn[kind] = errorRate }
        if runsFull { faults.capacity = usedBytes + generator.int(0...8_000) }
        return faults
    }
}
