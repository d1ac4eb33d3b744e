import CKernels
import Columnar

/// Reads the values of a few rows of one column chunk and spells out no others.
///
/// As with ``ColumnDecoder``, the bytes passed their checksum and are still not trusted.
struct RowDecoder {
    /// What the metadata says of the chunk.
    let entry: ChunkEntry
    /// The column's type.
    let type: ColumnType
    /// The number of rows of the chunk.
    let rowCount: Int
    /// The rows that are read: some, inside the chunk.
    let rows: Range<Int>

    /// Where more than one row in this many is read, decoding all is no dearer: a row alone takes as long as ten in a block.
    private static let rowsPerRow = 16

    /// Whether these rows of a chunk are few enough.
    static func suits(_ rows: Range<Int>, of rowCount: Int) -> Bool {
        rows.count == 1 || rows.count * rowsPerRow <= rowCount
    }

    /// The values of the rows; one value is a constant. `dictionary` is the column's.
    func decode(from reader: inout ByteReader, _ dictionary: StringDictionary) throws(MalformedBytes) -> Vector {
        let whole = reader
        var validity: Validity?
        if entry.facts.contains(.validity) {
            let words = try reader.buffer(UInt64.self, count: (rowCount + 63) / 64)
            let bits = Validity(words: words, count: rowCount).slice(rows)
            if rows.count == 1, !bits[0] { return Vector(type: type, form: .constant(.null, count: 1)) }
            validity = rows.count == 1 ? nil : bits
        }
        if let form = try form(&reader, dictionary) { return Vector(type: type, form: form, validity: validity) }
        reader = whole
        let decoder = ColumnDecoder(entry: entry, type: type, rowCount: rowCount)
        return try decoder.decode(from: &reader, dictionary).slice(rows)
    }

    /// Nil where the whole chunk has to be decoded, or the chunk does not go with the column's type.
    private func form(
        _ reader: inout ByteReader,
        _ dictionary: StringDictionary
    ) throws(MalformedBytes) -> Vector.Form? {
        switch (entry.kind, entry.encoding, type) {
        case (.none, _, _): return .constant(.null, count: rows.count)
        case (.int64, .integers, .int64), (.int64, .integers, .timestamp): return try integers(&reader)
        case (.scaledInteger, .integers, .float64): return try mantissas(&reader)
        case (.float64, .floats, .float64):
            return try doubles(&reader) { bits, _, target in
                tickgate_floats_decode(bits.baseAddress, bits.count, target)
            }
        case (.float64, .decimals, .float64): return try decimals(.double, &reader)
        case (.float64, .floatDecimals, .float64): return try decimals(.float, &reader)
        case (.float64, .integers, .float64): return try plainDoubles(&reader)
        case (.boolean, .integers, .boolean) where rows.count == 1: return try boolean(&reader)
        case (.code, .integers, .symbol) where rows.count == 1: return try code(&reader, dictionary)
        default: return nil
        }
    }

    // MARK: Integers

    /// The integers of the rows, in memory of their own.
    private func values(_ stream: IntegerStream, _ reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Int64> {
        let memory = OwnedMemory<Int64>(capacity: rows.count)
        try stream.read(rows, count: rowCount, from: &reader, to: memory.base)
        return Buffer(base: UnsafePointer(memory.base), count: rows.count, owner: memory)
    }

    /// The integer of the only row.
    private func value(_ stream: IntegerStream, _ reader: inout ByteReader) throws(MalformedBytes) -> Int64 {
        var value: Int64 = 0
        try withUnsafeMutablePointer(to: &value) { target throws(MalformedBytes) in
            try stream.read(rows, count: rowCount, from: &reader, to: target)
        }
        return value
    }

    private func integers(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let stream = try IntegerStream(from: &reader)
        if rows.count == 1 || stream.form == .constant {
            let value = stream.form == .constant ? stream.base : try value(stream, &reader)
            return .constant(type == .timestamp ? .timestamp(value) : .int64(value), count: rows.count)
        }
        if case .sequence(let start, let step, _) = stream.sequence(count: rowCount) {
            return .sequence(start: start &+ Int64(rows.lowerBound) &* step, step: step, count: rows.count)
        }
        return .int64(try values(stream, &reader))
    }

    private func mantissas(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let stream = try IntegerStream(from: &reader)
        let scale = Int(entry.scale)
        guard rows.count == 1 else { return .scaledInteger(try values(stream, &reader), scale: scale) }
        return .constant(.float64(ScaledInteger.double(try value(stream, &reader), scale: scale)), count: 1)
    }

    // MARK: Doubles

    /// Doubles that `convert` makes of an integer each; it also gets what follows the integers.
    private func doubles(
        _ reader: inout ByteReader,
        _ convert: (
            UnsafeBufferPointer<Int64>, inout ByteReader, UnsafeMutablePointer<Double>
        ) throws(MalformedBytes) -> Void
    ) throws(MalformedBytes) -> Vector.Form {
        let stream = try IntegerStream(from: &reader)
        guard rows.count == 1 else {
            let memory = OwnedMemory<Double>(capacity: rows.count)
            let integers = try values(stream, &reader)
            try integers.withUnsafeBufferPointer { integers throws(MalformedBytes) in
                try convert(integers, &reader, memory.base)
            }
            return .float64(Buffer(base: UnsafePointer(memory.base), count: rows.count, owner: memory))
        }
        let integer = try value(stream, &reader)
        var double = 0.0
        try withUnsafePointer(to: integer) { integer throws(MalformedBytes) in
            try withUnsafeMutablePointer(to: &double) { target throws(MalformedBytes) in
                try convert(UnsafeBufferPointer(start: integer, count: 1), &reader, target)
            }
        }
        return .constant(.float64(double), count: 1)
    }

    private func decimals(
        _ precision: DecimalDoubles.Precision,
        _ reader: inout ByteReader
    ) throws(MalformedBytes) -> Vector.Form {
        try doubles(&reader) { mantissas, reader, target throws(MalformedBytes) in
            try DoubleCoding.divide(
                mantissas,
                scale: Int(entry.scale),
                precision,
                rows: rows,
                of: rowCount,
                from: &reader,
                to: target
            )
        }
    }

    /// Nil for a form that doubles do not have.
    private func plainDoubles(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form? {
        let stream = try IntegerStream(from: &reader)
        switch stream.form {
        case .constant:
            return .constant(.float64(Double(bitPattern: UInt64(bitPattern: stream.base))), count: rows.count)
        case .plain where stream.width == 8:
            let values = try reader.buffer(Double.self, count: rowCount)
            guard rows.count == 1 else { return .float64(values.slice(rows)) }
            return .constant(.float64(values[rows.lowerBound]), count: 1)
        default: return nil
        }
    }

    // MARK: One truth value, one code

    private func boolean(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form? {
        let stream = try IntegerStream(from: &reader)
        if stream.form == .constant { return .constant(.boolean(stream.base != 0), count: 1) }
        guard stream.width == 1, stream.base == 0 else { return nil }
        let code = try stream.code(rows.lowerBound, count: rowCount, from: &reader)
        return .constant(.boolean(code & 1 != 0), count: 1)
    }

    private func code(
        _ reader: inout ByteReader,
        _ dictionary: StringDictionary
    ) throws(MalformedBytes) -> Vector.Form? {
        let start = reader.position
        let stream = try IntegerStream(from: &reader)
        let isConstant = stream.form == .constant
        let code = isConstant ? Int(stream.base) : Int(try stream.code(rows.lowerBound, count: rowCount, from: &reader))
        guard dictionary.values.indices.contains(code) else {
            throw MalformedBytes(offset: start, expected: "a code of the column's dictionary")
        }
        return .constant(.text(dictionary.values[code]), count: 1)
    }
}
