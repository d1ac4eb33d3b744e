import Columnar
import QueryLang

/// `count()` and `count(x)`.
final class CountKernel: WindowKernel {
    private let counts = ValueCounts()

    func beginPartition() { counts.reset() }

    func append(_ arguments: WindowArguments) {
        if let vector = arguments.vectors.first, vector.isNull {
            counts.appendNone(arguments.rowCount)
        } else {
            counts.append(arguments.vectors.first?.validity, count: arguments.rowCount)
        }
    }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        try .integers(.int64, count: runs.rowCount) { target, _ in
            var offset = 0
            for run in runs {
                switch counts.counts(run) {
                case .constant(let count): (target + offset).initialize(repeating: Int64(count), count: run.count)
                case .listed(let counts):
                    for index in 0..<run.count { target[offset &+ index] = Int64(counts[index]) }
                }
                offset += run.count
            }
        }
    }

    func release(_ floor: FrameFloor) { counts.forget(before: floor.firstEdge) }

    var byteCount: Int { counts.byteCount }
}

/// `row_number()`.
final class RowNumberKernel: WindowKernel {
    func beginPartition() {}

    func append(_ arguments: WindowArguments) {}

    func values(_ runs: [FrameRun]) -> Vector {
        let first = runs.first?.rows.lowerBound ?? 0
        return Vector(type: .int64, form: .sequence(start: Int64(first) + 1, step: 1, count: runs.rowCount))
    }

    func release(_ floor: FrameFloor) {}

    var byteCount: Int { 0 }
}

extension CountKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) { counts.encode(into: &writer) }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        try counts.decode(from: &reader, rowCount: rows.rowCount, floor: rows.floor.firstEdge)
    }
}

extension RowNumberKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {}

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) {}
}
