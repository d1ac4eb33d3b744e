import Columnar

/// Vectors as plain buffers, for code that wants values one after the other.
enum Plain {
    /// The values of an int64 or timestamp vector; shared if they are plain already. 0 where there is none.
    static func int64(_ vector: Vector) -> Buffer<Int64> {
        switch vector.form {
        case .int64(let values), .scaledInteger(let values, _): return values
        case .sequence(let start, let step, let count):
            var builder = BufferBuilder<Int64>(capacity: count)
            var value = start
            for _ in 0..<count {
                builder.append(value)
                value &+= step
            }
            return builder.take()
        case .constant(.int64(let value), let count), .constant(.timestamp(let value), let count):
            return repeating(value, count: count)
        case .boolean, .float64, .dictionary, .text, .constant: return repeating(0, count: vector.count)
        }
    }

    /// The values of a float64 vector, decimals as the nearest doubles.
    static func float64(_ vector: Vector) -> Buffer<Double> {
        switch vector.form {
        case .float64(let values): return values
        case .scaledInteger(let mantissas, let scale):
            var builder = BufferBuilder<Double>(capacity: mantissas.count)
            mantissas.withUnsafeBufferPointer { mantissas in
                for mantissa in mantissas { builder.append(ScaledInteger.double(mantissa, scale: scale)) }
            }
            return builder.take()
        case .constant(.float64(let value), let count): return repeating(value, count: count)
        case .boolean, .int64, .dictionary, .text, .sequence, .constant: return repeating(0, count: vector.count)
        }
    }

    /// The values of a boolean vector, a byte each.
    static func boolean(_ vector: Vector) -> Buffer<UInt8> {
        switch vector.form {
        case .boolean(let values): return values
        case .constant(.boolean(let value), let count): return repeating(value ? 1 : 0, count: count)
        case .int64, .float64, .scaledInteger, .dictionary, .text, .sequence, .constant:
            return repeating(0, count: vector.count)
        }
    }

    static func repeating<Element>(_ value: Element, count: Int) -> Buffer<Element> {
        var builder = BufferBuilder<Element>(capacity: count)
        builder.append(repeating: value, count: count)
        return builder.take()
    }
}
