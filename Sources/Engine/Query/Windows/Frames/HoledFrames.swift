import Columnar
import QueryLang

/// Frames with EXCLUDE: those without it, and which of their rows do not count.
final class HoledFrames: FrameFinder {
    private let frames: any FrameFinder
    /// The rows that are left out, as frames of their own.
    private let holes: any FrameFinder
    private let keepsOwnRow: Bool

    init(_ frame: WindowFrame) {
        var plain = frame
        plain.exclusion = .noOthers
        frames = plain.finder()
        let unit: WindowFrame.Unit = frame.exclusion == .currentRow ? .rows : .groups
        holes = WindowFrame(unit: unit, start: .currentRow, end: .currentRow).finder()
        keepsOwnRow = frame.exclusion == .ties
    }

    func beginPartition() {
        frames.beginPartition()
        holes.beginPartition()
    }

    func append(axis: Vector?, rowCount: Int) throws(QueryError) {
        try frames.append(axis: axis, rowCount: rowCount)
        try holes.append(axis: axis, rowCount: rowCount)
    }

    func advance(to place: Int64) {
        frames.advance(to: place)
        holes.advance(to: place)
    }

    func endPartition() {
        frames.endPartition()
        holes.endPartition()
    }

    var decidedEnd: Int { min(frames.decidedEnd, holes.decidedEnd) }

    func runs(_ rows: Range<Int>) -> [FrameRun] {
        let holes = holes.runs(rows)
        var runs: [FrameRun] = []
        for run in frames.runs(rows) {
            for hole in holes where hole.rows.overlaps(run.rows) {
                let common = run.rows.clamped(to: hole.rows)
                var part = run.part(common.lowerBound - run.rows.lowerBound..<common.upperBound - run.rows.lowerBound)
                let offset = common.lowerBound - hole.rows.lowerBound
                part.hole = FrameHole(
                    start: hole.start.advanced(by: offset),
                    end: hole.end.advanced(by: offset),
                    keepsOwnRow: keepsOwnRow
                )
                part.holdsOwnRow = false
                runs.append(part)
            }
        }
        return runs
    }

    func release(before row: Int) -> FrameFloor {
        _ = holes.release(before: row)
        return frames.release(before: row)
    }

    var byteCount: Int { frames.byteCount + holes.byteCount }
}

extension HoledFrames {
    func encode(into writer: inout FoldStateWriter) {
        frames.encode(into: &writer)
        holes.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, rowCount: Int) throws(FoldStateError) {
        try frames.decode(from: &reader, rowCount: rowCount)
        try holes.decode(from: &reader, rowCount: rowCount)
    }
}
