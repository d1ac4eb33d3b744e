public import Columnar

/// The arguments of an aggregate over one slice: their values laid open once, so that a fold's loop only follows pointers.
///
/// Valid while it lives; holds the vectors that own the memory.
public struct FoldArguments {
    /// Where an argument's values lie.
    enum Values {
        /// Integers, timestamps.
        case int64(UnsafePointer<Int64>)
        /// Integers or timestamps `start + row × step`; a constant has step 0.
        case sequence(start: Int64, step: Int64)
        /// Doubles.
        case float64(UnsafePointer<Double>)
        /// Decimals.
        case decimal(UnsafePointer<Int64>, scale: Int)
        /// Truth values and text: by ``Vector/scalar(at:)``.
        case other
        /// No row has a value.
        case nulls
    }

    /// One argument.
    struct Argument {
        let values: Values
        let validity: Validity?
        let vector: Vector

        init(_ vector: Vector) {
            let plain = Self.withoutConstantDoubles(vector)
            self.vector = plain
            self.validity = plain.validity
            self.values =
                switch plain.form {
                case .int64(let values): .int64(values.base)
                case .float64(let values): .float64(values.base)
                case .scaledInteger(let values, let scale): .decimal(values.base, scale: scale)
                case .sequence(let start, let step, _): .sequence(start: start, step: step)
                case .constant(.int64(let value), _), .constant(.timestamp(let value), _):
                    .sequence(start: value, step: 0)
                case .constant(.null, _): .nulls
                case .constant, .boolean, .dictionary, .text: .other
                }
        }

        /// Constant doubles are rare and their sum is not a product: they become plain ones.
        private static func withoutConstantDoubles(_ vector: Vector) -> Vector {
            guard case .constant(.float64(let value), let count) = vector.form else { return vector }
            var builder = BufferBuilder<Double>(capacity: count)
            builder.append(repeating: value, count: count)
            return Vector(type: vector.type, form: .float64(builder.take()), validity: vector.validity)
        }

        /// Whether no row has a value.
        var isNull: Bool {
            if case .nulls = values { true } else { false }
        }

        @inline(__always)
        func isValid(_ row: Int) -> Bool { validity.map { $0[row] } ?? true }

        /// The value of a row as a double; NaN for what is not a number. Only for rows that are valid.
        @inline(__always)
        func double(_ row: Int) -> Double {
            switch values {
            case .int64(let base): Double(base[row])
            case .sequence(let start, let step): Double(start &+ Int64(row) &* step)
            case .float64(let base): base[row]
            case .decimal(let base, let scale): ScaledInteger.double(base[row], scale: scale)
            case .other, .nulls: .nan
            }
        }
    }

    let first: Argument?
    let second: Argument?
    let times: Argument?
    /// The number of rows.
    public let rowCount: Int

    /// Lays open the arguments of a fold over a slice.
    ///
    /// - Parameters:
    ///   - vectors: none, one or two arguments, each of `rowCount` rows.
    ///   - times: the designated timestamps of the rows, ascending; needed by folds for which order matters.
    ///   - rowCount: the number of rows.
    public init(_ vectors: [Vector], times: Vector? = nil, rowCount: Int) {
        precondition(vectors.count <= 2, "BUG: no fold has more than two arguments")
        precondition(vectors.allSatisfy { $0.count == rowCount }, "BUG: arguments of different lengths")
        self.first = vectors.first.map(Argument.init)
        self.second = vectors.count > 1 ? Argument(vectors[1]) : nil
        self.times = times.map(Argument.init)
        self.rowCount = rowCount
    }

    /// The time of a row; 0 if times were not given.
    @inline(__always)
    func time(_ row: Int) -> Int64 {
        switch times?.values {
        case .int64(let base): base[row]
        case .sequence(let start, let step): start &+ Int64(row) &* step
        case .float64, .decimal, .other, .nulls, nil: 0
        }
    }
}
