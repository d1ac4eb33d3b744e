import Columnar

/// Reads the values of one column chunk. The bytes passed their checksum, but are still not trusted: what is checked is
/// a copy, or is only ever read as numbers.
struct ColumnDecoder {
    /// What the metadata says of the chunk.
    let entry: ChunkEntry
    /// The column's type.
    let type: ColumnType
    /// The number of rows.
    let rowCount: Int

    /// The vector of the chunk, which is all of `reader`; plain numbers stay where they lie. `dictionary` is the column's.
    func decode(
        from reader: inout ByteReader,
        _ dictionary: StringDictionary
    ) throws(MalformedBytes) -> Vector {
        let start = reader.position
        var validity: Validity?
        if entry.facts.contains(.validity) {
            validity = Validity(words: try reader.buffer(UInt64.self, count: (rowCount + 63) / 64), count: rowCount)
        }
        guard let form = try form(&reader, dictionary) else {
            throw MalformedBytes(offset: start, expected: "values of type \(type.name)")
        }
        return Vector(type: type, form: form, validity: validity)
    }

    /// Nil if the chunk's kind and encoding do not go with the column's type.
    private func form(
        _ reader: inout ByteReader,
        _ dictionary: StringDictionary
    ) throws(MalformedBytes) -> Vector.Form? {
        switch (entry.kind, entry.encoding, type) {
        case (.none, _, _): return .constant(.null, count: rowCount)
        case (.int64, .integers, .int64), (.int64, .integers, .timestamp): return try integers(&reader)
        case (.scaledInteger, .integers, .float64):
            let mantissas = try IntegerStream(from: &reader).values(count: rowCount, from: &reader)
            return .scaledInteger(mantissas, scale: Int(entry.scale))
        case (.float64, .integers, .float64): return try plainDoubles(&reader)
        case (.float64, .shuffled, .float64):
            return .float64(try DoubleCoding.shuffled(count: rowCount, from: &reader))
        case (.float64, .decimals, .float64):
            let scale = Int(entry.scale)
            return .float64(try DoubleCoding.decimals(scale: scale, .double, count: rowCount, from: &reader))
        case (.float64, .floatDecimals, .float64):
            let scale = Int(entry.scale)
            return .float64(try DoubleCoding.decimals(scale: scale, .float, count: rowCount, from: &reader))
        case (.float64, .floats, .float64): return .float64(try DoubleCoding.floats(count: rowCount, from: &reader))
        case (.boolean, .integers, .boolean): return try booleans(&reader)
        case (.code, .integers, .symbol): return try codes(&reader, dictionary)
        case (.text, .text, .string): return try TextCoding.form(count: rowCount, from: &reader)
        default: return nil
        }
    }

    private func integers(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let stream = try IntegerStream(from: &reader)
        if stream.form == .constant {
            return .constant(type == .timestamp ? .timestamp(stream.base) : .int64(stream.base), count: rowCount)
        }
        if let sequence = stream.sequence(count: rowCount) { return sequence }
        return .int64(try stream.values(count: rowCount, from: &reader))
    }

    private func plainDoubles(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let stream = try IntegerStream(from: &reader)
        switch stream.form {
        case .constant:
            return .constant(.float64(Double(bitPattern: UInt64(bitPattern: stream.base))), count: rowCount)
        case .plain where stream.width == 8: return .float64(try reader.buffer(Double.self, count: rowCount))
        default: throw MalformedBytes(offset: reader.position, expected: "constant or plain doubles")
        }
    }

    private func booleans(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let stream = try IntegerStream(from: &reader)
        if stream.form == .constant { return .constant(.boolean(stream.base != 0), count: rowCount) }
        return .boolean(try stream.booleans(count: rowCount, from: &reader))
    }

    private func codes(_ reader: inout ByteReader, _ dictionary: StringDictionary) throws(MalformedBytes) -> Vector.Form
    {
        let start = reader.position
        let stream = try IntegerStream(from: &reader)
        guard stream.form != .constant else {
            guard stream.base >= 0, stream.base < dictionary.values.count else {
                throw MalformedBytes(offset: start, expected: "a code of the column's dictionary")
            }
            return .constant(.text(dictionary.values[Int(stream.base)]), count: rowCount)
        }
        let (codes, largest) = try stream.codes(count: rowCount, from: &reader)
        guard Int(largest) < dictionary.values.count else {
            throw MalformedBytes(offset: start, expected: "codes of the column's dictionary")
        }
        return .dictionary(codes, dictionary)
    }
}
