import Columnar
import QueryLang

/// `lag(x, n, default)` and `lead(x, n, default)`: the value of the one row of the frame `n` rows away, null or not; where
/// there is no such row, the default of the row that asks.
final class ShiftKernel: WindowKernel {
    private let type: ColumnType
    private let rows = KeptVectors()

    init(_ type: ColumnType) { self.type = type }

    func beginPartition() { rows.reset() }

    func append(_ arguments: WindowArguments) { rows.append(arguments.vectors, count: arguments.rowCount) }

    func values(_ runs: [FrameRun]) -> Vector {
        let builder = VectorBuilder(type)
        for run in runs {
            switch run.start {
            case .shifted(let place) where run.end[0] > place: copy(0, place..<place + run.count, to: builder)
            case .shifted, .fixed, .listed: copyDefaults(run.rows, to: builder)
            }
        }
        return builder.take()
    }

    private func copy(_ column: Int, _ part: Range<Int>, to builder: VectorBuilder) {
        rows.forEachPart(of: part) { piece, rows in builder.append(piece.vectors[column], rows) }
    }

    private func copyDefaults(_ part: Range<Int>, to builder: VectorBuilder) {
        if rows.kept.last.map({ $0.vectors.count > 1 }) ?? false {
            copy(1, part, to: builder)
        } else {
            builder.append(.null, count: part.count)
        }
    }

    func release(_ floor: FrameFloor) { rows.forget(before: min(floor.firstRow, floor.row)) }

    var byteCount: Int { rows.byteCount }
}

extension ShiftKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        self.rows.encode(into: &writer, from: min(rows.floor.firstRow, rows.floor.row))
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        let floor = min(rows.floor.firstRow, rows.floor.row)
        try self.rows.decode(from: &reader, rowsMax: rows.rowCount, floor: floor)
        guard self.rows.rowCount == rows.rowCount, self.rows.kept.allSatisfy({ !$0.vectors.isEmpty }) else {
            throw .malformed
        }
    }
}
