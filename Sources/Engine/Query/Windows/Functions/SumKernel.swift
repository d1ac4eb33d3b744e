import Columnar
import QueryLang

/// `sum(x)`, `avg(x)` and `cumsum(x)` over float64, and `avg(x)` over int64.
final class SumKernel: WindowKernel {
    private let measure: FrameSums.Measure
    private let sums: FrameSums

    init(_ measure: FrameSums.Measure, _ frame: WindowFrame) {
        self.measure = measure
        self.sums = FrameSums(startsWithPartition: frame.beginsWithPartition)
    }

    func beginPartition() { sums.beginPartition() }

    func append(_ arguments: WindowArguments) { sums.append(arguments.vectors[0]) }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        try .doubles(count: runs.rowCount) { target, mask in
            var offset = 0
            for run in runs {
                sums.write(measure, run, to: target, &mask, offset: offset)
                offset += run.count
            }
        }
    }

    func release(_ floor: FrameFloor) { sums.release(floor) }

    var byteCount: Int { sums.byteCount }
}

/// `sum(x)` and `cumsum(x)` over int64: exact; an error if a sum does not fit, as ``IntegerSumFold`` has it.
final class IntegerSumKernel: WindowKernel {
    private let type: ColumnType
    private let sums: FrameSums

    init(_ type: ColumnType, _ frame: WindowFrame) {
        self.type = type
        self.sums = FrameSums(startsWithPartition: frame.beginsWithPartition)
    }

    func beginPartition() { sums.beginPartition() }

    func append(_ arguments: WindowArguments) { sums.append(arguments.vectors[0]) }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        try .integers(type, count: runs.rowCount) { (target, mask) throws(QueryError) in
            var offset = 0
            for run in runs {
                try sums.writeIntegers(run, to: target, &mask, offset: offset)
                offset += run.count
            }
        }
    }

    func release(_ floor: FrameFloor) { sums.release(floor) }

    var byteCount: Int { sums.byteCount }
}

extension SumKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) { sums.encode(into: &writer) }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        try sums.decode(from: &reader, rows)
    }
}

extension IntegerSumKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) { sums.encode(into: &writer) }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        try sums.decode(from: &reader, rows)
    }
}
