import Columnar
import QueryLang

/// The next rows of a partition, in its order.
struct WindowInput {
    /// For each call its arguments, a vector each.
    var arguments: [[Vector]]
    /// What RANGE frames measure, ascending: the timestamps that the window is ordered by; where no distance is asked for,
    /// anything that is equal for rows which compare equal in ORDER BY. Rows without a value come last.
    var axis: Vector?
    /// No row to come will be before this place of the axis; nil if that is not known. With it, rows whose peers have all
    /// come need not wait.
    var nextAxis: Int64?
    /// The designated timestamps, if ``WindowMachine/needsTimes``.
    var times: Vector?
    /// The number of rows.
    var rowCount: Int
}

/// Computes window calls that have the same partitions and the same order, over one partition after the other.
///
/// Rows go in as they come; the values of a row come out once all its frames are known: at once for frames that look back
/// only, with the next rows for others, at the end of the partition at the latest. All calls give values for the same rows,
/// in order, so that they line up with the input. What is kept is what frames to come can hold: a window that looks back
/// keeps as much as its frame, whatever the length of the partition.
final class WindowMachine {
    private let kernels: [any WindowKernel]
    /// For each kernel the index of its frames.
    private let frames: [Int]
    private let finders: [any FrameFinder]
    private let hold: (Int) throws(QueryError) -> Void
    private var heldBytes = 0
    private var rowCount = 0
    private var takenCount = 0
    /// Whether a call needs to know how many rows the partition has.
    private let waitsForPartition: Bool
    private var isEnded = false
    /// Rows of a run at most: what is computed in between, some arrays of 8 bytes a row, stays in the first-level cache.
    private static let runRowsMax = 1024
    /// Whether a call needs ``WindowInput/axis``.
    let needsAxis: Bool
    /// Whether a call needs ``WindowInput/times``.
    let needsTimes: Bool

    /// Makes ready for the first partition.
    ///
    /// - Parameters:
    ///   - calls: the calls; their arguments are computed outside.
    ///   - hold: accounts for bytes that are kept from now on, or, negative, no more; throws if that is too much.
    ///   - checkpoint: called now and then during long computations; throws if they shall end.
    init(
        _ calls: [WindowCall],
        hold: @escaping (Int) throws(QueryError) -> Void,
        checkpoint: @escaping () throws(QueryError) -> Void
    ) {
        let calls = calls.map(\.simplified)
        var distinct: [WindowFrame] = []
        frames = calls.map { call in
            if let index = distinct.firstIndex(of: call.kernelFrame) { return index }
            distinct.append(call.kernelFrame)
            return distinct.count - 1
        }
        finders = distinct.map { $0.finder() }
        kernels = calls.kernels(checkpoint: checkpoint)
        needsAxis = distinct.contains { $0.needsAxis }
        needsTimes = calls.contains { $0.needsTimes }
        waitsForPartition = calls.contains { $0.waitsForPartition }
        self.hold = hold
    }

    /// Makes ready for the first partition, as a part of an execution.
    convenience init(_ calls: [WindowCall], _ context: ExecutionContext) {
        self.init(
            calls,
            hold: { (bytes) throws(QueryError) in try context.hold(bytes: bytes) },
            checkpoint: { () throws(QueryError) in try context.checkpoint() }
        )
    }

    deinit {
        // Giving memory back never fails.
        try? hold(-heldBytes)
    }

    /// Rows whose values are known and not yet taken.
    var decidedCount: Int {
        if waitsForPartition, !isEnded { return 0 }
        return (finders.map(\.decidedEnd).min() ?? rowCount) - takenCount
    }

    /// Forgets the partition before.
    func beginPartition() throws(QueryError) {
        for finder in finders { finder.beginPartition() }
        for kernel in kernels { kernel.beginPartition() }
        (rowCount, takenCount) = (0, 0)
        isEnded = false
        try account()
    }

    /// Takes the next rows.
    func append(_ input: WindowInput) throws(QueryError) {
        for finder in finders {
            try finder.append(axis: input.axis, rowCount: input.rowCount)
            if let next = input.nextAxis { finder.advance(to: next) }
        }
        for (kernel, vectors) in zip(kernels, input.arguments) {
            try kernel.append(WindowArguments(vectors: vectors, times: input.times, rowCount: input.rowCount))
        }
        rowCount += input.rowCount
        try release()
    }

    /// No more rows will come: all are decided.
    func endPartition() {
        for finder in finders { finder.endPartition() }
        isEnded = true
    }

    /// The values of the next rows, at most ``decidedCount``: a vector for each call.
    func take(_ count: Int) throws(QueryError) -> [Vector] {
        precondition(count <= decidedCount, "BUG: rows whose frames are not known")
        let rows = takenCount..<takenCount + count
        let runs = finders.map { $0.runs(rows).flatMap { $0.split(rowsMax: Self.runRowsMax) } }
        var values: [Vector] = []
        for (kernel, frame) in zip(kernels, frames) { values.append(try kernel.values(runs[frame])) }
        takenCount += count
        try release()
        return values
    }

    /// Lets go of what no frame to come can hold.
    private func release() throws(QueryError) {
        let floors = finders.map { $0.release(before: takenCount) }
        for (kernel, frame) in zip(kernels, frames) { kernel.release(floors[frame]) }
        try account()
    }

    private func account() throws(QueryError) {
        let bytes = finders.reduce(0) { $0 + $1.byteCount } + kernels.reduce(0) { $0 + $1.byteCount }
        let change = bytes - heldBytes
        heldBytes = bytes
        if change != 0 { try hold(change) }
    }
}

extension WindowMachine {
    /// Writes the state: what rows to come need of those that were taken. False, with nothing written, while rows wait for
    /// their values.
    func encode(into writer: inout FoldStateWriter) -> Bool {
        guard takenCount == rowCount, !isEnded, finders.allSatisfy({ $0.decidedEnd == rowCount }) else { return false }
        let floors = finders.map { $0.release(before: takenCount) }
        writer.write(Self.stateVersion)
        writer.write(Int64(rowCount))
        writer.write(UInt32(finders.count))
        writer.write(UInt32(kernels.count))
        for finder in finders { Self.writePart(into: &writer) { finder.encode(into: &$0) } }
        for (kernel, frame) in zip(kernels, frames) {
            let rows = KeptRows(rowCount: rowCount, floor: floors[frame])
            Self.writePart(into: &writer) { kernel.encode(into: &$0, rows) }
        }
        return true
    }

    /// Takes over a state that a machine of the same calls wrote, in place of the partition that was begun.
    ///
    /// - Throws: ``FoldStateError`` if the bytes are not such a state; then the machine has forgotten all rows.
    func decode(from reader: inout FoldStateReader) throws(FoldStateError) {
        for finder in finders { finder.beginPartition() }
        for kernel in kernels { kernel.beginPartition() }
        do throws(FoldStateError) {
            try decodeParts(from: &reader)
        } catch {
            for finder in finders { finder.beginPartition() }
            for kernel in kernels { kernel.beginPartition() }
            (rowCount, takenCount) = (0, 0)
            throw error
        }
    }

    private func decodeParts(from reader: inout FoldStateReader) throws(FoldStateError) {
        let version = try reader.readUInt8()
        guard version == Self.stateVersion else { throw .unknownVersion(version) }
        let count = try reader.readNumber(upTo: Self.rowsMax)
        guard Int(try reader.read(UInt32.self)) == finders.count, Int(try reader.read(UInt32.self)) == kernels.count
        else { throw .malformed }
        for finder in finders {
            try Self.readPart(from: &reader) { (part) throws(FoldStateError) in
                try finder.decode(from: &part, rowCount: count)
            }
        }
        let floors = finders.map { $0.release(before: count) }
        for (kernel, frame) in zip(kernels, frames) {
            let rows = KeptRows(rowCount: count, floor: floors[frame])
            try Self.readPart(from: &reader) { (part) throws(FoldStateError) in try kernel.decode(from: &part, rows) }
        }
        (rowCount, takenCount) = (count, count)
        isEnded = false
    }

    /// Accounts for what was read: throws if that is too much.
    func accountForDecoded() throws(QueryError) { try account() }
}
