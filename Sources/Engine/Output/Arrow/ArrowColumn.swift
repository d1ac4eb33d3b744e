import Columnar

/// The rows of one column that wait for their record batch, laid out as Arrow wants them.
///
/// Rows without a value hold 0, or the empty text: what a vector has there may be anything.
final class ArrowColumn {
    private let type: ColumnType
    private var rowCount = 0
    private var nullCount = 0
    /// A byte a row, 1 if it has a value; empty as long as every row has one.
    private let validity = ByteSink()
    /// Eight bytes a row; of booleans one, of symbols a code of four; of strings four for the place where the text begins, and
    /// four more for the end of the last.
    private let values = ByteSink()
    /// The texts of strings.
    private let text = ByteSink()
    /// The texts of symbols; nil for other types.
    private var dictionary: ArrowDictionary?
    /// The bits that a body shows in place of `validity` and of the `values` of booleans.
    private let validityBits = ByteSink()
    private let valueBits = ByteSink()

    init(_ type: ColumnType, dictionaryID: Int64? = nil) {
        self.type = type
        self.dictionary = dictionaryID.map { ArrowDictionary(id: $0) }
        removeAll()
    }

    /// Bytes that wait.
    var byteCount: Int { values.count + text.count }

    /// Adds the rows of a vector of the column's type.
    func append(_ vector: Vector) {
        let isValid = appendValidity(vector)
        switch type {
        case .int64, .timestamp: append(vector.int64Values, isValid)
        case .float64: append(vector.float64Values, isValid)
        case .boolean: append(vector.booleanValues, isValid)
        case .symbol: dictionary?.append(vector, isValid, to: values)
        case .string: appendTexts(vector, isValid)
        }
        rowCount += vector.count
    }

    /// Forgets the rows.
    func removeAll() {
        for sink in [validity, values, text] { sink.removeAll() }
        if type == .string { values.append(word: 0) }
        (rowCount, nullCount) = (0, 0)
    }

    /// Notes which rows have a value; a byte for each of these rows, or nil if all have one. Good until the next call.
    private func appendValidity(_ vector: Vector) -> UnsafePointer<UInt8>? {
        var isNull = false
        if case .constant(.null, _) = vector.form { isNull = true }
        guard isNull || vector.validity != nil else {
            if validity.count > 0 { validity.append(repeating: 1, count: vector.count) }
            return nil
        }
        validity.append(repeating: 1, count: rowCount - validity.count)
        let bytes = validity.claim(vector.count)
        for row in 0..<vector.count {
            let isValid = !isNull && vector.validity?[row] ?? true
            bytes[row] = isValid ? 1 : 0
            nullCount += isValid ? 0 : 1
        }
        validity.advance(by: vector.count)
        return UnsafePointer(bytes)
    }

    private func append<Value: BitwiseCopyable>(_ buffer: Buffer<Value>, _ isValid: UnsafePointer<UInt8>?) {
        buffer.withUnsafeBufferPointer { source in
            let size = MemoryLayout<Value>.size
            let target = values.claim(source.count * size)
            values.append(UnsafeRawBufferPointer(source).assumingMemoryBound(to: UInt8.self))
            guard let isValid else { return }
            for row in 0..<source.count where isValid[row] == 0 {
                (target + row * size).update(repeating: 0, count: size)
            }
        }
    }

    private func appendTexts(_ vector: Vector, _ isValid: UnsafePointer<UInt8>?) {
        for row in 0..<vector.count {
            if isValid.map({ $0[row] == 1 }) ?? true { append(textOf: vector, at: row) }
            values.append(word: UInt32(text.count))
        }
    }

    @inline(__always)
    private func append(textOf vector: Vector, at row: Int) {
        if case .text(let offsets, let bytes) = vector.form {
            let start = Int(offsets[row])
            text.append(UnsafeBufferPointer(start: bytes.base + start, count: Int(offsets[row + 1]) - start))
        } else if var other = vector.scalar(at: row).text {
            other.withUTF8 { text.append($0) }
        }
    }

    // MARK: - The batch

    /// Writes the dictionary that the rows need if the reader does not have it.
    func writeDictionary(into bytes: inout [UInt8]) {
        guard let texts = dictionary?.textsToSend(with: values), let id = dictionary?.id else { return }
        let column = ArrowColumn(.string)
        column.append(.strings(texts))
        var body = ArrowBody()
        column.add(to: &body)
        ArrowMessage.appendDictionary(id: id, body, count: texts.count, to: &bytes)
    }

    /// Adds the column to the body of its batch, which shows its memory.
    func add(to body: inout ArrowBody) {
        body.addColumn(rowCount: rowCount, nullCount: nullCount)
        if nullCount == 0 {
            body.addNothing()
        } else {
            validityBits.setBits(of: validity)
            body.add(validityBits.bytes)
        }
        switch type {
        case .int64, .timestamp, .float64, .symbol: body.add(values.bytes)
        case .boolean:
            valueBits.setBits(of: values)
            body.add(valueBits.bytes)
        case .string:
            body.add(values.bytes)
            body.add(text.bytes)
        }
    }
}

extension ByteSink {
    /// Becomes a bit for each byte, lowest first, set if the byte's lowest is.
    fileprivate func setBits(of bytes: ByteSink) {
        removeAll()
        let source = bytes.bytes
        let count = (source.count + 7) / 8
        let target = claim(count)
        for index in 0..<count {
            var bits: UInt8 = 0
            for (bit, byte) in source[(8 * index)..<min(8 * index + 8, source.count)].enumerated() {
                bits |= (byte & 1) << UInt8(bit)
            }
            target[index] = bits
        }
        advance(by: count)
    }
}
