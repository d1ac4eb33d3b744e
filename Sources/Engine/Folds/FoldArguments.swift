public import Columnar

/// The arguments of an aggregate over one slice: their values laid open once, so that a fold's loop only follows pointers.
///
/// Valid while it lives; holds the vectors that own the memory. What loops look at, ``Argument``, is plain bits: taking it
/// out costs no reference count, which matters where runs of rows are short.
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

    /// One argument. Points into memory that the arguments own.
    struct Argument {
        let values: Values
        let validity: ValidRows?

        init(_ vector: Vector) {
            self.validity = vector.validity.map(ValidRows.init)
            self.values =
                switch vector.form {
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

        /// The value of a row as a decimal; nil for what is none. Only for rows that are valid.
        @inline(__always)
        func mantissa(_ row: Int) -> (value: Int64, scale: Int)? {
            switch values {
            case .int64(let base): (base[row], 0)
            case .sequence(let start, let step): (start &+ Int64(row) &* step, 0)
            case .decimal(let base, let scale): (base[row], scale)
            case .float64, .other, .nulls: nil
            }
        }

        /// Decimals or integers that lie in memory, with a value in every row; nil for all else.
        @inline(__always)
        var plainMantissas: (base: UnsafePointer<Int64>, scale: Int)? {
            if validity != nil { return nil }
            switch values {
            case .int64(let base): return (base, 0)
            case .decimal(let base, let scale): return (base, scale)
            case .sequence, .float64, .other, .nulls: return nil
            }
        }

        /// Whether the values are doubles.
        var areDoubles: Bool {
            if case .float64 = values { true } else { false }
        }

        /// Doubles that lie in memory, with a value in every row; nil for all else.
        @inline(__always)
        var plainDoubles: UnsafePointer<Double>? {
            if case .float64(let base) = values, validity == nil { base } else { nil }
        }
    }

    let first: Argument?
    let second: Argument?
    let third: Argument?
    let fourth: Argument?
    let times: Argument?
    /// The number of rows.
    public let rowCount: Int

    /// The first argument as it came, for values that ``Argument`` does not lay open.
    let firstVector: Vector?
    private let secondVector: Vector?
    /// Those from the third on, which nothing but ``third`` and ``fourth`` points into.
    private let moreVectors: [Vector]
    private let timesVector: Vector?

    /// Lays open the arguments of a fold over a slice.
    ///
    /// - Parameters:
    ///   - vectors: none to four arguments, each of `rowCount` rows.
    ///   - times: the designated timestamps of the rows, ascending; needed by folds for which order matters.
    ///   - rowCount: the number of rows.
    public init(_ vectors: [Vector], times: Vector? = nil, rowCount: Int) {
        precondition(vectors.count <= 4, "BUG: no fold has more than four arguments")
        precondition(vectors.allSatisfy { $0.count == rowCount }, "BUG: arguments of different lengths")
        let first = vectors.first.map(Self.withoutConstantDoubles)
        let second = vectors.count > 1 ? Self.withoutConstantDoubles(vectors[1]) : nil
        self.firstVector = first
        self.secondVector = second
        self.timesVector = times
        self.first = first.map(Argument.init)
        self.second = second.map(Argument.init)
        let more = vectors.dropFirst(2).map(Self.withoutConstantDoubles)
        self.moreVectors = more
        self.third = more.first.map(Argument.init)
        self.fourth = more.count > 1 ? Argument(more[1]) : nil
        self.times = times.map(Argument.init)
        self.rowCount = rowCount
    }

    /// Constant doubles are rare and their sum is not a product: they become plain ones.
    private static func withoutConstantDoubles(_ vector: Vector) -> Vector {
        guard case .constant(.float64(let value), let count) = vector.form else { return vector }
        var builder = BufferBuilder<Double>(capacity: count)
        builder.append(repeating: value, count: count)
        return Vector(type: vector.type, form: .float64(builder.take()), validity: vector.validity)
    }

    /// The value of the first argument in a row; null without one.
    func firstScalar(at row: Int) -> Scalar { firstVector?.scalar(at: row) ?? .null }

    /// The value of the second argument in a row; null without one.
    func secondScalar(at row: Int) -> Scalar { secondVector?.scalar(at: row) ?? .null }

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

/// Which rows hold a value: a bitmap that someone else keeps alive.
struct ValidRows {
    private let words: UnsafePointer<UInt64>
    private let offset: Int

    init(_ validity: Validity) {
        words = validity.words.base
        offset = validity.offset
    }

    /// Whether a row holds a value.
    @inline(__always)
    subscript(row: Int) -> Bool {
        let bit = row &+ offset
        return words[bit >> 6] >> UInt64(bit & 63) & 1 == 1
    }

    /// How many rows of a range hold a value.
    func count(in rows: Range<Int>) -> Int {
        if rows.isEmpty { return 0 }
        let first = rows.lowerBound &+ offset
        let last = rows.upperBound &- 1 &+ offset
        var count = 0
        for word in first >> 6...last >> 6 {
            var bits = words[word]
            if word == first >> 6 { bits &= .max << UInt64(first & 63) }
            if word == last >> 6 { bits &= .max >> UInt64(63 &- last & 63) }
            count &+= bits.nonzeroBitCount
        }
        return count
    }
}
