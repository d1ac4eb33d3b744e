import Columnar

/// The columns of the last rows of a partition, in pieces as they came, each value in the form that it had.
///
/// Many small pieces are put together, so that neither their number nor the memory that a small slice of something large
/// keeps alive grows with the rows that are kept.
final class KeptVectors {
    /// Rows that came together.
    struct Piece {
        /// Number of the first row.
        let first: Int
        /// The columns.
        let vectors: [Vector]
        let count: Int

        var rows: Range<Int> { first..<first + count }
    }

    private var pieces: [Piece] = []
    /// Pieces at the front that were forgotten.
    private var forgotten = 0
    /// Pieces at the end that are small.
    private var smallCount = 0
    /// How many rows came.
    private(set) var rowCount = 0
    /// Bytes of the values that are kept, about.
    private(set) var byteCount = 0

    /// Fewer rows than this are small: a slice of them may keep a row group of some thousand rows alive.
    private static let smallRows = 1024
    /// Small pieces after which they are put together.
    private static let smallMax = 32

    /// Forgets everything.
    func reset() {
        pieces.removeAll()
        (forgotten, smallCount, rowCount, byteCount) = (0, 0, 0, 0)
    }

    /// The pieces that are kept.
    var kept: ArraySlice<Piece> { pieces[forgotten...] }

    /// Takes the next rows.
    func append(_ vectors: [Vector], count: Int) {
        if count == 0 { return }
        pieces.append(Piece(first: rowCount, vectors: vectors, count: count))
        rowCount += count
        byteCount += Self.bytes(vectors)
        if count >= Self.smallRows {
            smallCount = 0
        } else {
            smallCount += 1
            if smallCount >= Self.smallMax { joinSmallPieces() }
        }
    }

    /// Forgets pieces that lie before a row.
    func forget(before row: Int) {
        while forgotten < pieces.count, pieces[forgotten].rows.upperBound <= row {
            byteCount -= Self.bytes(pieces[forgotten].vectors)
            pieces[forgotten] = Piece(first: pieces[forgotten].first, vectors: [], count: pieces[forgotten].count)
            forgotten += 1
        }
        smallCount = min(smallCount, pieces.count - forgotten)
        if forgotten * 2 > pieces.count {
            pieces.removeFirst(forgotten)
            forgotten = 0
        }
    }

    /// Index into ``kept`` of the piece that has a row which is kept.
    func piece(of row: Int) -> Int {
        var (low, high) = (forgotten, pieces.count)
        while low + 1 < high {
            let middle = (low + high) / 2
            if pieces[middle].first <= row { low = middle } else { high = middle }
        }
        return low
    }

    /// Calls `body` with the parts of pieces that hold some rows: the piece and the rows counted in it.
    func forEachPart<Failure: Error>(
        of rows: Range<Int>,
        _ body: (Piece, Range<Int>) throws(Failure) -> Void
    ) throws(Failure) {
        if rows.isEmpty { return }
        var index = piece(of: rows.lowerBound)
        while index < pieces.count, pieces[index].first < rows.upperBound {
            let piece = pieces[index]
            let part = piece.rows.clamped(to: rows)
            if !part.isEmpty { try body(piece, part.lowerBound - piece.first..<part.upperBound - piece.first) }
            index += 1
        }
    }

    /// Puts runs of small pieces whose columns have the same forms into one piece each.
    private func joinSmallPieces() {
        let small = pieces.suffix(smallCount)
        pieces.removeLast(smallCount)
        var run: [Piece] = []
        for piece in small {
            if let last = run.last, !Self.canJoin(last, piece) {
                pieces.append(Self.joined(run))
                run.removeAll(keepingCapacity: true)
            }
            run.append(piece)
        }
        pieces.append(Self.joined(run))
        smallCount = run.reduce(0) { $0 + $1.count } >= Self.smallRows ? 0 : 1
    }

    private static func canJoin(_ left: Piece, _ right: Piece) -> Bool {
        zip(left.vectors, right.vectors).allSatisfy { $0.hasForm(of: $1) }
    }

    private static func joined(_ pieces: [Piece]) -> Piece {
        guard let first = pieces.first, pieces.count > 1 else { return pieces[0] }
        let count = pieces.reduce(0) { $0 + $1.count }
        let vectors = first.vectors.indices.map { column in
            let builder = VectorBuilder(first.vectors[column].type)
            for piece in pieces { builder.append(piece.vectors[column], 0..<piece.count) }
            return builder.take()
        }
        return Piece(first: first.first, vectors: vectors, count: count)
    }

    private static func bytes(_ vectors: [Vector]) -> Int { vectors.reduce(0) { $0 + $1.byteCount } }
}

extension Vector {
    /// Whether rows of both can be put into one vector without giving any value another form.
    fileprivate func hasForm(of other: Vector) -> Bool {
        switch (form, other.form) {
        case (.scaledInteger(_, let left), .scaledInteger(_, let right)): left == right
        case (.dictionary(_, let left), .dictionary(_, let right)): left === right
        case (.float64, .float64), (.boolean, .boolean), (.text, .text): true
        case (.int64, .int64), (.int64, .sequence), (.sequence, .int64), (.sequence, .sequence): true
        case (.constant(let left, _), .constant(let right, _)): left == right
        default: false
        }
    }

    /// Bytes of the values, about.
    fileprivate var byteCount: Int {
        switch form {
        case .boolean(let values): values.count
        case .int64, .float64, .scaledInteger: count * 8
        case .dictionary: count * 4
        case .text(let offsets, _): count * 4 + Int(offsets[count] - offsets[0])
        case .constant, .sequence: 0
        }
    }
}

extension KeptVectors {
    /// The first row that is kept; the number of the next if none is.
    var firstRow: Int { kept.first?.first ?? rowCount }

    /// Columns of a piece at most: arguments of a call, and a time.
    private static let columnsMax = 64

    /// Writes the rows from one on.
    func encode(into writer: inout FoldStateWriter, from row: Int) {
        let first = min(max(row, firstRow), rowCount)
        writer.write(Int64(rowCount))
        writer.write(Int64(first))
        let pieces = kept.filter { $0.rows.upperBound > first }
        writer.write(UInt32(pieces.count))
        for piece in pieces {
            let part = max(first - piece.first, 0)..<piece.count
            writer.write(Int64(part.count))
            writer.write(UInt32(piece.vectors.count))
            for vector in piece.vectors { writer.write(vector.slice(part)) }
        }
    }

    /// Takes over rows that were written, at most so many; those from `floor` on must be there.
    func decode(from reader: inout FoldStateReader, rowsMax: Int, floor: Int) throws(FoldStateError) {
        reset()
        let end = try reader.readNumber(upTo: rowsMax)
        rowCount = try reader.readNumber(upTo: end)
        guard rowCount <= floor else { throw .malformed }
        for _ in 0..<(try reader.read(UInt32.self)) {
            let count = try reader.readNumber(upTo: end - rowCount)
            let columnCount = Int(try reader.read(UInt32.self))
            guard count > 0, columnCount <= Self.columnsMax else { throw .malformed }
            var vectors: [Vector] = []
            for _ in 0..<columnCount { vectors.append(try reader.readVector(count: count)) }
            guard kept.last.map({ $0.vectors.map(\.type) == vectors.map(\.type) }) ?? true else { throw .malformed }
            append(vectors, count: count)
        }
        guard rowCount == end else { throw .malformed }
    }
}
