import Columnar
import QueryLang

/// `rank()`, `dense_rank()`, `percent_rank()` and `cume_dist()`: the frame of a row holds the rows that are equal to it.
final class RankKernel: WindowKernel {
    /// Which of them.
    enum Kind {
        /// The number of the first equal row.
        case rank
        /// The number of the group.
        case dense
        /// (rank - 1) / (rows - 1).
        case percent
        /// Rows up to the last equal one / rows.
        case cumulative
    }

    private let kind: Kind
    private var rowCount = 0
    private var groups: Int64 = 0

    init(_ kind: Kind) { self.kind = kind }

    func beginPartition() { (rowCount, groups) = (0, 0) }

    func append(_ arguments: WindowArguments) { rowCount += arguments.rowCount }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        switch kind {
        case .rank, .dense:
            return try .integers(.int64, count: runs.rowCount) { target, _ in
                forEachRow(runs) { index, row, start, _ in
                    if start == row { groups += 1 }
                    target[index] = kind == .rank ? Int64(start) + 1 : groups
                }
            }
        case .percent, .cumulative:
            let (rows, others) = (Double(rowCount), Double(max(rowCount - 1, 1)))
            return try .doubles(count: runs.rowCount) { target, _ in
                forEachRow(runs) { index, _, start, end in
                    target[index] = kind == .percent ? Double(start) / others : Double(end) / rows
                }
            }
        }
    }

    private func forEachRow(_ runs: [FrameRun], _ body: (_ index: Int, _ row: Int, _ start: Int, _ end: Int) -> Void) {
        var index = 0
        for run in runs {
            for offset in 0..<run.count {
                body(index, run.rows.lowerBound + offset, run.start[offset], run.end[offset])
                index += 1
            }
        }
    }

    func release(_ floor: FrameFloor) {}

    var byteCount: Int { 0 }
}

/// `ntile(n)`: of r rows the first r mod n parts have one more than the others.
final class TileKernel: WindowKernel {
    private let count: Int
    private var rowCount = 0

    init(count: Int) { self.count = max(count, 1) }

    func beginPartition() { rowCount = 0 }

    func append(_ arguments: WindowArguments) { rowCount += arguments.rowCount }

    func values(_ runs: [FrameRun]) throws(QueryError) -> Vector {
        let (size, larger) = rowCount.quotientAndRemainder(dividingBy: count)
        let largerRows = larger * (size + 1)
        return try .integers(.int64, count: runs.rowCount) { target, _ in
            var index = 0
            for run in runs {
                for row in run.rows {
                    let part = row < largerRows ? row / (size + 1) : larger + (row - largerRows) / max(size, 1)
                    target[index] = Int64(part) + 1
                    index += 1
                }
            }
        }
    }

    func release(_ floor: FrameFloor) {}

    var byteCount: Int { 0 }
}

extension RankKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) { writer.write(groups) }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        rowCount = rows.rowCount
        groups = Int64(try reader.readNumber(upTo: rows.rowCount))
    }
}

extension TileKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {}

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) { rowCount = rows.rowCount }
}
