import Columnar
import QueryLang

/// Any other aggregate of one output, through its fold over the rows of each frame.
///
/// Frames that begin with the partition grow: one state takes each row once. Other frames are folded anew, some at a time
/// in one call, so that the fold's own loop is specialised; rows with equal frames (peers, whole partitions) share one.
final class FoldKernel<State: Fold>: WindowKernel {
    private let type: ColumnType
    private let startsWithPartition: Bool
    private let checkpoint: () throws(QueryError) -> Void
    private let rows = KeptVectors()
    /// The arguments of the pieces of ``rows`` that were laid open, by their first row.
    private var opened: [Int: (count: Int, arguments: FoldArguments)] = [:]
    /// The state over the first `end` rows, for frames that begin with the partition.
    private var running = State()
    private var end = 0
    private var runningValue: Scalar?
    /// The last frame that was folded anew, and its value.
    private var last: (frame: Range<Int>, value: Scalar)?

    /// Frames that are folded in one call.
    private static var framesMax: Int { 256 }
    /// Rows after which a query that was cancelled shall notice.
    private static var checkedRows: Int { 1 << 16 }

    init(_ type: ColumnType, _ frame: WindowFrame, checkpoint: @escaping () throws(QueryError) -> Void) {
        self.type = type
        self.startsWithPartition = frame.beginsWithPartition
        self.checkpoint = checkpoint
    }

    func beginPartition() {
        rows.reset()
        opened.removeAll()
        running = State()
        end = 0
        runningValue = nil
        last = nil
    }

    func append(_ arguments: WindowArguments) {
        // The times go along as one more column.
        rows.append(arguments.vectors + (arguments.times.map { [$0] } ?? []), count: arguments.rowCount)
        argumentCount = arguments.vectors.count
    }

    private var argumentCount = 0

    private func arguments(_ piece: KeptVectors.Piece) -> FoldArguments {
        if let known = opened[piece.first], known.count == piece.count { return known.arguments }
        let arguments = FoldArguments(
            Array(piece.vectors.prefix(argumentCount)),
            times: piece.vectors.count > argumentCount ? piece.vectors[argumentCount] : nil,
            rowCount: piece.count
        )
        opened[piece.first] = (piece.count, arguments)
        return arguments
    }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        let builder = VectorBuilder(type)
        for run in runs {
            if startsWithPartition {
                for index in 0..<run.count { builder.append(try value(upTo: run.end[index])) }
            } else {
                try fold(run, into: builder)
            }
        }
        return builder.take()
    }

    func release(_ floor: FrameFloor) {
        var row = floor.firstRow
        if startsWithPartition {
            advance(to: floor.end)
            row = end
        }
        rows.forget(before: row)
        if opened.count > rows.kept.count {
            let kept = Set(rows.kept.map(\.first))
            opened = opened.filter { kept.contains($0.key) }
        }
    }

    var byteCount: Int { rows.byteCount }
}

/// Frames that begin with the partition.
extension FoldKernel {
    private func value(upTo row: Int) throws(QueryError) -> Scalar {
        advance(to: row)
        if let runningValue { return runningValue }
        let value = try running.finalize(output: 0)
        runningValue = value
        return value
    }

    private func advance(to row: Int) {
        if row <= end { return }
        rows.forEachPart(of: end..<row) { piece, rows in running.update(arguments(piece), rows: rows) }
        end = row
        runningValue = nil
    }
}

/// Other frames.
extension FoldKernel {
    private func fold(_ run: FrameRun, into builder: VectorBuilder) throws(QueryError) {
        var frames: [Range<Int>] = []
        var repeats: [Int] = []
        var rowsSinceCheck = 0
        for index in 0..<run.count {
            let frame = run.start[index]..<run.end[index]
            if let last, frames.isEmpty, last.frame == frame {
                builder.append(last.value)
            } else if frames.last == frame {
                repeats[repeats.count - 1] += 1
            } else {
                frames.append(frame)
                repeats.append(1)
                rowsSinceCheck += frame.count
            }
            if frames.count == Self.framesMax || rowsSinceCheck > Self.checkedRows {
                try fold(&frames, &repeats, into: builder)
                rowsSinceCheck = 0
            }
        }
        try fold(&frames, &repeats, into: builder)
    }

    /// Appends the values of some frames, each as often as it stands there, and empties the list.
    private func fold(
        _ frames: inout [Range<Int>],
        _ repeats: inout [Int],
        into builder: VectorBuilder
    ) throws(QueryError) {
        guard let first = frames.first, let final = frames.last else { return }
        try checkpoint()
        var states = [State](repeating: State(), count: frames.count)
        rows.forEachPart(of: first.lowerBound..<final.upperBound) { piece, part in
            let whole = piece.first + part.lowerBound..<piece.first + part.upperBound
            var runs: [FoldRun] = []
            for (group, frame) in frames.enumerated() {
                let common = frame.clamped(to: whole)
                if common.isEmpty { continue }
                runs.append(
                    FoldRun(group: group, rows: common.lowerBound - piece.first..<common.upperBound - piece.first)
                )
            }
            let arguments = arguments(piece)
            states.withUnsafeMutableBufferPointer { states in
                guard let base = states.baseAddress else { return }
                State.update(base, arguments, runs: runs)
            }
        }
        for (index, state) in states.enumerated() {
            let value = try state.finalize(output: 0)
            builder.append(value, count: repeats[index])
            last = (frames[index], value)
        }
        frames.removeAll(keepingCapacity: true)
        repeats.removeAll(keepingCapacity: true)
    }
}
