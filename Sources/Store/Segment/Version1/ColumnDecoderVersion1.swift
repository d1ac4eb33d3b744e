import Columnar

/// Reads the values of one column chunk of version 1. The bytes passed their checksum, but are still not trusted.
struct ColumnDecoderVersion1 {
    /// What the metadata says of the chunk.
    let entry: ChunkEntryVersion1
    /// The column's type.
    let type: ColumnType
    /// The number of rows.
    let rowCount: Int

    /// The vector of the chunk in `reader`'s range; plain values stay where they lie.
    func decode(
        from reader: inout ByteReader,
        series: String,
        dictionary: StringDictionary
    ) throws(MalformedBytes) -> Vector {
        let start = reader.position
        var validity: Validity?
        if entry.hasValidity {
            validity = Validity(words: try reader.buffer(UInt64.self, count: (rowCount + 63) / 64), count: rowCount)
        }
        guard let form = try form(&reader, series: series, dictionary: dictionary), matches(form) else {
            throw MalformedBytes(offset: start, expected: "values of type \(type.name)")
        }
        return Vector(type: type, form: form, validity: validity)
    }

    private func form(
        _ reader: inout ByteReader,
        series: String,
        dictionary: StringDictionary
    ) throws(MalformedBytes) -> Vector.Form? {
        switch entry.kind {
        case .none: return .constant(.null, count: rowCount)
        case .seriesKey: return .constant(.text(series), count: rowCount)
        case .boolean:
            if entry.encoding == .constant { return .constant(.boolean(entry.base != 0), count: rowCount) }
            return .boolean(try reader.buffer(UInt8.self, count: rowCount))
        case .float64:
            if entry.encoding == .constant {
                return .constant(.float64(Double(bitPattern: UInt64(bitPattern: entry.base))), count: rowCount)
            }
            return .float64(try reader.buffer(Double.self, count: rowCount))
        case .int64: return try integers(&reader)
        case .scaledInteger:
            let scale = Int(entry.scale)
            if entry.encoding == .constant {
                return .scaledInteger(Plain.repeating(entry.base, count: rowCount), scale: scale)
            }
            let values = try integers(&reader).map { Plain.int64(Vector(type: .int64, form: $0)) }
            return values.map { .scaledInteger($0, scale: scale) }
        case .code: return try codes(&reader, dictionary)
        case .text: return try text(&reader)
        }
    }

    private func matches(_ form: Vector.Form) -> Bool {
        switch (type, form) {
        case (_, .constant(.null, _)), (.boolean, .boolean), (.boolean, .constant(.boolean, _)), (.int64, .int64),
            (.int64, .sequence), (.int64, .constant(.int64, _)), (.timestamp, .int64), (.timestamp, .sequence),
            (.timestamp, .constant(.timestamp, _)), (.float64, .float64), (.float64, .scaledInteger),
            (.float64, .constant(.float64, _)), (.symbol, .dictionary), (.symbol, .constant(.text, _)),
            (.string, .text):
            true
        default: false
        }
    }

    private func integers(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form? {
        switch entry.encoding {
        case .constant:
            return .constant(type == .timestamp ? .timestamp(entry.base) : .int64(entry.base), count: rowCount)
        case .sequence:
            let (length, overflow) = entry.step.multipliedReportingOverflow(by: Int64(rowCount))
            guard !overflow, !entry.base.addingReportingOverflow(length).overflow else {
                return .int64(Plain.int64(Vector(type: .int64, form: wrappedSequence())))
            }
            return .sequence(start: entry.base, step: entry.step, count: rowCount)
        case .plain: return .int64(try reader.buffer(Int64.self, count: rowCount))
        case .packed: return .int64(try packed(&reader))
        }
    }

    /// A sequence that ends near the end of Int64, spelt out.
    private func wrappedSequence() -> Vector.Form { .sequence(start: entry.base, step: entry.step, count: rowCount) }

    private func packed(_ reader: inout ByteReader) throws(MalformedBytes) -> Buffer<Int64> {
        switch entry.width {
        case 1: return Self.unpack(try reader.buffer(UInt8.self, count: rowCount), entry.base, entry.step)
        case 2: return Self.unpack(try reader.buffer(UInt16.self, count: rowCount), entry.base, entry.step)
        case 4: return Self.unpack(try reader.buffer(UInt32.self, count: rowCount), entry.base, entry.step)
        default: throw MalformedBytes(offset: reader.position, expected: "offsets of 1, 2 or 4 bytes")
        }
    }

    @inline(__always)
    private static func unpack<Offset: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ offsets: Buffer<Offset>,
        _ base: Int64,
        _ step: Int64
    ) -> Buffer<Int64> {
        let memory = OwnedMemory<Int64>(capacity: offsets.count)
        let target = memory.base
        offsets.withUnsafeBufferPointer { offsets in
            if step == 1 {
                for row in offsets.indices { target[row] = base &+ Int64(truncatingIfNeeded: offsets[row]) }
            } else {
                for row in offsets.indices { target[row] = base &+ Int64(truncatingIfNeeded: offsets[row]) &* step }
            }
        }
        return Buffer(base: UnsafePointer(target), count: offsets.count, owner: memory)
    }

    private func codes(_ reader: inout ByteReader, _ dictionary: StringDictionary) throws(MalformedBytes) -> Vector.Form
    {
        let start = reader.position
        guard entry.encoding != .constant else {
            guard entry.base >= 0, entry.base < dictionary.values.count else {
                throw MalformedBytes(offset: start, expected: "a code of the column's dictionary")
            }
            return .constant(.text(dictionary.values[Int(entry.base)]), count: rowCount)
        }
        let codes: Buffer<UInt32>
        switch entry.width {
        case 1: codes = Self.widen(try reader.buffer(UInt8.self, count: rowCount))
        case 2: codes = Self.widen(try reader.buffer(UInt16.self, count: rowCount))
        default: codes = Self.widen(try reader.buffer(UInt32.self, count: rowCount))
        }
        guard VectorRules.codesAreBelow(dictionary.values.count, codes) else {
            throw MalformedBytes(offset: start, expected: "codes of the column's dictionary")
        }
        return .dictionary(codes, dictionary)
    }

    @inline(__always)
    private static func widen<Code: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ codes: Buffer<Code>
    ) -> Buffer<UInt32> {
        let memory = OwnedMemory<UInt32>(capacity: codes.count)
        let target = memory.base
        codes.withUnsafeBufferPointer { codes in
            for row in codes.indices { target[row] = UInt32(truncatingIfNeeded: codes[row]) }
        }
        return Buffer(base: UnsafePointer(target), count: codes.count, owner: memory)
    }

    private func text(_ reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let start = reader.position
        // A copy, so that what is checked is what is used.
        let offsets = Self.widen(try reader.buffer(UInt32.self, count: rowCount + 1))
        guard VectorRules.offsetsAscend(offsets, bound: reader.remaining) else {
            throw MalformedBytes(offset: start, expected: "ascending offsets of text")
        }
        return .text(offsets: offsets, bytes: try reader.buffer(UInt8.self, count: Int(offsets[rowCount])))
    }
}
