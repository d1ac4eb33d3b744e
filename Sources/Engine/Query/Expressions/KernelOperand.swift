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
    /// One result a row. The operation must be a closure literal or an operator: then it is inlined into each loop. (Inside
    /// another closure it would not be, and cost an indirect call a row.)
    @inline(__always)
    static func map<Value: BitwiseCopyable & Sendable, Result: BitwiseCopyable & Sendable>(
        _ left: KernelOperand<Value>,
        _ right: KernelOperand<Value>,
        count: Int,
        _ operation: (Value, Value) -> Result
    ) -> Buffer<Result> {
        let memory = OwnedMemory<Result>(capacity: count)
        let target = memory.base
        switch (left, right) {
        case (.values(let left), .values(let right)):
            precondition(left.count >= count && right.count >= count, "BUG: operands of different lengths")
            let a = left.base
            let b = right.base
            for row in 0..<count { target[row] = operation(a[row], b[row]) }
            withExtendedLifetime((left, right)) {}
        case (.values(let left), .constant(let b)):
            precondition(left.count >= count, "BUG: operands of different lengths")
            let a = left.base
            for row in 0..<count { target[row] = operation(a[row], b) }
            withExtendedLifetime(left) {}
        case (.constant(let a), .values(let right)):
            precondition(right.count >= count, "BUG: operands of different lengths")
            let b = right.base
            for row in 0..<count { target[row] = operation(a, b[row]) }
            withExtendedLifetime(right) {}
        case (.constant(let a), .constant(let b)):
            target.initialize(repeating: operation(a, b), count: count)
        }
        return Buffer(base: UnsafePointer(target), count: count, owner: memory)
    }
}

extension Vector {
    /// This vector, or a constant if both operands that it was computed from were.
    func constantIfBoth(_ left: Vector, _ right: Vector) -> Vector {
        guard left.constant != nil, right.constant != nil, count > 0 else { return self }
        return Vector(type: type, form: .constant(scalar(at: 0), count: count))
    }
}
