import Columnar
public import Store
import TestSupport

/// Fails the first file-system call of an operation, then the second, and so on until none is left to fail. Each time the
/// operation must succeed or throw, reads must stay right, and the store must open again with what it should hold.
public struct FailureSweep: Sendable {
    /// What is done while a call fails.
    public enum Operation: String, Sendable, CaseIterable {
        case openEmpty, open, appendSync, appendInterval, createTable, dropTable, addColumn, dropRows, dropSeries
        case setTimeToLive, flush, compact, backup, read, closeAndFlush, close
    }

    /// How the process ends after the failure.
    private enum Ending: Int, CaseIterable {
        case close, kill, powerCut
    }

    /// No operation makes more calls.
    private static let callsMax = 2_000

    private let readMode: StoreOptions.ReadMode

    /// Prepares a sweep with one way to read segments.
    public init(readMode: StoreOptions.ReadMode) { self.readMode = readMode }

    /// Runs all of it; returns how many calls were made to fail.
    ///
    /// Throws ``ModelViolation`` if a promise is broken.
    public func run(_ operation: Operation, _ failure: DiskFailure) throws -> Int {
        let base = try operation == .openEmpty ? empty() : filled()
        for call in 1...Self.callsMax {
            let ending = Ending.allCases[call % Ending.allCases.count]
            do {
                guard try attempt(operation, base.copy(seed: UInt64(call)), failure, call, ending) else {
                    return call - 1
                }
            } catch {
                throw ModelViolation("\(operation), \(failure) at call \(call), then \(ending): \(error)")
            }
        }
        throw ModelViolation("\(operation) makes more than \(Self.callsMax) calls")
    }

    /// Whether the call came.
    private func attempt(
        _ operation: Operation,
        _ harness: StoreHarness,
        _ failure: DiskFailure,
        _ call: Int,
        _ ending: Ending
    ) throws -> Bool {
        let opensFirst = operation != .open && operation != .openEmpty
        if opensFirst {
            try harness.open()
            try prepare(operation, harness)
        }
        harness.disk.failCall(call, with: failure)
        let madeBackup = try perform(operation, harness)
        let hasFailed = !harness.disk.cancelPlan()
        if operation == .backup { try checkBackup(madeBackup, harness) }
        if !harness.disk.isDown, harness.store != nil { try harness.checkAll() }
        try end(ending, harness)
        try harness.open()
        // What it could not do then it can do now.
        if harness.live.tables[StoreModel.ledger.name] == nil { try harness.apply(.createTable(StoreModel.ledger)) }
        try harness.apply(.batch(ModelBatch(id: 1_000, time: 0, groups: [])))
        guard try harness.flush() else { throw ModelViolation("flush fails on a healthy disk") }
        try harness.checkAll()
        try harness.close(flush: true)
        if call % 4 == 0 { try harness.verify() }
        return hasFailed
    }

    private func end(_ ending: Ending, _ harness: StoreHarness) throws {
        switch ending {
        case .close where !harness.disk.isDown: try harness.close(flush: false)
        case .close, .kill: try harness.kill()
        case .powerCut: try harness.cutPower(seed: UInt64(harness.disk.counters.total))
        }
    }

    // MARK: Operations

    private func prepare(_ operation: Operation, _ harness: StoreHarness) throws {
        switch operation {
        // Something that an fsync is due for, and something to flush.
        case .appendSync, .createTable, .dropRows, .flush, .compact, .backup, .closeAndFlush, .close:
            try harness.apply(.batch(batch(100)), .interval)
        default: break
        }
    }

    /// Whether a backup was made.
    private func perform(_ operation: Operation, _ harness: StoreHarness) throws -> Bool {
        switch operation {
        case .open, .openEmpty:
            do { try harness.open() } catch is TableError {}
        case .appendSync: try harness.apply(.batch(batch(101)), .sync)
        case .appendInterval: try harness.apply(.batch(batch(101)), .interval)
        case .createTable: try harness.apply(.createTable(Self.schema("other", .event)))
        case .dropTable: try harness.apply(.dropTable("events"))
        case .addColumn: try harness.apply(.addColumn(Column("more", .symbol), table: "events"))
        case .dropRows:
            let middle = Self.start + CivilTime.hour / 2
            let times = [
                TimeRange(start: Self.start, end: middle), TimeRange(start: middle, end: middle + CivilTime.hour / 2),
            ]
            try harness.apply(.dropRows(table: "events", series: .all, times: times))
        case .dropSeries: try harness.apply(.dropRows(table: "events", series: .named(["A"]), times: [.all]))
        case .setTimeToLive: try harness.apply(.setTimeToLive(CivilTime.day, table: "events"))
        case .flush: try harness.flush()
        case .compact: try harness.compact()
        case .backup: return try harness.backup(to: "/backup")
        case .read: try harness.checkAll()
        case .closeAndFlush: try harness.close(flush: true)
        case .close: try harness.close(flush: false)
        }
        return false
    }

    /// A backup that was made is whole; one that was not does not keep the next from being made.
    private func checkBackup(_ isMade: Bool, _ harness: StoreHarness) throws {
        guard !isMade else { return try harness.checkBackup("/backup", harness.live) }
        let canTryAgain = !harness.disk.isDown && harness.store?.statistics.readOnlyReason == nil
        if canTryAgain, try harness.backup(to: "/again") { try harness.checkBackup("/again", harness.live) }
    }

    // MARK: State before it

    private static let start: Int64 = 1_700_000_000_000_000_000

    private static func schema(_ name: String, _ kind: TableKind) -> TableSchema {
        let columns = [
            Column("time", .timestamp), Column("symbol", .symbol), Column("batch", .int64), Column("price", .float64),
            Column("side", .symbol), Column("note", .string),
        ]
        guard let schema = TableSchema(name: name, kind: kind, columns: columns) else {
            preconditionFailure("BUG: the schema is valid")
        }
        return schema
    }

    private func batch(_ id: Int64) -> ModelBatch {
        let time = Self.start + id * 7 * CivilTime.hour / 4
        let groups = ["events", "bars"].flatMap { table in
            ["A", "B\(id % 3)"].map { series in
                let times = (0..<3).map { time + Int64($0) * CivilTime.minute }
                return AppendGroup(
                    table: table,
                    series: series,
                    columns: [
                        .timestamps(times), nil, .int64([id, id, id]), .decimals([id, id + 1, 3], scale: 2),
                        .symbols(["buy", "sell", "buy"]), .strings(["", "note \(id)", "é"]),
                    ],
                    rowCount: 3
                )
            }
        }
        return ModelBatch(id: id, time: time, groups: groups)
    }

    private func empty() throws -> StoreHarness {
        var options = StoreOptions()
        options.readMode = readMode
        // Files are opened again and again.
        options.openSegmentsMax = 1
        options.compactionBytesPerSecond = 0
        return StoreHarness(disk: SimulatedDisk(seed: 1), options: options)
    }

    /// Rows in several segments of several partitions, rows in the WAL, closed.
    private func filled() throws -> StoreHarness {
        let harness = try empty()
        try harness.open()
        try harness.apply(.createTable(StoreModel.ledger))
        try harness.apply(.createTable(Self.schema("events", .event)))
        try harness.apply(.createTable(Self.schema("bars", .regular(timeframe: CivilTime.minute))))
        for id in 1...9 as ClosedRange<Int64> {
            try harness.apply(.batch(batch(id)), .interval)
            if id % 3 == 0 { try harness.flush() }
        }
        try harness.apply(.batch(batch(10)), .interval)
        try harness.kill()
        return harness
    }
}
