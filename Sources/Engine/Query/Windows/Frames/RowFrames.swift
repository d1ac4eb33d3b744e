import Columnar
import QueryLang

/// Frames that are bounded by numbers of rows, or hold the whole partition.
final class RowFrames: FrameFinder {
    /// From a row to the first of its frame; nil if that is the first of the partition.
    private let startOffset: Int?
    /// From a row to the one after the last of its frame; nil if that is the end of the partition.
    private let endOffset: Int?
    private let isEmpty: Bool
    private let holdsOwnRow: Bool
    private var rowCount = 0
    private var isEnded = false

    /// Farther than the ends of any partition, and far from overflow.
    private static let offsetMax: Int64 = 1 << 48

    init(_ frame: WindowFrame) {
        func offset(_ bound: WindowFrame.Bound) -> Int? {
            WindowFrame.distance(bound).map { Int(min(max($0, -Self.offsetMax), Self.offsetMax)) }
        }
        startOffset = offset(frame.start)
        endOffset = offset(frame.end).map { $0 + 1 }
        isEmpty = frame.isEmpty
        holdsOwnRow = frame.holdsOwnRow
    }

    func beginPartition() {
        rowCount = 0
        isEnded = false
    }

    func append(axis: Vector?, rowCount: Int) { self.rowCount += rowCount }

    func advance(to place: Int64) {}

    func endPartition() { isEnded = true }

    var decidedEnd: Int {
        if isEnded || isEmpty { return rowCount }
        guard let endOffset else { return 0 }
        // The frame of row i is known once row i + endOffset - 1 is there.
        return min(rowCount, max(0, rowCount - endOffset + 1))
    }

    func runs(_ rows: Range<Int>) -> [FrameRun] {
        if rows.isEmpty { return [] }
        if isEmpty { return [FrameRun(rows: rows, start: .fixed(0), end: .fixed(0), holdsOwnRow: false)] }
        var runs: [FrameRun] = []
        var row = rows.lowerBound
        while row < rows.upperBound {
            let (start, startLimit) = edge(startOffset, else: 0, at: row)
            let (end, endLimit) = edge(endOffset, else: rowCount, at: row)
            let next = min(rows.upperBound, startLimit, endLimit)
            runs.append(FrameRun(rows: row..<next, start: start, end: end, holdsOwnRow: holdsOwnRow))
            row = next
        }
        return runs
    }

    /// The edge of a row, and the first row after it whose edge is of another kind.
    private func edge(_ offset: Int?, else unbounded: Int, at row: Int) -> (FrameEdge, limit: Int) {
        guard let offset else { return (.fixed(unbounded), .max) }
        if row + offset < 0 { return (.fixed(0), -offset) }
        if row + offset >= rowCount { return (.fixed(rowCount), .max) }
        return (.shifted(row + offset), rowCount - offset)
    }

    func release(before row: Int) -> FrameFloor {
        if isEmpty { return FrameFloor(row: row, start: rowCount, end: rowCount) }
        func place(_ offset: Int) -> Int { min(max(row + offset, 0), rowCount) }
        return FrameFloor(row: row, start: startOffset.map(place), end: endOffset.map(place) ?? rowCount)
    }

    var byteCount: Int { 0 }
}

extension RowFrames {
    func encode(into writer: inout FoldStateWriter) {}

    func decode(from reader: inout FoldStateReader, rowCount: Int) throws(FoldStateError) {
        beginPartition()
        self.rowCount = rowCount
    }
}
