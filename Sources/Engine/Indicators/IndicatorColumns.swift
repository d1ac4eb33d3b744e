import Columnar
import Glibc
import QueryLang

/// An indicator over the rows of one partition after the other: the columns that it gives, as far as they were not
/// taken. A row in which an input is null gives null and is not shown to the indicator.
///
/// Several calls of one query that ask for outputs of the same indicator share one of these.
final class IndicatorColumns {
    /// What came of rows that came together.
    private struct Piece {
        let first: Int
        let count: Int
        /// A memory for each output.
        let outputs: [OwnedMemory<Double>]
        /// 1 where a row has values.
        let flags: OwnedMemory<UInt8>
        /// Whether all rows have values.
        var isWhole = true

        var rows: Range<Int> { first..<first + count }
        var byteCount: Int { outputs.reduce(flags.capacity) { $0 + $1.capacity * MemoryLayout<Double>.stride } }
    }

    private let machine: IndicatorMachine
    private var pieces: [Piece] = []
    /// Pieces at the front that were taken.
    private var takenPieces = 0
    private var rowCount = 0
    private var pieceBytes = 0

    init(_ machine: IndicatorMachine) { self.machine = machine }

    /// Forgets the partition before.
    func beginPartition() {
        machine.restart()
        pieces.removeAll(keepingCapacity: true)
        (takenPieces, rowCount, pieceBytes) = (0, 0, 0)
    }

    /// Computes the next rows.
    func append(_ arguments: WindowArguments) {
        let count = arguments.rowCount
        var piece = Piece(
            first: rowCount,
            count: count,
            outputs: (0..<machine.outputCount).map { _ in OwnedMemory(capacity: count) },
            flags: OwnedMemory(capacity: count)
        )
        piece.flags.base.initialize(repeating: 1, count: count)
        compute(piece, arguments.vectors)
        piece.isWhole = memchr(piece.flags.base, 0, count) == nil
        pieces.append(piece)
        rowCount += count
        pieceBytes += piece.byteCount
    }

    private func compute(_ piece: Piece, _ vectors: [Vector]) {
        if vectors.contains(where: \.isNull) { return skip(0..<piece.count, piece) }
        let values = vectors.map(\.float64Values)
        guard let inputs = InputColumns(values.map(\.base)), let outputs = OutputColumns(piece.outputs.map(\.base))
        else {
            return skip(0..<piece.count, piece)
        }
        forEachRun(vectors.compactMap(\.validity), piece.count) { rows, hasValues in
            if hasValues {
                machine.run(inputs, rows, into: outputs, flags: piece.flags.base)
            } else {
                skip(rows, piece)
            }
        }
        withExtendedLifetime(values) {}
    }

    private func skip(_ rows: Range<Int>, _ piece: Piece) {
        for output in piece.outputs { (output.base + rows.lowerBound).initialize(repeating: 0, count: rows.count) }
        (piece.flags.base + rows.lowerBound).initialize(repeating: 0, count: rows.count)
    }

    /// Runs of rows which have a value in every mask, or of which none has.
    private func forEachRun(_ masks: [Validity], _ count: Int, _ body: (Range<Int>, Bool) -> Void) {
        var start = 0
        while start < count {
            let hasValues = masks.allSatisfy { $0[start] }
            var end = masks.isEmpty ? count : start + 1
            while end < count, masks.allSatisfy({ $0[end] }) == hasValues { end += 1 }
            body(start..<end, hasValues)
            start = end
        }
    }

    /// An output of some rows, from the number of the first on: the rows as they lie if they came together.
    func values(_ output: Int, from first: Int, count: Int, _ type: ColumnType) throws(QueryError) -> Vector {
        guard output < machine.outputCount else { return .nulls(type, count: count) }
        if type == .float64, let piece = piece(of: first..<first + count), piece.isWhole {
            let memory = piece.outputs[output]
            let base = UnsafePointer(memory.base + (first - piece.first))
            return Vector(type: type, form: .float64(Buffer(base: base, count: count, owner: memory)))
        }
        let rows = first..<first + count
        if type == .float64 {
            return try .doubles(count: count) { target, mask in
                forEachPart(rows, output, &mask) { offset, source, count in
                    (target + offset).initialize(from: source, count: count)
                }
            }
        }
        return try .integers(type, count: count) { target, mask in
            forEachPart(rows, output, &mask) { offset, source, count in
                for index in 0..<count {
                    let value = source[index]
                    target[offset + index] = abs(value) < Self.integerLimit ? Int64(value) : 0
                }
            }
        }
    }

    /// Whole numbers that an indicator gives are small.
    private static let integerLimit = 1e15

    /// The piece that has all these rows.
    private func piece(of rows: Range<Int>) -> Piece? {
        pieces[takenPieces...].first { $0.rows.upperBound > rows.lowerBound }.flatMap {
            $0.first <= rows.lowerBound && rows.upperBound <= $0.rows.upperBound ? $0 : nil
        }
    }

    /// Calls `body` with the values of rows piece by piece, and marks those that have none.
    private func forEachPart(
        _ rows: Range<Int>,
        _ output: Int,
        _ mask: inout ValidityMask,
        _ body: (Int, UnsafePointer<Double>, Int) -> Void
    ) {
        for piece in pieces[takenPieces...] where piece.rows.upperBound > rows.lowerBound {
            if piece.first >= rows.upperBound { return }
            let part = piece.rows.clamped(to: rows)
            let offset = part.lowerBound - rows.lowerBound
            let place = part.lowerBound - piece.first
            body(offset, piece.outputs[output].base + place, part.count)
            if piece.isWhole { continue }
            let flags = piece.flags.base + place
            // Rows without values are mostly the first ones: the search for the next passes over the others.
            var index = 0
            while let found = memchr(flags + index, 0, part.count - index) {
                index = UnsafeMutableRawPointer(flags).distance(to: found)
                mask.setNull(offset + index)
                index += 1
            }
        }
    }

    /// Forgets rows before a row.
    func release(_ row: Int) {
        while takenPieces < pieces.count, pieces[takenPieces].rows.upperBound <= row {
            pieceBytes -= pieces[takenPieces].byteCount
            takenPieces += 1
        }
        if takenPieces * 2 >= pieces.count {
            pieces.removeFirst(takenPieces)
            takenPieces = 0
        }
    }

    var byteCount: Int { pieceBytes + machine.byteCount }
}

extension IndicatorColumns {
    /// What was computed of the rows so far was taken.
    func encode(into writer: inout FoldStateWriter) { machine.encodeState(&writer) }

    func decode(from reader: inout FoldStateReader, rowCount: Int) throws(FoldStateError) {
        beginPartition()
        try machine.decodeState(&reader)
        self.rowCount = rowCount
    }
}
