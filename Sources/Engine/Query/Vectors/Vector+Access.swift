import CKernels
import Columnar

extension Vector {
    /// A vector whose every row is null.
    static func nulls(_ type: ColumnType, count: Int) -> Vector {
        Vector(type: type, form: .constant(.null, count: count))
    }

    /// The value of every row if the form says that they are equal.
    var constant: Scalar? {
        if case .constant(let value, _) = form, validity == nil { value } else { nil }
    }

    /// Whether the form says that every row is null.
    var isNull: Bool { constant == .null }

    /// Values of an integer or timestamp column as they would lie in memory. Unspecified where rows are null.
    var int64Values: Buffer<Int64> {
        switch form {
        case .int64(let values): values
        case .sequence(let start, let step, let count):
            .filled(count: count) { target in
                for index in 0..<count { target[index] = start &+ Int64(index) &* step }
            }
        case .constant(let value, let count):
            .filled(count: count) { $0.initialize(repeating: value.int64 ?? 0, count: count) }
        case .boolean, .float64, .scaledInteger, .dictionary, .text:
            preconditionFailure("BUG: integers of a \(type.name) column")
        }
    }

    /// Values of a numeric column as doubles. Unspecified where rows are null.
    var float64Values: Buffer<Double> {
        switch form {
        case .float64(let values): values
        case .scaledInteger(let mantissas, let scale): Self.doubles(mantissas, scale: scale)
        case .int64, .sequence: Self.doubles(int64Values)
        case .constant(let value, let count):
            .filled(count: count) { $0.initialize(repeating: value.double ?? 0, count: count) }
        case .boolean, .dictionary, .text: preconditionFailure("BUG: doubles of a \(type.name) column")
        }
    }

    private static func doubles(_ values: Buffer<Int64>) -> Buffer<Double> {
        values.withUnsafeBufferPointer { source in
            .filled(count: source.count) { target in
                for index in 0..<source.count { target[index] = Double(source[index]) }
            }
        }
    }

    private static func doubles(_ mantissas: Buffer<Int64>, scale: Int) -> Buffer<Double> {
        mantissas.withUnsafeBufferPointer { source in
            .filled(count: source.count) { target in
                if let base = source.baseAddress, source.magnitudeBits < 1 << 51 {
                    let power = ScaledInteger.powersOfTen[scale]
                    tickgate_decimal_doubles(base, source.count, power, TICKGATE_BEST, target)
                } else {
                    for index in 0..<source.count {
                        target[index] = ScaledInteger.double(source[index], scale: scale)
                    }
                }
            }
        }
    }

    /// Values of a boolean column, one byte each. Unspecified where rows are null.
    var booleanValues: Buffer<UInt8> {
        switch form {
        case .boolean(let values): values
        case .constant(let value, let count):
            .filled(count: count) { $0.initialize(repeating: value == .boolean(true) ? 1 : 0, count: count) }
        case .int64, .float64, .scaledInteger, .dictionary, .text, .sequence:
            preconditionFailure("BUG: truth values of a \(type.name) column")
        }
    }
}

extension UnsafeBufferPointer<Int64> {
    /// Every bit that is set in the magnitude of a value: below 2^n if every magnitude is (at most, for negative ones).
    var magnitudeBits: Int64 {
        var bits: Int64 = 0
        for value in self { bits |= value ^ (value >> 63) }
        return bits
    }
}

extension Scalar {
    /// The integer of an integer or timestamp.
    var int64: Int64? {
        switch self {
        case .int64(let value), .timestamp(let value): value
        case .null, .boolean, .float64, .text: nil
        }
    }

    /// A number as a double.
    var double: Double? {
        switch self {
        case .float64(let value): value
        case .int64(let value), .timestamp(let value): Double(value)
        case .null, .boolean, .text: nil
        }
    }

    /// The text.
    var text: String? {
        if case .text(let value) = self { value } else { nil }
    }
}
