import Columnar

/// Whether vectors are what they claim to be, so that nothing after it can read out of bounds.
enum VectorRules {
    /// Whether offsets of text ascend and end at most at `bound`.
    static func offsetsAscend(_ offsets: Buffer<UInt32>, bound: Int) -> Bool {
        offsets.withUnsafeBufferPointer { offsets in
            guard let last = offsets.last, Int(last) <= bound else { return false }
            for row in 1..<max(offsets.count, 1) where offsets[row] < offsets[row - 1] { return false }
            return true
        }
    }

    /// Whether all codes are below `count`.
    static func codesAreBelow(_ count: Int, _ codes: Buffer<UInt32>) -> Bool {
        codes.withUnsafeBufferPointer { codes in
            var largest: UInt32 = 0
            for code in codes { largest = max(largest, code) }
            return codes.isEmpty || Int(largest) < count
        }
    }

    /// About what the values take in a memtable, where constants and sequences are spelt out.
    static func byteCount(_ vector: Vector) -> Int {
        let validity = vector.validity == nil ? 0 : vector.count
        switch vector.form {
        case .boolean(let values): return validity + values.count
        case .int64, .float64, .scaledInteger, .sequence: return validity + vector.count * 8
        case .dictionary(let codes, _): return validity + codes.count * 4
        case .text(let offsets, _): return validity + offsets.count * 4 + Int(offsets[offsets.count - 1] - offsets[0])
        case .constant(.text(let text), let count): return count * (4 + text.utf8.count)
        case .constant(_, let count): return count * 8
        }
    }

    /// The vector in a form that the store keeps for a column of this type; nil if it does not fit.
    ///
    /// Texts may come as a dictionary or plain, whichever the column is.
    static func fitted(_ vector: Vector, to type: ColumnType) -> Vector? {
        guard vector.type == type || (vector.type.isText && type.isText) else {
            guard case .constant(.null, _) = vector.form else { return nil }
            return Vector(type: type, form: vector.form)
        }
        switch (type, vector.form) {
        case (.boolean, .boolean), (.int64, .int64), (.timestamp, .int64), (.float64, .float64),
            (.boolean, .constant(.boolean, _)), (.int64, .constant(.int64, _)),
            (.timestamp, .constant(.timestamp, _)), (.float64, .constant(.float64, _)),
            (.symbol, .constant(.text, _)), (.string, .constant(.text, _)), (_, .constant(.null, _)):
            return vector
        case (.int64, .sequence(let start, let step, let count)),
            (.timestamp, .sequence(let start, let step, let count)):
            let (length, overflow) = step.multipliedReportingOverflow(by: Int64(max(count - 1, 0)))
            return overflow || start.addingReportingOverflow(length).overflow ? nil : vector
        case (.float64, .scaledInteger(_, let scale)):
            return (0...ScaledInteger.scaleMax).contains(scale) ? vector : nil
        case (.symbol, .dictionary(let codes, let dictionary)), (.string, .dictionary(let codes, let dictionary)):
            guard codesAreBelow(dictionary.values.count, codes) else { return withoutWildCodes(vector, to: type) }
            return type == .symbol ? Vector(type: type, form: vector.form, validity: vector.validity) : text(vector)
        case (.symbol, .text(let offsets, let bytes)), (.string, .text(let offsets, let bytes)):
            guard offsetsAscend(offsets, bound: bytes.count) else { return nil }
            return type == .string ? Vector(type: type, form: vector.form, validity: vector.validity) : symbols(vector)
        default: return nil
        }
    }

    /// The codes of null rows may be anything; here they become 0. Nil if a row with a value has a wild code.
    private static func withoutWildCodes(_ vector: Vector, to type: ColumnType) -> Vector? {
        guard let validity = vector.validity, case .dictionary(let codes, let dictionary) = vector.form else {
            return nil
        }
        guard !dictionary.values.isEmpty else {
            let isAllNull = validity.nullCount == vector.count
            return isAllNull ? Vector(type: type, form: .constant(.null, count: vector.count)) : nil
        }
        let tamed = (0..<codes.count).map { validity[$0] ? codes[$0] : 0 }
        guard codesAreBelow(dictionary.values.count, Buffer(tamed)) else { return nil }
        let form = Vector.Form.dictionary(Buffer(tamed), dictionary)
        return fitted(Vector(type: vector.type, form: form, validity: validity), to: type)
    }

    private static func symbols(_ vector: Vector) -> Vector {
        let plain = Vector.symbols((0..<vector.count).map { text(of: vector, row: $0) })
        return Vector(type: .symbol, form: plain.form, validity: vector.validity)
    }

    private static func text(_ vector: Vector) -> Vector {
        let plain = Vector.strings((0..<vector.count).map { text(of: vector, row: $0) })
        return Vector(type: .string, form: plain.form, validity: vector.validity)
    }

    private static func text(of vector: Vector, row: Int) -> String {
        guard case .text(let value) = vector.scalar(at: row) else { return "" }
        return value
    }
}
