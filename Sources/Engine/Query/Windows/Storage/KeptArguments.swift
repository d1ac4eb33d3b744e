import Columnar

/// The arguments of a fold in the last rows of a partition, laid open for it piece by piece.
final class KeptArguments {
    private let rows = KeptVectors()
    /// The arguments of the pieces of ``rows`` that were laid open, by their first row.
    private var opened: [Int: (count: Int, arguments: FoldArguments)] = [:]
    private var argumentCount = 0

    /// Forgets everything.
    func reset() {
        rows.reset()
        opened.removeAll()
    }

    /// Takes the next rows.
    func append(_ arguments: WindowArguments) {
        // The times go along as one more column.
        rows.append(arguments.vectors + (arguments.times.map { [$0] } ?? []), count: arguments.rowCount)
        argumentCount = arguments.vectors.count
    }

    /// Calls `body` with the parts of pieces that hold some rows: the number of the piece's first row, its arguments and the
    /// rows counted in it.
    func forEachPart(of range: Range<Int>, _ body: (Int, borrowing FoldArguments, Range<Int>) -> Void) {
        rows.forEachPart(of: range) { piece, part in body(piece.first, arguments(piece), part) }
    }

    private func arguments(_ piece: KeptVectors.Piece) -> FoldArguments {
        if let known = opened[piece.first], known.count == piece.count { return known.arguments }
        let arguments = FoldArguments(
            Array(piece.vectors.prefix(argumentCount)),
            times: piece.vectors.count > argumentCount ? piece.vectors[argumentCount] : nil,
            rowCount: piece.count
        )
        opened[piece.first] = (piece.count, arguments)
        return arguments
    }

    /// Forgets pieces that lie before a row.
    func forget(before row: Int) {
        rows.forget(before: row)
        if opened.count > rows.kept.count {
            let kept = Set(rows.kept.map(\.first))
            opened = opened.filter { kept.contains($0.key) }
        }
    }

    /// Bytes of memory.
    var byteCount: Int { rows.byteCount }
}

extension KeptArguments {
    /// The first row that is kept.
    var firstRow: Int { rows.firstRow }

    /// Writes the rows from one on.
    func encode(into writer: inout FoldStateWriter, from row: Int) {
        writer.write(Int64(argumentCount))
        rows.encode(into: &writer, from: row)
    }

    /// Takes over rows that were written; those from `floor` on must be there.
    func decode(from reader: inout FoldStateReader, rowCount: Int, floor: Int) throws(FoldStateError) {
        reset()
        argumentCount = try reader.readNumber(upTo: 64)
        try rows.decode(from: &reader, rowsMax: rowCount, floor: floor)
        // With the times, if the fold looks at them.
        let counts = argumentCount...argumentCount + 1
        guard rows.rowCount == rowCount, rows.kept.allSatisfy({ counts.contains($0.vectors.count) }) else {
            throw .malformed
        }
    }
}
