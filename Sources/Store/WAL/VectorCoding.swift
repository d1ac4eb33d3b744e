import Columnar

/// How a column of a group of rows lies in a WAL record: in the physical form in which it came
/// (docs/storage.md, "Rows").
///
/// Each column is 8 bytes of header (form, scale, flags, length of the body) and the body, padded to 8 bytes, so that
/// recovery reads values where they lie.
enum VectorCoding {
    enum Form: UInt8 {
        case null = 0
        case boolean = 1
        case int64 = 2
        case float64 = 3
        case scaledInteger = 4
        case dictionary = 5
        case text = 6
        case constant = 7
        case sequence = 8
    }

    private static let hasValidity: UInt8 = 1
    static let headerBytes = 8

    static func put(_ vector: Vector?, to writer: inout ByteWriter) {
        let start = writer.count
        writer.put(UInt64(0))
        guard let vector else { return }
        var flags: UInt8 = 0
        if let validity = vector.validity {
            flags |= hasValidity
            put(validity, to: &writer)
        }
        var scale = 0
        let form: Form
        switch vector.form {
        case .boolean(let values):
            form = .boolean
            writer.put(values)
        case .int64(let values):
            form = .int64
            writer.put(values)
        case .float64(let values):
            form = .float64
            writer.put(values)
        case .scaledInteger(let values, let decimals):
            form = .scaledInteger
            scale = decimals
            writer.put(values)
        case .dictionary(let codes, let dictionary) where codes.count == 1 && vector.validity == nil:
            // The row of a feed: its one text takes less room and time than a dictionary of it.
            form = .constant
            writer.put(dictionary.values[Int(codes[0])])
        case .dictionary(let codes, let dictionary):
            form = .dictionary
            put(codes, dictionary, to: &writer)
        case .text(let offsets, let bytes):
            form = .text
            put(offsets: offsets, bytes: bytes, to: &writer)
        case .constant(let value, _):
            form = value.isNull ? .null : .constant
            put(value, to: &writer)
        case .sequence(let first, let step, _):
            form = .sequence
            writer.put(first)
            writer.put(step)
        }
        writer.patch(form.rawValue, at: start)
        writer.patch(UInt8(scale), at: start + 1)
        writer.patch(flags, at: start + 2)
        writer.patch(UInt32(writer.count - start - headerBytes), at: start + 4)
        writer.pad()
    }

    static func get(
        _ type: ColumnType,
        rows: Int,
        from reader: inout ByteReader
    ) throws(MalformedBytes) -> Vector? {
        let start = reader.position
        guard let form = Form(rawValue: try reader.get()) else {
            throw MalformedBytes(offset: start, expected: "a form of a column")
        }
        let scale = Int(try reader.get(UInt8.self))
        let flags = try reader.get(UInt8.self)
        _ = try reader.get(UInt8.self)
        let length = Int(try reader.get(UInt32.self))
        let body = reader.position
        guard length <= reader.remaining, scale <= ScaledInteger.scaleMax else {
            throw MalformedBytes(offset: start, expected: "a column that fits")
        }
        var validity: Validity?
        if flags & hasValidity != 0 {
            validity = Validity(words: try reader.buffer(UInt64.self, count: (rows + 63) / 64), count: rows)
        }
        let values = try values(form, type: type, rows: rows, scale: scale, from: &reader)
        guard reader.position - body == length else {
            throw MalformedBytes(offset: start, expected: "a column of \(length) bytes")
        }
        try reader.align()
        guard let values else { return nil }
        return Vector(type: type, form: values, validity: validity)
    }

    private static func values(
        _ form: Form,
        type: ColumnType,
        rows: Int,
        scale: Int,
        from reader: inout ByteReader
    ) throws(MalformedBytes) -> Vector.Form? {
        switch form {
        case .null: return nil
        case .boolean: return .boolean(try reader.buffer(UInt8.self, count: rows))
        case .int64: return .int64(try reader.buffer(Int64.self, count: rows))
        case .float64: return .float64(try reader.buffer(Double.self, count: rows))
        case .scaledInteger: return .scaledInteger(try reader.buffer(Int64.self, count: rows), scale: scale)
        case .dictionary: return try dictionary(rows: rows, from: &reader)
        case .text: return try text(rows: rows, from: &reader)
        case .constant: return .constant(try scalar(type, from: &reader), count: rows)
        case .sequence:
            return .sequence(start: try reader.get(), step: try reader.get(), count: rows)
        }
    }

    // MARK: Parts

    private static func put(_ validity: Validity, to writer: inout ByteWriter) {
        for base in stride(from: 0, to: validity.count, by: 64) {
            var word: UInt64 = 0
            for row in base..<min(base + 64, validity.count) where validity[row] { word |= 1 << UInt64(row - base) }
            writer.put(word)
        }
    }

    private static func put(_ value: Scalar, to writer: inout ByteWriter) {
        switch value {
        case .null: break
        case .boolean(let value): writer.put(UInt64(value ? 1 : 0))
        case .int64(let value), .timestamp(let value): writer.put(value)
        case .float64(let value): writer.put(value.bitPattern)
        case .text(let value): writer.put(value)
        }
    }

    private static func scalar(_ type: ColumnType, from reader: inout ByteReader) throws(MalformedBytes) -> Scalar {
        switch type {
        case .boolean: return .boolean(try reader.get(UInt64.self) != 0)
        case .int64: return .int64(try reader.get())
        case .timestamp: return .timestamp(try reader.get())
        case .float64: return .float64(Double(bitPattern: try reader.get()))
        case .symbol, .string: return .text(try reader.text())
        }
    }

    /// Offsets from 0, then the bytes of these rows alone: a slice of a big text carries nothing else along.
    private static func put(offsets: Buffer<UInt32>, bytes: Buffer<UInt8>, to writer: inout ByteWriter) {
        let first = offsets[0]
        offsets.withUnsafeBufferPointer { offsets in
            writer.append(byteCount: offsets.count * 4) { target in
                for row in offsets.indices {
                    let offset = (offsets[row] &- first).littleEndian
                    target.storeBytes(of: offset, toByteOffset: row &* 4, as: UInt32.self)
                }
            }
        }
        writer.put(bytes.slice(Int(first)..<Int(offsets[offsets.count - 1])))
    }

    private static func text(rows: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let start = reader.position
        let offsets = try reader.buffer(UInt32.self, count: rows + 1)
        guard VectorRules.offsetsAscend(offsets, bound: reader.remaining) else {
            throw MalformedBytes(offset: start, expected: "ascending offsets of text")
        }
        return .text(offsets: offsets, bytes: try reader.buffer(UInt8.self, count: Int(offsets[rows])))
    }

    /// The number of texts, the texts, then a code a row of 1, 2 or 4 bytes. Only texts that occur are written if there
    /// are more texts than rows.
    private static func put(_ codes: Buffer<UInt32>, _ dictionary: StringDictionary, to writer: inout ByteWriter) {
        var texts = dictionary.values
        var codes = codes
        if texts.count > codes.count { (codes, texts) = compacted(codes, texts) }
        writer.put(UInt32(texts.count))
        for text in texts { writer.put(text) }
        switch texts.count {
        case ...(1 << 8): put(codes, as: UInt8.self, to: &writer)
        case ...(1 << 16): put(codes, as: UInt16.self, to: &writer)
        default: put(codes, as: UInt32.self, to: &writer)
        }
    }

    private static func put<Code: FixedWidthInteger & BitwiseCopyable>(
        _ codes: Buffer<UInt32>,
        as type: Code.Type,
        to writer: inout ByteWriter
    ) {
        let width = MemoryLayout<Code>.size
        codes.withUnsafeBufferPointer { codes in
            writer.append(byteCount: codes.count * width) { target in
                for row in codes.indices {
                    let code = Code(truncatingIfNeeded: codes[row]).littleEndian
                    target.storeBytes(of: code, toByteOffset: row &* width, as: Code.self)
                }
            }
        }
    }

    private static func compacted(_ codes: Buffer<UInt32>, _ texts: [String]) -> (Buffer<UInt32>, [String]) {
        var renamed: [UInt32: UInt32] = [:]
        var kept: [String] = []
        var builder = BufferBuilder<UInt32>(capacity: codes.count)
        for row in 0..<codes.count {
            let code = codes[row]
            if let known = renamed[code] {
                builder.append(known)
                continue
            }
            let next = UInt32(kept.count)
            renamed[code] = next
            kept.append(texts[Int(code)])
            builder.append(next)
        }
        return (builder.take(), kept)
    }

    private static func dictionary(rows: Int, from reader: inout ByteReader) throws(MalformedBytes) -> Vector.Form {
        let start = reader.position
        let count = try reader.count(ofAtLeast: 4)
        var texts: [String] = []
        texts.reserveCapacity(count)
        for _ in 0..<count { texts.append(try reader.text()) }
        let codes: Buffer<UInt32> =
            switch count {
            case ...(1 << 8): widened(try reader.buffer(UInt8.self, count: rows))
            case ...(1 << 16): widened(try reader.buffer(UInt16.self, count: rows))
            default: try reader.buffer(UInt32.self, count: rows)
            }
        guard VectorRules.codesAreBelow(count, codes) else {
            throw MalformedBytes(offset: start, expected: "codes of a dictionary of \(count)")
        }
        return .dictionary(codes, StringDictionary(texts))
    }

    private static func widened<Code: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ codes: Buffer<Code>
    ) -> Buffer<UInt32> {
        let memory = OwnedMemory<UInt32>(capacity: codes.count)
        codes.withUnsafeBufferPointer { codes in
            for row in codes.indices { (memory.base + row).initialize(to: UInt32(codes[row])) }
        }
        return Buffer(base: memory.base, count: codes.count, owner: memory)
    }
}
