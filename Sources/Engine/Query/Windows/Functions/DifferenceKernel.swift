import Columnar
import QueryLang

/// `diff(x, n)`: the value of a row minus that of the row `n` before, as `-` computes it: null if there is no such row, one
/// of the two is null, or an integer result does not fit.
final class DifferenceKernel: WindowKernel {
    private let type: ColumnType
    private let doubles = SlidingBuffer<Double>()
    private let integers = SlidingBuffer<Int64>()
    private let counts = ValueCounts()

    /// `type` is that of the result: float64 or int64.
    init(_ type: ColumnType) { self.type = type }

    func beginPartition() {
        doubles.reset()
        integers.reset()
        counts.reset()
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        let count = arguments.rowCount
        if type == .float64 {
            let values = vector.float64Values
            doubles.extend(by: count).initialize(from: values.base, count: count)
            withExtendedLifetime(values) {}
        } else {
            let values = vector.int64Values
            integers.extend(by: count).initialize(from: values.base, count: count)
            withExtendedLifetime(values) {}
        }
        if vector.isNull { counts.appendNone(count) } else { counts.append(vector.validity, count: count) }
    }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        let count = runs.rowCount
        if type == .float64 {
            return try .doubles(count: count) { target, mask in
                write(runs, &mask) { run, place, offset, mask in
                    let left = doubles.pointer(to: run.rows.lowerBound)
                    let right = doubles.pointer(to: place)
                    for index in 0..<run.count { target[offset &+ index] = left[index] - right[index] }
                }
            }
        }
        return try .integers(type, count: count) { target, mask in
            write(runs, &mask) { run, place, offset, mask in
                let left = integers.pointer(to: run.rows.lowerBound)
                let right = integers.pointer(to: place)
                for index in 0..<run.count {
                    let (difference, overflow) = left[index].subtractingReportingOverflow(right[index])
                    target[offset &+ index] = difference
                    if overflow { mask.setNull(offset + index) }
                }
            }
        }
    }

    /// Calls `body` with runs of rows that have a row before, the first of those, and how many rows came before the run.
    private func write(
        _ runs: [FrameRun],
        _ mask: inout ValidityMask,
        _ body: (FrameRun, Int, Int, inout ValidityMask) -> Void
    ) {
        var offset = 0
        for run in runs {
            if case .shifted(let place) = run.start, run.end[0] > place {
                body(run, place, offset, &mask)
                if !counts.isAll {
                    for index in 0..<run.count
                    where !counts.hasValue(place + index) || !counts.hasValue(run.rows.lowerBound + index) {
                        mask.setNull(offset + index)
                    }
                }
            } else {
                mask.setNull(offset..<offset + run.count)
            }
            offset += run.count
        }
    }

    func release(_ floor: FrameFloor) {
        let row = min(floor.firstRow, floor.row)
        doubles.forget(before: row)
        integers.forget(before: row)
        counts.forget(before: row)
    }

    var byteCount: Int { doubles.byteCount + integers.byteCount + counts.byteCount }
}

extension DifferenceKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        if type == .float64 { doubles.encode(into: &writer) } else { integers.encode(into: &writer) }
        counts.encode(into: &writer)
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let first: Int
        if type == .float64 {
            try doubles.decode(from: &reader, end: rows.rowCount)
            first = doubles.first
        } else {
            try integers.decode(from: &reader, end: rows.rowCount)
            first = integers.first
        }
        let floor = min(rows.floor.firstRow, rows.floor.row)
        guard first <= floor else { throw .malformed }
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: floor)
    }
}
