import Columnar
import QueryLang

/// `first_value(x)`, `last_value(x)` and `nth_value(x, n)`: the value of a row of the frame by its number among those that
/// count, or among those of them that have a value. Finding it takes O(1) steps a row, or a search among running counts.
final class PickKernel: WindowKernel {
    /// Which row.
    enum Place {
        /// The first.
        case first
        /// The last.
        case last
        /// The one of this number, from 1.
        case number(Int)
    }

    private let type: ColumnType
    private let place: Place
    private let skipsNulls: Bool
    /// Whether all frames end with rows that come later than what was asked for, and begin with the partition.
    private let needsLastOnly: Bool
    private let rows = KeptVectors()
    private let counts = ValueCounts()

    init(_ type: ColumnType, _ place: Place, skipsNulls: Bool, _ frame: WindowFrame) {
        self.type = type
        self.place = place
        self.skipsNulls = skipsNulls
        let isLast = if case .last = place { true } else { false }
        needsLastOnly = isLast && !skipsNulls && frame.beginsWithPartition && frame.exclusion == .noOthers
    }

    func beginPartition() {
        rows.reset()
        counts.reset()
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        rows.append([vector], count: arguments.rowCount)
        guard skipsNulls else { return }
        if vector.isNull {
            counts.appendNone(arguments.rowCount)
        } else {
            counts.append(vector.validity, count: arguments.rowCount)
        }
    }

    func values(_ runs: [FrameRun]) -> Vector {
        var mask = ValidityMask(count: runs.rowCount)
        var picks: [Int] = []
        picks.reserveCapacity(runs.rowCount)
        for run in runs {
            for index in 0..<run.count {
                let row = row(run.parts(index))
                if row == nil { mask.setNull(picks.count) }
                // Some row of about the same place stands in for one that is not there.
                picks.append(row ?? picks.last ?? -1)
            }
        }
        return rows.gather(picks, type: type, validity: mask.validity)
    }

    /// The row among those of a frame's parts.
    private func row(_ parts: (Range<Int>, Range<Int>, Range<Int>)) -> Int? {
        let (first, own, last) = (count(parts.0), count(parts.1), count(parts.2))
        var number: Int
        switch place {
        case .first: number = 0
        case .last: number = first + own + last - 1
        case .number(let wanted): number = wanted - 1
        }
        if number < 0 { return nil }
        if number < first { return row(number, of: parts.0) }
        number -= first
        if number < own { return row(number, of: parts.1) }
        number -= own
        return number < last ? row(number, of: parts.2) : nil
    }

    private func count(_ rows: Range<Int>) -> Int {
        if rows.isEmpty { return 0 }
        return skipsNulls ? counts.count(in: rows) : rows.count
    }

    /// The row of a number, from 0, which is less than their count.
    private func row(_ number: Int, of rows: Range<Int>) -> Int {
        if !skipsNulls { return rows.lowerBound + number }
        let wanted = counts.count(before: rows.lowerBound) + number + 1
        var (low, high) = (rows.lowerBound, rows.upperBound - 1)
        while low < high {
            let middle = (low + high) / 2
            if counts.count(before: middle + 1) < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func release(_ floor: FrameFloor) {
        let row = needsLastOnly ? max(floor.end - 1, 0) : floor.firstRow
        rows.forget(before: row)
        counts.forget(before: row)
    }

    var byteCount: Int { rows.byteCount + counts.byteCount }
}

extension PickKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        self.rows.encode(into: &writer, from: firstKept(rows.floor))
        counts.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let floor = firstKept(rows.floor)
        try self.rows.decode(from: &reader, rowsMax: rows.rowCount, floor: floor)
        guard self.rows.rowCount == rows.rowCount, self.rows.kept.allSatisfy({ !$0.vectors.isEmpty }) else {
            throw .malformed
        }
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: floor)
    }

    private func firstKept(_ floor: FrameFloor) -> Int { needsLastOnly ? max(floor.end - 1, 0) : floor.firstRow }
}
