import Columnar
import QueryLang

/// `sma(x, n)`: the mean of the last `n` values that are not null; null until there are so many.
///
/// Frames are counted in values, not in rows: rows without a value are left out of the sums.
final class MovingAverageKernel: WindowKernel {
    private let length: Int
    private let sums = FrameSums(startsWithPartition: false)
    private let counts = ValueCounts()
    private let starts = Scratch<Int>()

    init(count: Int) { self.length = max(count, 1) }

    func beginPartition() {
        sums.beginPartition()
        counts.reset()
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        if vector.isNull {
            counts.appendNone(arguments.rowCount)
            return
        }
        counts.append(vector.validity, count: arguments.rowCount)
        sums.append(vector.withoutNulls())
    }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        try .doubles(count: runs.rowCount) { target, mask in
            var offset = 0
            for run in runs {
                write(run.rows, to: target, &mask, offset: offset)
                offset += run.count
            }
        }
    }

    private func write(
        _ rows: Range<Int>,
        to target: UnsafeMutablePointer<Double>,
        _ mask: inout ValidityMask,
        offset: Int
    ) {
        // The first row that has enough values before it and in it.
        var (low, high) = (rows.lowerBound, rows.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if counts.count(before: middle + 1) < length { low = middle + 1 } else { high = middle }
        }
        mask.setNull(offset..<offset + low - rows.lowerBound)
        let seeded = low..<rows.upperBound
        if seeded.isEmpty { return }
        let run: FrameRun
        if let ends = counts.list(from: seeded.lowerBound + 1) {
            let starts = starts.room(seeded.count)
            for index in 0..<seeded.count { starts[index] = ends[index] &- length }
            run = FrameRun(rows: seeded, start: .listed(starts), end: .listed(ends), holdsOwnRow: false)
        } else {
            let end = seeded.lowerBound + 1
            run = FrameRun(rows: seeded, start: .shifted(end - length), end: .shifted(end), holdsOwnRow: true)
        }
        sums.write(.mean, run, to: target, &mask, offset: offset + low - rows.lowerBound)
    }

    func release(_ floor: FrameFloor) {
        // The value of the next row is of the values before it, and perhaps its own.
        let end = counts.count(before: floor.row)
        sums.release(FrameFloor(row: end, start: max(0, end - length), end: end))
        counts.forget(before: floor.row)
    }

    var byteCount: Int { sums.byteCount + counts.byteCount }
}

extension Vector {
    /// The rows that hold a value.
    fileprivate func withoutNulls() -> Vector {
        guard let validity else { return self }
        var rows: [UInt32] = []
        rows.reserveCapacity(count)
        for row in 0..<count where validity[row] { rows.append(UInt32(row)) }
        let values = rows.withUnsafeBufferPointer { gather($0) }
        return Vector(type: type, form: values.form)
    }
}

extension MovingAverageKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        counts.encode(into: &writer)
        sums.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: rows.floor.row)
        // The sums are of the values that are there.
        let end = counts.count(before: rows.rowCount)
        let floor = FrameFloor(row: end, start: max(0, end - length), end: end)
        try sums.decode(from: &reader, KeptRows(rowCount: end, floor: floor))
    }
}
