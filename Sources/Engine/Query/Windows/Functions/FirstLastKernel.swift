import Columnar
import QueryLang

/// `first(x)` and `last(x)`: the first or last value of the frame that is not null, of any type. Of frames that begin with
/// the partition it does `last(x)` only; see ``FirstOfPartitionKernel``.
final class FirstLastKernel: WindowKernel {
    private let type: ColumnType
    private let isFirst: Bool
    private let startsWithPartition: Bool
    private let rows = KeptVectors()
    private let counts = ValueCounts()
    /// For first: no row from the start of the last frame up to this one has a value. For last: rows before were seen.
    private var position = 0
    /// The last row with a value before `position`.
    private var lastValue: Int?

    init(_ type: ColumnType, isFirst: Bool, _ frame: WindowFrame) {
        self.type = type
        self.isFirst = isFirst
        self.startsWithPartition = frame.beginsWithPartition
    }

    func beginPartition() {
        rows.reset()
        counts.reset()
        position = 0
        lastValue = nil
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        rows.append([vector], count: arguments.rowCount)
        if vector.isNull {
            counts.appendNone(arguments.rowCount)
        } else {
            counts.append(vector.validity, count: arguments.rowCount)
        }
    }

    func values(_ runs: [FrameRun]) -> Vector {
        let builder = VectorBuilder(type)
        for run in runs {
            if let part = neighbours(run) {
                rows.forEachPart(of: part) { piece, rows in builder.append(piece.vectors[0], rows) }
            } else {
                builder.append(picked(run), 0..<run.count)
            }
        }
        return builder.take()
    }

    /// The rows whose values are those of the frames, if they lie one after the other and all have a value.
    private func neighbours(_ run: FrameRun) -> Range<Int>? {
        guard counts.isAll, run.holdsOwnRow, case .shifted(let place) = isFirst ? run.start : run.end else {
            return nil
        }
        let first = isFirst ? place : place - 1
        if !isFirst { advance(to: run.end[run.count - 1]) }
        return first..<first + run.count
    }

    private func picked(_ run: FrameRun) -> Vector {
        var mask = ValidityMask(count: run.count)
        var picks: [Int] = []
        picks.reserveCapacity(run.count)
        for index in 0..<run.count {
            let row = isFirst ? first(run.start[index], run.end[index]) : last(run.start[index], run.end[index])
            if row == nil { mask.setNull(index) }
            // Some row of about the same place stands in for one that is not there.
            picks.append(row ?? picks.last ?? -1)
        }
        return rows.gather(picks, type: type, validity: mask.validity)
    }

    private func first(_ start: Int, _ end: Int) -> Int? {
        position = max(position, start)
        while position < end, !counts.hasValue(position) { position += 1 }
        return position < end ? position : nil
    }

    private func last(_ start: Int, _ end: Int) -> Int? {
        // Rows before the frame are of no use, and may be forgotten.
        position = max(position, start)
        advance(to: end)
        return lastValue.flatMap { $0 >= start && start < end ? $0 : nil }
    }

    /// Sees rows up to one of which no frame to come ends before it.
    private func advance(to end: Int) {
        if counts.isAll {
            if end > position { lastValue = end - 1 }
            position = max(position, end)
            return
        }
        while position < end {
            if counts.hasValue(position) { lastValue = position }
            position += 1
        }
    }

    func release(_ floor: FrameFloor) {
        var row = floor.firstRow
        if startsWithPartition {
            // All frames have the last value so far.
            advance(to: floor.end)
            row = min(lastValue ?? position, position)
        }
        rows.forget(before: row)
        counts.forget(before: row)
    }

    var byteCount: Int { rows.byteCount + counts.byteCount }
}

extension KeptVectors {
    /// The values of rows by their numbers, -1 being none; `validity` says which of them count.
    func gather(_ picks: [Int], type: ColumnType, validity: Validity?) -> Vector {
        guard let last = picks.last, last >= 0 else { return .nulls(type, count: picks.count) }
        var sources: [Vector] = []
        var places: [RowPick] = []
        places.reserveCapacity(picks.count)
        var index = 0
        while index < picks.count {
            let row = max(picks[index], 0)
            guard picks[index] >= 0 else {
                places.append(RowPick(source: 0, row: 0))
                index += 1
                continue
            }
            let piece = kept[piece(of: row)]
            let begin = index
            var (first, last) = (row, row)
            while index < picks.count, piece.rows.contains(picks[index]) {
                (first, last) = (min(first, picks[index]), max(last, picks[index]))
                index += 1
            }
            // Only the rows that are picked, so that the cost does not depend on how many are kept.
            for pick in picks[begin..<index] {
                places.append(RowPick(source: UInt32(sources.count), row: UInt32(pick - first)))
            }
            sources.append(piece.vectors[0].slice(first - piece.first..<last + 1 - piece.first))
        }
        let values = Interleave.vector(sources, places, type: type)
        return Vector(type: type, form: values.form, validity: .both(values.validity, validity))
    }
}

extension FirstLastKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        writer.write(Int64(position))
        writer.write(Int64(lastValue ?? -1))
        self.rows.encode(into: &writer, from: firstKept(rows.floor))
        counts.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        position = try reader.readNumber(upTo: rows.rowCount)
        let last = try reader.readInt64()
        guard last >= -1, last < rows.rowCount else { throw .malformed }
        lastValue = last < 0 ? nil : Int(last)
        let floor = firstKept(rows.floor)
        try self.rows.decode(from: &reader, rowsMax: rows.rowCount, floor: floor)
        guard self.rows.rowCount == rows.rowCount, self.rows.kept.allSatisfy({ !$0.vectors.isEmpty }) else {
            throw .malformed
        }
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: floor)
    }

    private func firstKept(_ floor: FrameFloor) -> Int {
        startsWithPartition ? min(lastValue ?? position, position) : floor.firstRow
    }
}
