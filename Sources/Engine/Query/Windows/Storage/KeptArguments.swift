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
