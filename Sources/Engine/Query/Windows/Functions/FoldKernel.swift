import Columnar
import QueryLang

/// Any other aggregate of one output, through its fold over the rows of each frame.
///
/// Frames that begin with the partition, and leave nothing out, grow: one state takes each row once. Other frames are folded
/// anew, some at a time in one call, so that the fold's own loop is specialised; rows with equal frames (peers, whole
/// partitions) share one.
final class FoldKernel<State: Fold>: WindowKernel {
    private let type: ColumnType
    private let startsWithPartition: Bool
    private let checkpoint: () throws(QueryError) -> Void
    private let rows = KeptArguments()
    /// The state over the first `end` rows, for frames that begin with the partition.
    private var running = State()
    private var end = 0
    private var runningValue: Scalar?
    /// The last frame that was folded anew, and its value.
    private var last: (frame: [Range<Int>], value: Scalar)?

    /// Frames that are folded in one call.
    private static var framesMax: Int { 256 }
    /// Rows after which a query that was cancelled shall notice.
    private static var checkedRows: Int { 1 << 16 }

    init(_ type: ColumnType, _ frame: WindowFrame, checkpoint: @escaping () throws(QueryError) -> Void) {
        self.type = type
        self.startsWithPartition = frame.beginsWithPartition && frame.exclusion == .noOthers
        self.checkpoint = checkpoint
    }

    func beginPartition() {
        rows.reset()
        running = State()
        end = 0
        runningValue = nil
        last = nil
    }

    func append(_ arguments: WindowArguments) { rows.append(arguments) }

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
        rows.forEachPart(of: end..<row) { _, arguments, rows in running.update(arguments, rows: rows) }
        end = row
        runningValue = nil
    }
}

/// Other frames, each as the rows in it that count: one range, or what a hole leaves.
extension FoldKernel {
    private func fold(_ run: FrameRun, into builder: VectorBuilder) throws(QueryError) {
        var frames: [[Range<Int>]] = []
        var repeats: [Int] = []
        var rowsSinceCheck = 0
        for index in 0..<run.count {
            let frame = parts(run, index)
            if let last, frames.isEmpty, last.frame == frame {
                builder.append(last.value)
            } else if frames.last == frame {
                repeats[repeats.count - 1] += 1
            } else {
                frames.append(frame)
                repeats.append(1)
                rowsSinceCheck += frame.reduce(0) { $0 + $1.count }
            }
            if frames.count == Self.framesMax || rowsSinceCheck > Self.checkedRows {
                try fold(&frames, &repeats, into: builder)
                rowsSinceCheck = 0
            }
        }
        try fold(&frames, &repeats, into: builder)
    }

    /// The ranges of a frame that are not empty.
    private func parts(_ run: FrameRun, _ index: Int) -> [Range<Int>] {
        if run.hole == nil { return [run.start[index]..<run.end[index]] }
        let (before, own, after) = run.parts(index)
        return [before, own, after].filter { !$0.isEmpty }
    }

    /// Appends the values of some frames, each as often as it stands there, and empties the list.
    private func fold(
        _ frames: inout [[Range<Int>]],
        _ repeats: inout [Int],
        into builder: VectorBuilder
    ) throws(QueryError) {
        if frames.isEmpty { return }
        try checkpoint()
        var states = [State](repeating: State(), count: frames.count)
        let ranges = frames.flatMap(\.self)
        let all = (ranges.map(\.lowerBound).min() ?? 0)..<(ranges.map(\.upperBound).max() ?? 0)
        rows.forEachPart(of: all) { first, arguments, part in
            let whole = first + part.lowerBound..<first + part.upperBound
            var runs: [FoldRun] = []
            for (group, frame) in frames.enumerated() {
                for range in frame {
                    let common = range.clamped(to: whole)
                    if common.isEmpty { continue }
                    runs.append(FoldRun(group: group, rows: common.lowerBound - first..<common.upperBound - first))
                }
            }
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

extension FoldKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(end))
        WindowMachine.writePart(into: &writer) { $0.write(state: running) }
        self.rows.encode(into: &writer, from: startsWithPartition ? end : rows.floor.firstRow)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        end = try reader.readNumber(upTo: rows.rowCount)
        try WindowMachine.readPart(from: &reader) { (part) throws(FoldStateError) in
            running = try part.readFold(State.self)
        }
        let floor = startsWithPartition ? end : rows.floor.firstRow
        try self.rows.decode(from: &reader, rowCount: rows.rowCount, floor: floor)
    }
}
