import MarketStore

/// The writes of write-ahead logs that no checkpoint covers: they may or may not be in the year files.
///
/// Memory: the places of the writes, not their rows.
struct PendingWrites {
    /// One write to one slot.
    struct Write {
        /// Place in `logs` of the file that has it.
        let log: Int
        /// Where its rows are.
        let data: Range<Int64>
        let index: Int64
        let isVariable: Bool
        let rowBytes: Int
        /// The columns, without `Epoch`; the same array for all writes of a bucket.
        let columns: [Bucket.Column]
    }

    private(set) var logs: [SparseFile] = []
    /// Writes by year file, in the order in which they were made.
    private(set) var byFile: [YearFileName: [Write]] = [:]
    /// Number of transactions that are pending.
    private(set) var transactionCount = 0

    /// Reads a log; tells of damage, goes on behind it where it can.
    mutating func read(_ path: String, damage: (FileDamage) -> Void) throws(CommandError.Failure) {
        let file = try SparseFile(path)
        let log = logs.count
        logs.append(file)
        var reader = WALFileReader(file)
        var pending: [(transaction: WALTransaction, offset: Int64)] = []
        var isReplayed = false
        while let (offset, message) = try reader.next(damage: damage) {
            switch message {
            case .status(_, let replay, _): isReplayed = replay == 2
            case .transaction(let transaction): pending.append((transaction, offset))
            case .progress(let id, let isCheckpoint, let state):
                guard isCheckpoint, state == WALMessage.complete else { continue }
                pending.removeAll { $0.transaction.id <= id }
            }
        }
        guard !isReplayed else { return }
        transactionCount += pending.count
        for (transaction, offset) in pending.sorted(by: { $0.transaction.id < $1.transaction.id }) {
            for write in transaction.writes { add(write, at: offset, log, damage) }
        }
    }

    private mutating func add(
        _ write: WALTransaction.Write,
        at offset: Int64,
        _ log: Int,
        _ damage: (FileDamage) -> Void
    ) {
        guard let file = YearFileName(relativePath: write.path) else {
            damage(FileDamage(offset, "a write to '\(write.path)', which is no year file of a bucket"))
            return
        }
        let start = offset + Int64(write.data.lowerBound)
        let first = byFile[file]?.first?.columns
        byFile[file, default: []].append(
            Write(
                log: log,
                data: start..<start + Int64(write.data.count),
                index: write.index,
                isVariable: write.isVariable,
                rowBytes: write.rowBytes,
                columns: first == write.columns ? first ?? [] : write.columns
            )
        )
    }
}

/// Reads a write-ahead log message by message; holds one in memory.
struct WALFileReader {
    private let file: SparseFile
    private var offset: Int64 = 0
    private var buffer: [UInt8] = []
    private var isOver = false
    /// Bytes at the end that are no whole message: a write that was never finished.
    private(set) var tornBytes: Int64 = 0

    init(_ file: SparseFile) { self.file = file }

    /// The next message and its place; nil at the end. Damage is told; what follows it is read where the length of the
    /// damaged message is known.
    mutating func next(damage: (FileDamage) -> Void) throws(CommandError.Failure) -> (Int64, WALMessage)? {
        while !isOver, offset < file.byteCount {
            let at = offset
            try file.read(at..<at + Int64(WALMessage.headBytes), into: &buffer)
            let length = buffer.withUnsafeBytes { head in
                Result { () throws(FileDamage) in try WALMessage.length(head, at: at) }
            }
            do throws(FileDamage) {
                guard let length = try length.get(), length <= file.byteCount - at else {
                    tornBytes = file.byteCount - at
                    isOver = true
                    return nil
                }
                offset = at + length
            } catch {
                damage(error)
                isOver = true
                return nil
            }
            try file.read(at..<offset, into: &buffer)
            let message = buffer.withUnsafeBytes { bytes in
                Result { () throws(FileDamage) in try WALMessage(bytes, at: at) }
            }
            switch message {
            case .success(let message): return (at, message)
            case .failure(let error): damage(error)
            }
        }
        return nil
    }
}
