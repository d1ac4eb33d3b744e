import Columnar
import QueryLang

/// A call of a scalar function by its kernel: loops over plain buffers for numbers and times, and once per text of a
/// dictionary where one operand is of symbols and the others are constants.
final class KernelNode: ExpressionNode {
    private let kernel: ScalarKernel
    private let operands: [any ExpressionNode]
    private let type: ColumnType
    private var table = DictionaryTable()

    /// Creates a node of the operands that the kernel takes.
    init(_ kernel: ScalarKernel, _ operands: [any ExpressionNode], _ type: ColumnType) {
        self.kernel = kernel
        self.operands = operands
        self.type = type
    }

    func evaluate(_ input: any EvaluationInput) throws(QueryError) -> Vector {
        var vectors: [Vector] = []
        for operand in operands { vectors.append(try operand.evaluate(input)) }
        let count = input.rowCount
        if kernel.isStrict, vectors.contains(where: \.isNull) { return .nulls(type, count: count) }
        let constants = vectors.compactMap(\.constant)
        if constants.count == vectors.count {
            return Vector(type: type, form: .constant(kernel.value(ofOperands: constants, type), count: count))
        }
        switch kernel.loop {
        case .double(let function): return doubles(vectors[0], count) { x, _ in function(x) }
        case .doubles(let function): return doubles(vectors[0], vectors[1], count, function)
        case .test(let function):
            let values = BinaryKernel.map(KernelOperand(doubles: vectors[0]), .constant(0), count: count) { x, _ in
                function(x) ? UInt8(1) : 0
            }
            return Vector(type: type, form: .boolean(values), validity: vectors[0].validity)
        case .rounding(let function):
            let values = vectors[0].float64Values
            return integers(vectors[0].validity, count) { function(values[$0]) }
        case .integer(let function):
            let values = vectors[0].int64Values
            return integers(vectors[0].validity, count) { function(values[$0]) }
        case .integers(let function):
            let (left, right) = (vectors[0].int64Values, vectors[1].int64Values)
            return integers(.both(vectors[0].validity, vectors[1].validity), count) { function(left[$0], right[$0]) }
        case .rows: return rows(vectors, count)
        }
    }

    private func doubles(_ x: Vector, _ count: Int, _ function: (Double, Double) -> Double) -> Vector {
        let values = BinaryKernel.map(KernelOperand(doubles: x), .constant(0), count: count) { function($0, $1) }
        return Vector(type: .float64, form: .float64(values), validity: x.validity)
    }

    private func doubles(_ x: Vector, _ y: Vector, _ count: Int, _ function: (Double, Double) -> Double) -> Vector {
        let values = BinaryKernel.map(KernelOperand(doubles: x), KernelOperand(doubles: y), count: count) {
            function($0, $1)
        }
        return Vector(type: .float64, form: .float64(values), validity: .both(x.validity, y.validity))
    }

    /// Integers or timestamps; what the function has no value for is null. Null rows hold anything and are not asked for.
    private func integers(_ validity: Validity?, _ count: Int, _ function: (Int) -> Int64?) -> Vector {
        var undefined: [Int] = []
        let values = Buffer<Int64>.filled(count: count) { target in
            for row in 0..<count {
                if let validity, !validity[row] {
                    target[row] = 0
                } else if let value = function(row) {
                    target[row] = value
                } else {
                    target[row] = 0
                    undefined.append(row)
                }
            }
        }
        guard !undefined.isEmpty else { return Vector(type: type, form: .int64(values), validity: validity) }
        var isDefined = [Bool](repeating: true, count: count)
        for row in undefined { isDefined[row] = false }
        return Vector(type: type, form: .int64(values), validity: .both(validity, Validity(isDefined)))
    }

    // MARK: Any values

    private func rows(_ vectors: [Vector], _ count: Int) -> Vector {
        if let index = vectors.firstIndex(where: { $0.constant == nil }),
            vectors.count(where: { $0.constant == nil }) == 1,
            case .dictionary(let codes, let dictionary) = vectors[index].form,
            dictionary.values.count <= max(4 * codes.count, 64)
        {
            var values = vectors.map { $0.constant ?? .null }
            if !table.isOf(dictionary, values) {
                table = DictionaryTable(dictionary, values, type) { text in
                    values[index] = text
                    return kernel.value(ofOperands: values, type)
                }
            }
            return table.vector(codes, vectors[index].validity)
        }
        let builder = VectorBuilder(type)
        var values = [Scalar](repeating: .null, count: vectors.count)
        for row in 0..<count {
            for (index, vector) in vectors.enumerated() { values[index] = vector.scalar(at: row) }
            builder.append(kernel.value(ofOperands: values, type))
        }
        return builder.take()
    }
}
