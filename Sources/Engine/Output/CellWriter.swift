import Columnar

/// The words in which formats differ.
enum CellDialect {
    /// JSON and NDJSON.
    case json
    /// RFC 4180.
    case csv
}

/// Writes the values of one column of a batch, cell by cell, through bare pointers: a cell costs no reference counting.
///
/// Invariant: the pointers are into memory that `vector`, `nulls` or `texts` own, and are set anew by every ``load(_:)``.
struct CellWriter {
    private enum Values {
        case integers(UnsafePointer<Int64>)
        case timestamps(UnsafePointer<Int64>)
        case doubles(UnsafePointer<Double>)
        case decimals(UnsafePointer<Int64>, NumberText.Scale)
        case booleans(UnsafePointer<UInt8>)
        case codes(UnsafePointer<UInt32>, UnsafePointer<EncodedTexts.Place>, UnsafePointer<UInt8>)
        case text(UnsafePointer<UInt32>, UnsafePointer<UInt8>)
        case constant(UnsafeBufferPointer<UInt8>)
    }

    private let dialect: CellDialect
    private var values = Values.constant(UnsafeBufferPointer(start: nil, count: 0))
    /// 1 where the row has no value; nil if all have.
    private var isNull: UnsafePointer<UInt8>?
    private var timestampText = TimestampText()

    /// Owners of the memory behind the pointers.
    private var vector: Vector?
    private var nulls: Buffer<UInt8>?
    private let texts: EncodedTexts

    init(_ dialect: CellDialect) {
        self.dialect = dialect
        self.texts = EncodedTexts(dialect)
    }

    /// Takes a column; its cells can be written until the next.
    mutating func load(_ source: Vector) {
        let vector = Self.withoutSequence(source)
        self.vector = vector
        nulls = vector.validity.map { validity in
            .filled(count: validity.count) { target in
                for row in 0..<validity.count { target[row] = validity[row] ? 0 : 1 }
            }
        }
        isNull = nulls?.base
        switch vector.form {
        case .int64(let values):
            self.values = vector.type == .timestamp ? .timestamps(values.base) : .integers(values.base)
        case .float64(let values): self.values = .doubles(values.base)
        case .scaledInteger(let values, let scale): self.values = .decimals(values.base, NumberText.Scale(scale))
        case .boolean(let values): self.values = .booleans(values.base)
        case .dictionary(let codes, let dictionary):
            let (places, bytes) = texts.encode(codes, of: dictionary, isNull: isNull)
            self.values = .codes(codes.base, places, bytes)
        case .text(let offsets, let bytes): self.values = .text(offsets.base, bytes.base)
        case .constant(let value, _): self.values = .constant(texts.keep(encode(value)))
        case .sequence: preconditionFailure("BUG: a sequence was not laid out")
        }
    }

    private static func withoutSequence(_ vector: Vector) -> Vector {
        guard case .sequence = vector.form else { return vector }
        return Vector(type: vector.type, form: .int64(vector.int64Values), validity: vector.validity)
    }

    /// Writes the value of a row.
    @inline(__always)
    mutating func write(_ row: Int, to sink: ByteSink) {
        if let isNull, isNull[row] != 0 { return writeNull(to: sink) }
        switch values {
        case .integers(let base):
            sink.advance(by: NumberText.write(base[row], to: sink.claim(NumberText.roomBytes)))
        case .timestamps(let base): writeTimestamp(base[row], to: sink)
        case .doubles(let base): writeDouble(base[row], to: sink)
        case .decimals(let base, let scale):
            sink.advance(by: NumberText.write(mantissa: base[row], scale, to: sink.claim(NumberText.roomBytes)))
        case .booleans(let base): sink.append(base[row] != 0 ? "true" : "false")
        case .codes(let base, let places, let bytes):
            let place = places[Int(base[row])]
            sink.append(UnsafeBufferPointer(start: bytes + place.start, count: place.count))
        case .text(let offsets, let bytes):
            let start = Int(offsets[row])
            let text = UnsafeBufferPointer(start: bytes + start, count: Int(offsets[row &+ 1]) &- start)
            dialect.writeText(text, to: sink)
        case .constant(let bytes): sink.append(bytes)
        }
    }

    private func writeNull(to sink: ByteSink) {
        switch dialect {
        case .json: sink.append("null")
        case .csv: break
        }
    }

    @inline(__always)
    private func writeDouble(_ value: Double, to sink: ByteSink) {
        if !value.isFinite, dialect == .json { return sink.append("null") }
        sink.advance(by: NumberText.write(value, to: sink.claim(NumberText.roomBytes)))
    }

    @inline(__always)
    private mutating func writeTimestamp(_ value: Int64, to sink: ByteSink) {
        let out = sink.claim(TimestampText.bytesMax + 2)
        guard dialect == .json else { return sink.advance(by: timestampText.write(value, to: out)) }
        out[0] = UInt8(ascii: "\"")
        let count = timestampText.write(value, to: out + 1)
        out[count + 1] = UInt8(ascii: "\"")
        sink.advance(by: count + 2)
    }

    private mutating func encode(_ value: Scalar) -> [UInt8] {
        let sink = ByteSink(capacity: 64)
        switch value {
        case .null: writeNull(to: sink)
        case .boolean(let value): sink.append(value ? "true" : "false")
        case .int64(let value): sink.advance(by: NumberText.write(value, to: sink.claim(NumberText.roomBytes)))
        case .float64(let value): writeDouble(value, to: sink)
        case .timestamp(let value): writeTimestamp(value, to: sink)
        case .text(var value): value.withUTF8 { dialect.writeText($0, to: sink) }
        }
        var bytes: [UInt8] = []
        sink.drain(into: &bytes)
        return bytes
    }
}

extension CellDialect {
    func writeText(_ text: UnsafeBufferPointer<UInt8>, to sink: ByteSink) {
        switch self {
        case .json: TextEscaping.json(text, to: sink)
        case .csv: TextEscaping.csv(text, to: sink)
        }
    }
}
