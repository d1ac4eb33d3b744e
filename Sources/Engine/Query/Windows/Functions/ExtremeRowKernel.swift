import Columnar
import QueryLang

/// `min(x)` and `max(x)` of text and truth values, `arg_min(x, by)` and `arg_max(x, by)`: the row that may be picked is at the
/// front of a queue, each row of which is better than all after it (Lemire 2006), so that a row costs O(1) on average.
///
/// A row is skipped if an argument is null or what decides is NaN; of rows that are equal the first one counts.
final class ExtremeRowKernel<Direction: ExtremeDirection>: WindowKernel {
    private struct Candidate {
        let row: Int
        let key: Scalar
    }

    private let type: ColumnType
    private let rows = KeptVectors()
    /// Candidates from `head` on; what stands before is spent.
    private var queue: [Candidate] = []
    private var head = 0
    /// Rows before this one were taken.
    private var end = 0

    init(_ type: ColumnType) { self.type = type }

    func beginPartition() {
        rows.reset()
        queue.removeAll(keepingCapacity: true)
        (head, end) = (0, 0)
    }

    func append(_ arguments: WindowArguments) { rows.append(arguments.vectors, count: arguments.rowCount) }

    func values(_ runs: [FrameRun]) -> Vector {
        var mask = ValidityMask(count: runs.rowCount)
        var picks: [Int] = []
        picks.reserveCapacity(runs.rowCount)
        for run in runs {
            for index in 0..<run.count {
                let frame = run.start[index]..<run.end[index]
                take(frame)
                let isThere = !frame.isEmpty && head < queue.count
                if !isThere { mask.setNull(picks.count) }
                picks.append(isThere ? queue[head].row : picks.last ?? -1)
            }
        }
        return rows.gather(picks, type: type, validity: mask.validity)
    }

    /// Lets the rows before a frame go, and takes those up to its end.
    private func take(_ frame: Range<Int>) {
        while head < queue.count, queue[head].row < frame.lowerBound { head += 1 }
        if head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        let new = max(end, frame.lowerBound)..<max(end, frame.upperBound)
        rows.forEachPart(of: new) { piece, part in
            let last = piece.vectors.count - 1
            for index in part {
                let key = piece.vectors[last].scalar(at: index)
                if key.isNull || key.isNaN || last > 0 && piece.vectors[0].scalar(at: index).isNull { continue }
                while queue.count > head, Direction.prefers(key, to: queue[queue.count - 1].key, ScalarOrder.isLess) {
                    queue.removeLast()
                }
                queue.append(Candidate(row: piece.first + index, key: key))
            }
        }
        end = new.upperBound
    }

    func release(_ floor: FrameFloor) { rows.forget(before: floor.firstRow) }

    var byteCount: Int { rows.byteCount + queue.capacity * MemoryLayout<Candidate>.stride }
}

extension ExtremeRowKernel {
    /// The queue is that of the rows, and is made again.
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(end))
        self.rows.encode(into: &writer, from: rows.floor.firstRow)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let taken = try reader.readNumber(upTo: rows.rowCount)
        let start = rows.floor.firstRow
        try self.rows.decode(from: &reader, rowsMax: rows.rowCount, floor: start)
        guard self.rows.rowCount == rows.rowCount, self.rows.kept.allSatisfy({ !$0.vectors.isEmpty }) else {
            throw .malformed
        }
        end = min(start, taken)
        take(start..<max(start, taken))
        end = taken
    }
}
