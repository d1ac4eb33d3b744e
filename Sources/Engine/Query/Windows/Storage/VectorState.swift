import Columnar

/// Vectors as bytes of a state: each in the form that it has, since what is computed of a value may depend on it.
extension FoldStateWriter {
    private enum Form: UInt8 {
        case boolean, int64, float64, decimal, dictionary, text, constant, sequence
    }

    /// Writes the type, the form, the values and which of them are there; the number of rows is for the caller to write.
    mutating func write(_ vector: Vector) {
        write(vector.type.rawValue)
        write(vector.validity)
        switch vector.form {
        case .boolean(let values): write(.boolean, values)
        case .int64(let values): write(.int64, values)
        case .float64(let values): write(.float64, values)
        case .scaledInteger(let values, let scale):
            write(.decimal, values)
            write(Int64(scale))
        case .dictionary(let codes, let dictionary): write(codes, dictionary, vector.validity)
        case .text(let offsets, let bytes): write(offsets, bytes)
        case .constant(let value, _):
            write(Form.constant.rawValue)
            write(value)
        case .sequence(let start, let step, _):
            write(Form.sequence.rawValue)
            write(start)
            write(step)
        }
    }

    private mutating func write<Element>(_ form: Form, _ values: Buffer<Element>) {
        write(form.rawValue)
        writeValues(values)
    }

    private mutating func writeValues<Element>(_ values: Buffer<Element>) {
        values.withUnsafeBufferPointer { write(contentsOf: UnsafeRawBufferPointer($0)) }
    }

    private mutating func write(_ validity: Validity?) {
        write(validity != nil)
        guard let validity else { return }
        var word: UInt64 = 0
        for row in 0..<validity.count {
            if validity[row] { word |= 1 << UInt64(row & 63) }
            if row & 63 == 63 || row == validity.count - 1 {
                write(word)
                word = 0
            }
        }
    }

    /// Only the texts that occur: a dictionary may be that of a whole column.
    private mutating func write(_ codes: Buffer<UInt32>, _ dictionary: StringDictionary, _ validity: Validity?) {
        var numbers: [UInt32: UInt32] = [:]
        var texts: [String] = []
        var own: [UInt32] = []
        own.reserveCapacity(codes.count)
        for row in 0..<codes.count {
            guard validity?[row] ?? true else {
                own.append(0)
                continue
            }
            let code = codes[row]
            if let known = numbers[code] {
                own.append(known)
            } else {
                let number = UInt32(texts.count)
                numbers[code] = number
                texts.append(dictionary.values[Int(code)])
                own.append(number)
            }
        }
        write(Form.dictionary.rawValue)
        write(UInt32(texts.count))
        for text in texts { write(text) }
        own.withUnsafeBytes { write(contentsOf: $0) }
    }

    private mutating func write(_ offsets: Buffer<UInt32>, _ bytes: Buffer<UInt8>) {
        write(Form.text.rawValue)
        let (first, last) = (offsets[0], offsets[offsets.count - 1])
        write(UInt32(last - first))
        for row in 0..<offsets.count { write(offsets[row] - first) }
        writeValues(bytes.slice(Int(first)..<Int(last)))
    }
}

extension FoldStateReader {
    /// Reads a vector of a number of rows that ``FoldStateWriter/write(_:)-(Vector)`` wrote.
    mutating func readVector(count: Int) throws(FoldStateError) -> Vector {
        guard let type = ColumnType(rawValue: try readUInt8()) else { throw .malformed }
        let validity = try readValidity(count: count)
        let form = try readForm(type, count: count)
        return Vector(type: type, form: form, validity: validity)
    }

    private mutating func readForm(_ type: ColumnType, count: Int) throws(FoldStateError) -> Vector.Form {
        let isInteger = type == .int64 || type == .timestamp
        let isText = type == .symbol || type == .string
        switch try readUInt8() {
        case 0 where type == .boolean: return .boolean(Buffer(try readBuffer(UInt8.self, count).array.map { $0 & 1 }))
        case 1 where isInteger: return .int64(try readBuffer(Int64.self, count))
        case 2 where type == .float64: return .float64(try readBuffer(Double.self, count))
        case 3 where type == .float64:
            let values = try readBuffer(Int64.self, count)
            return .scaledInteger(values, scale: try readNumber(upTo: ScaledInteger.scaleMax))
        case 4 where isText: return try readDictionary(count)
        case 5 where isText: return try readText(count)
        case 6:
            let value = try readScalar()
            guard Self.fits(value, type) else { throw .malformed }
            return .constant(value, count: count)
        case 7 where isInteger: return .sequence(start: try readInt64(), step: try readInt64(), count: count)
        default: throw .malformed
        }
    }

    private static func fits(_ value: Scalar, _ type: ColumnType) -> Bool {
        switch value {
        case .null: true
        case .boolean: type == .boolean
        case .int64, .timestamp: type == .int64 || type == .timestamp
        case .float64: type == .float64
        case .text: type == .symbol || type == .string
        }
    }

    /// Values as they lie in memory. What is not there cannot be read, so that foreign bytes do not ask for memory.
    private mutating func readBuffer<Element>(
        _ type: Element.Type,
        _ count: Int
    ) throws(FoldStateError) -> Buffer<Element> {
        guard count >= 0, count <= remainingCount / MemoryLayout<Element>.stride else { throw .malformed }
        let memory = OwnedMemory<Element>(capacity: count)
        let byteCount = count * MemoryLayout<Element>.stride
        try read(into: UnsafeMutableRawBufferPointer(start: memory.base, count: byteCount))
        return Buffer(base: memory.base, count: count, owner: memory)
    }

    private mutating func readValidity(count: Int) throws(FoldStateError) -> Validity? {
        guard try readBool() else { return nil }
        guard count >= 0, count <= remainingCount * 8 else { throw .malformed }
        return Validity(words: try readBuffer(UInt64.self, (count + 63) / 64), count: count)
    }

    private mutating func readDictionary(_ count: Int) throws(FoldStateError) -> Vector.Form {
        let textCount = Int(try read(UInt32.self))
        var texts: [String] = []
        for _ in 0..<textCount { texts.append(try readString()) }
        // Rows without a value have a code, too.
        if texts.isEmpty { texts = [""] }
        let codes = try readBuffer(UInt32.self, count)
        let isKnown = codes.withUnsafeBufferPointer { $0.allSatisfy { Int($0) < texts.count } }
        guard isKnown else { throw .malformed }
        return .dictionary(codes, StringDictionary(texts))
    }

    private mutating func readText(_ count: Int) throws(FoldStateError) -> Vector.Form {
        let byteCount = Int(try read(UInt32.self))
        let offsets = try readBuffer(UInt32.self, count + 1)
        var last: UInt32 = 0
        for row in 0...count {
            guard offsets[row] >= last else { throw .malformed }
            last = offsets[row]
        }
        guard offsets[0] == 0, Int(last) == byteCount else { throw .malformed }
        return .text(offsets: offsets, bytes: try readBuffer(UInt8.self, byteCount))
    }
}
