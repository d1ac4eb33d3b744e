import Columnar
import QueryLang

/// Turns values of one group key into integers that are equal if the values are.
///
/// NaN is one value, both zeros are one value, texts are equal by their bytes.
struct KeyEncoder {
    private var interner = TextInterner()

    /// An integer a row; 0 where the value is null.
    mutating func encode(_ vector: Vector) -> Buffer<UInt64> {
        let count = vector.count
        if vector.isNull { return .filled(count: count) { $0.initialize(repeating: 0, count: count) } }
        let validity = vector.validity
        func filled(_ key: (Int) -> UInt64) -> Buffer<UInt64> {
            .filled(count: count) { target in
                for row in 0..<count { target[row] = validity.map { $0[row] } ?? true ? key(row) : 0 }
            }
        }
        switch vector.type {
        case .int64, .timestamp:
            let values = vector.int64Values
            return filled { UInt64(bitPattern: values[$0]) }
        case .float64:
            let values = vector.float64Values
            return filled { values[$0].isNaN ? Double.nan.bitPattern : (values[$0] + 0).bitPattern }
        case .boolean:
            let values = vector.booleanValues
            return filled { UInt64(values[$0]) }
        case .symbol, .string: return encodeText(vector)
        }
    }

    private mutating func encodeText(_ vector: Vector) -> Buffer<UInt64> {
        switch vector.form {
        case .dictionary(let codes, let dictionary):
            return codes.withUnsafeBufferPointer { interner.ids(of: $0, in: dictionary, validity: vector.validity) }
        case .constant(let value, let count):
            let id = UInt64(interner.id(of: value.text ?? ""))
            return .filled(count: count) { $0.initialize(repeating: id, count: count) }
        default:
            var ids: [UInt64] = []
            for row in 0..<vector.count {
                ids.append(vector.scalar(at: row).text.map { UInt64(interner.id(of: $0)) } ?? 0)
            }
            return Buffer(ids)
        }
    }
}
