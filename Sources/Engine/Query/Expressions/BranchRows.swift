import Columnar

/// Rows that are taken from several vectors, each from the one that was chosen for it.
struct BranchRows {
    /// The vector of each row, by index.
    let chosen: [UInt32]
    /// Nil for those that no row takes.
    let vectors: [Vector?]

    /// The rows as a vector of a type, which all vectors fit.
    func vector(_ type: ColumnType) -> Vector {
        switch type {
        case .int64, .timestamp:
            return Vector(
                type: type,
                form: .int64(gather(operands { KernelOperand(integers: $0) })),
                validity: validity
            )
        case .boolean:
            return Vector(
                type: type,
                form: .boolean(gather(operands { KernelOperand(booleans: $0) })),
                validity: validity
            )
        case .float64:
            if let (mantissas, scale) = decimals {
                return Vector(type: type, form: .scaledInteger(gather(mantissas), scale: scale), validity: validity)
            }
            return Vector(
                type: type,
                form: .float64(gather(operands { KernelOperand(doubles: $0) })),
                validity: validity
            )
        case .symbol, .string: return runs(type)
        }
    }

    private func operands<Value>(_ make: (Vector) -> KernelOperand<Value>) -> [KernelOperand<Value>?] {
        vectors.map { $0.map(make) }
    }

    /// The mantissas, if all vectors are decimals of one scale or whole numbers that can be written with it: sums of them
    /// stay exact.
    private var decimals: (operands: [KernelOperand<Int64>?], scale: Int)? {
        var scale: Int?
        for case .scaledInteger(_, let own)? in vectors.map({ $0?.form }) {
            guard scale == nil || scale == own else { return nil }
            scale = own
        }
        guard let scale, scale < ScaledInteger.powersOfTen.count else { return nil }
        var operands: [KernelOperand<Int64>?] = []
        for vector in vectors {
            switch vector?.form {
            case nil: operands.append(nil)
            case .scaledInteger(let mantissas, _)?: operands.append(.values(mantissas))
            case .constant(.null, _)?: operands.append(.constant(0))
            case .constant(let value, _)?:
                guard let number = value.double, number.magnitude < 0x1p50, let whole = Int64(exactly: number) else {
                    return nil
                }
                guard let power = Int64(exactly: ScaledInteger.powersOfTen[scale]) else { return nil }
                let (mantissa, overflow) = whole.multipliedReportingOverflow(by: power)
                // Minus zero has no mantissa.
                guard !overflow, number != 0 || number.sign == .plus else { return nil }
                operands.append(.constant(mantissa))
            default: return nil
            }
        }
        return (operands, scale)
    }

    private func gather<Value: BitwiseCopyable & Sendable>(_ operands: [KernelOperand<Value>?]) -> Buffer<Value> {
        // A constant is a buffer of one value that every row reads.
        var buffers: [Buffer<Value>] = []
        var steps: [Int] = []
        for operand in operands {
            switch operand {
            case .values(let values)?:
                precondition(values.count >= chosen.count, "BUG: a branch of another length")
                buffers.append(values)
                steps.append(1)
            case .constant(let value)?:
                buffers.append(Buffer([value]))
                steps.append(0)
            case nil:
                buffers.append(Buffer([]))
                steps.append(0)
            }
        }
        return .filled(count: chosen.count) { target in
            for row in chosen.indices {
                let branch = Int(chosen[row])
                target[row] = buffers[branch][row &* steps[branch]]
            }
        }
    }

    /// Which rows hold a value; nil if all do.
    private var validity: Validity? {
        guard vectors.contains(where: { $0?.validity != nil || $0?.isNull ?? false }) else { return nil }
        let isNull = vectors.map { $0?.isNull ?? false }
        return .filled(count: chosen.count) { row in
            let branch = Int(chosen[row])
            return !isNull[branch] && (vectors[branch]?.validity?[row] ?? true)
        }
    }

    /// Copies runs of rows of the same branch.
    private func runs(_ type: ColumnType) -> Vector {
        let builder = VectorBuilder(type)
        var start = 0
        for row in 0...chosen.count where row == chosen.count || chosen[row] != chosen[start] {
            if start < row, let vector = vectors[Int(chosen[start])] { builder.append(vector, start..<row) }
            start = row
        }
        return builder.take()
    }
}
