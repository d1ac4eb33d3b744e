public import Columnar

/// Judges a store after the process that wrote to it was killed.
public struct KillCheck: Sendable {
    /// A batch of ``KillWorkload``.
    public struct BatchID: Hashable, Sendable {
        /// Which process.
        public var round: Int64
        /// Which of its threads.
        public var thread: Int64
        /// Which of the thread's batches.
        public var count: Int64

        /// Reads a line that the writer printed; nil if it is another.
        public init?(line: some StringProtocol) {
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == 3 else { return nil }
            (round, thread, count) = (numbers[0], numbers[1], numbers[2])
        }

        init(row: [Scalar]) throws {
            guard row.count == 6, case .int64(let round) = row[2], case .int64(let thread) = row[3],
                case .int64(let count) = row[4]
            else { throw ModelViolation("a row that was never written: \(row)") }
            (self.round, self.thread, self.count) = (round, thread, count)
        }
    }

    /// Throws a ``ModelViolation`` unless every acknowledged batch is there, every batch is whole, and no thread has a batch
    /// without those before it.
    public static func run(_ snapshot: any TableSnapshot, acknowledged: Set<BatchID>) throws {
        var rows: [BatchID: Int] = [:]
        for table in ["events", "bars"] where snapshot.catalog.schema(named: table) != nil {
            let request = ScanRequest(table: table, columns: Array(0..<6))
            for (series, list) in try SnapshotReader(snapshot).rows(request) {
                var seen: Set<BatchID> = []
                for row in list {
                    let id = try BatchID(row: row)
                    guard seen.insert(id).inserted else { throw ModelViolation("\(id) is twice in \(table)/\(series)") }
                    rows[id, default: 0] += 1
                }
            }
        }
        let missing = acknowledged.filter { rows[$0] == nil }
        guard missing.isEmpty else { throw ModelViolation("acknowledged and lost: \(missing.prefix(5))") }
        let whole = KillWorkload.seriesPerBatch * 2
        if let torn = rows.first(where: { $0.value != whole }) {
            throw ModelViolation("\(torn.key) has \(torn.value) rows of \(whole)")
        }
        for id in rows.keys where id.count > 0 {
            var previous = id
            previous.count -= 1
            guard rows[previous] != nil else { throw ModelViolation("\(id) is there, the one before it is not") }
        }
    }
}
