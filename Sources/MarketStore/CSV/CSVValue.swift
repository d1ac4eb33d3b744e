/// Reads a field as a value of a column.
enum CSVValue {
    /// Appends the value's bytes, little-endian; says what would be right if the field is none.
    ///
    /// An empty field is NaN in a column of doubles and an empty text; integers have nothing for it.
    static func append(_ field: ArraySlice<UInt8>, _ type: WireType, to bytes: inout [UInt8]) -> String? {
        let trimmed = trimmed(field)
        let text = String(decoding: trimmed, as: UTF8.self)
        switch type {
        case .float64:
            guard let value = trimmed.isEmpty ? Double.nan : Double(text) else { return "a number" }
            return put(value.bitPattern, &bytes)
        case .float32:
            guard let value = trimmed.isEmpty ? Float.nan : Float(text) else { return "a number" }
            return put(value.bitPattern, &bytes)
        case .string16: return put(text: String(decoding: field, as: UTF8.self), &bytes)
        case .int8: return integer(Int8(text), &bytes)
        case .int16: return integer(Int16(text), &bytes)
        case .int32: return integer(Int32(text), &bytes)
        case .int64: return integer(Int64(text), &bytes)
        case .uint8: return integer(UInt8(text), &bytes)
        case .uint16: return integer(UInt16(text), &bytes)
        case .uint32: return integer(UInt32(text), &bytes)
        case .uint64: return integer(UInt64(text), &bytes)
        }
    }

    /// The smallest of integer, double and text that can hold a field: what a column of such fields is made of.
    static func type(of field: ArraySlice<UInt8>) -> WireType? {
        let text = String(decoding: trimmed(field), as: UTF8.self)
        if text.isEmpty { return nil }
        if Int64(text) != nil { return .int64 }
        return Double(text) == nil ? .string16 : .float64
    }

    private static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var field = field
        while let first = field.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") { field.removeFirst() }
        while let last = field.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { field.removeLast() }
        return field
    }

    private static func integer<Number: FixedWidthInteger>(_ value: Number?, _ bytes: inout [UInt8]) -> String? {
        guard let value else { return "an integer from \(Number.min) to \(Number.max)" }
        return put(value, &bytes)
    }

    private static func put<Number: FixedWidthInteger>(_ value: Number, _ bytes: inout [UInt8]) -> String? {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        return nil
    }

    private static func put(text: String, _ bytes: inout [UInt8]) -> String? {
        let scalars = text.unicodeScalars
        guard scalars.count <= 16, !scalars.contains("\0") else { return "a text of at most 16 characters" }
        for scalar in scalars { _ = put(scalar.value, &bytes) }
        bytes.append(contentsOf: repeatElement(0, count: 4 * (16 - scalars.count)))
        return nil
    }
}
