import Columnar

/// One side of a binary kernel: the same value in every row, or a value each.
enum KernelOperand<Value: BitwiseCopyable & Sendable> {
    case constant(Value)
    case values(Buffer<Value>)
}

extension KernelOperand<Double> {
    /// A numeric vector as doubles.
    init(doubles vector: Vector) {
        if case .constant(let value, _) = vector.form {
            self = .constant(value.double ?? 0)
        } else {
            self = .values(vector.float64Values)
        }
    }
}

extension KernelOperand<Int64> {
    /// An integer or timestamp vector.
    init(integers vector: Vector) {
        if case .constant(let value, _) = vector.form {
            self = .constant(value.int64 ?? 0)
        } else {
            self = .values(vector.int64Values)
        }
    }
}

extension KernelOperand<UInt8> {
    /// A boolean vector, 0 or 1 a row.
    init(booleans vector: Vector) {
        if case .constant(let value, _) = vector.form {
            self = .constant(value == .boolean(true) ? 1 : 0)
        } else {
            self = .values(vector.booleanValues)
        }
    }
}

/// The loop under all binary kernels.
enum BinaryKernel {
    @inline(__always)
    static func map<Value: BitwiseCopyable & Sendable, Result: BitwiseCopyable & Sendable>(
        _ left: KernelOperand<Value>,
        _ right: KernelOperand<Value>,
        count: Int,
        _ operation: (Value, Value) -> Result
    ) -> Buffer<Result> {
        .filled(count: count) { target in
            switch (left, right) {
            case (.values(let left), .values(let right)):
                left.withUnsafeBufferPointer { left in
                    right.withUnsafeBufferPointer { right in
                        for row in 0..<count { target[row] = operation(left[row], right[row]) }
                    }
                }
            case (.values(let left), .constant(let right)):
                left.withUnsafeBufferPointer { left in
                    for row in 0..<count { target[row] = operation(left[row], right) }
                }
            case (.constant(let left), .values(let right)):
                right.withUnsafeBufferPointer { right in
                    for row in 0..<count { target[row] = operation(left, right[row]) }
                }
            case (.constant(let left), .constant(let right)):
                target.initialize(repeating: operation(left, right), count: count)
            }
        }
    }
}

extension Vector {
    /// This vector, or a constant if both operands that it was computed from were.
    func constantIfBoth(_ left: Vector, _ right: Vector) -> Vector {
        guard left.constant != nil, right.constant != nil, count > 0 else { return self }
        return Vector(type: type, form: .constant(scalar(at: 0), count: count))
    }
}
