import Columnar
import QueryLang

/// `lag(x, n, default) IGNORE NULLS` and `lead`: the value so many rows with a value away; where there is none, the default
/// of the row that asks.
final class PresentShiftKernel: WindowKernel {
    private let type: ColumnType
    /// Rows with a value from the row on; less than 0 for those before.
    private let offset: Int
    /// The values of the rows that have one, one after the other.
    private let present = KeptVectors()
    private let counts = ValueCounts()
    /// The defaults of all rows.
    private let defaults = KeptVectors()
    private var hasDefaults = false

    /// `offset` is not 0.
    init(_ type: ColumnType, _ offset: Int) {
        self.type = type
        self.offset = offset
    }

    func beginPartition() {
        present.reset()
        counts.reset()
        defaults.reset()
    }

    func append(_ arguments: WindowArguments) {
        let vector = arguments.vectors[0]
        let count = arguments.rowCount
        if arguments.vectors.count > 1 {
            hasDefaults = true
            defaults.append([arguments.vectors[1]], count: count)
        }
        if vector.isNull { return counts.appendNone(count) }
        counts.append(vector.validity, count: count)
        guard let validity = vector.validity else { return present.append([vector], count: count) }
        let rows = (0..<count).filter { validity[$0] }.map { UInt32(truncatingIfNeeded: $0) }
        if rows.isEmpty { return }
        present.append([rows.withUnsafeBufferPointer { vector.gather($0) }], count: rows.count)
    }

    func values(_ runs: [FrameRun]) -> Vector {
        let builder = VectorBuilder(type)
        for run in runs {
            for row in run.rows {
                if let number = number(for: row) {
                    present.forEachPart(of: number..<number + 1) { piece, rows in
                        builder.append(piece.vectors[0], rows)
                    }
                } else if hasDefaults {
                    defaults.forEachPart(of: row..<row + 1) { piece, rows in builder.append(piece.vectors[0], rows) }
                } else {
                    builder.append(.null, count: 1)
                }
            }
        }
        return builder.take()
    }

    /// The number of the value among those that are there; nil if there is none.
    private func number(for row: Int) -> Int? {
        let place = offset < 0 ? counts.count(before: row) : counts.count(before: row + 1) - 1
        let (number, overflow) = place.addingReportingOverflow(offset)
        return !overflow && number >= 0 && number < present.rowCount ? number : nil
    }

    func release(_ floor: FrameFloor) {
        if floor.row < counts.rowCount {
            let (first, overflow) = counts.count(before: floor.row).addingReportingOverflow(min(offset, 0))
            present.forget(before: overflow ? 0 : max(first, 0))
        }
        counts.forget(before: floor.row)
        defaults.forget(before: floor.row)
    }

    var byteCount: Int { present.byteCount + counts.byteCount + defaults.byteCount }
}

extension PresentShiftKernel {
    func encode(into writer: inout FoldStateWriter, _ rows: KeptRows) {
        counts.encode(into: &writer)
        present.encode(into: &writer, from: firstPresent(rows.floor))
        writer.write(hasDefaults)
        if hasDefaults { defaults.encode(into: &writer, from: rows.floor.row) }
    }

    func decode(from reader: inout FoldStateReader, _ rows: KeptRows) throws(FoldStateError) {
        beginPartition()
        let end = rows.rowCount
        try counts.decode(from: &reader, rowCount: end, floor: rows.floor.row)
        try present.decode(from: &reader, rowsMax: end, floor: firstPresent(rows.floor))
        hasDefaults = try reader.readBool()
        if hasDefaults { try defaults.decode(from: &reader, rowsMax: end, floor: rows.floor.row) }
        guard present.rowCount == counts.count(before: end), !hasDefaults || defaults.rowCount == end,
            (present.kept + defaults.kept).allSatisfy({ !$0.vectors.isEmpty })
        else { throw .malformed }
    }

    /// The first value that a row to come can ask for.
    private func firstPresent(_ floor: FrameFloor) -> Int {
        let (first, overflow) = counts.count(before: floor.row).addingReportingOverflow(min(offset, 0))
        return overflow ? 0 : max(first, 0)
    }
}
