/// The values of one column over a run of rows, immutable, in the physical form that its source had.
///
/// A row is null where ``validity`` says so; the form's value there is unspecified.
public struct Vector: Sendable {
    /// The ways in which values lie in memory. Operators compute on them as they are, or ask for a plain copy.
    public enum Form: Sendable {
        /// One byte a row, 0 or 1.
        case boolean(Buffer<UInt8>)
        /// Integers or timestamps.
        case int64(Buffer<Int64>)
        /// Doubles.
        case float64(Buffer<Double>)
        /// Decimals `mantissa / 10^scale` of a ``ColumnType/float64`` column, exact. SQL sees the nearest double.
        case scaledInteger(Buffer<Int64>, scale: Int)
        /// Codes into a dictionary: the form of ``ColumnType/symbol``.
        case dictionary(Buffer<UInt32>, StringDictionary)
        /// UTF-8 text: row `i` is `bytes[offsets[i]..<offsets[i + 1]]`; `offsets` has one value more than rows.
        case text(offsets: Buffer<UInt32>, bytes: Buffer<UInt8>)
        /// The same value in every row. A null constant needs no validity.
        case constant(Scalar, count: Int)
        /// `start + row * step`: integers or timestamps.
        case sequence(start: Int64, step: Int64, count: Int)
    }

    /// The logical type.
    public let type: ColumnType
    /// The values.
    public let form: Form
    /// Which rows hold a value; nil if all do.
    public let validity: Validity?

    /// Creates a vector.
    public init(type: ColumnType, form: Form, validity: Validity? = nil) {
        self.type = type
        self.form = form
        self.validity = validity
    }

    /// The number of rows.
    public var count: Int {
        switch form {
        case .boolean(let values): values.count
        case .int64(let values): values.count
        case .float64(let values): values.count
        case .scaledInteger(let values, _): values.count
        case .dictionary(let codes, _): codes.count
        case .text(let offsets, _): offsets.count - 1
        case .constant(_, let count): count
        case .sequence(_, _, let count): count
        }
    }

    /// The same rows, from `range.lowerBound` to `range.upperBound`, without copying.
    public func slice(_ range: Range<Int>) -> Vector {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "Vector slice out of range")
        let form: Form =
            switch self.form {
            case .boolean(let values): .boolean(values.slice(range))
            case .int64(let values): .int64(values.slice(range))
            case .float64(let values): .float64(values.slice(range))
            case .scaledInteger(let values, let scale): .scaledInteger(values.slice(range), scale: scale)
            case .dictionary(let codes, let dictionary): .dictionary(codes.slice(range), dictionary)
            case .text(let offsets, let bytes):
                .text(offsets: offsets.slice(range.lowerBound..<range.upperBound + 1), bytes: bytes)
            case .constant(let value, _): .constant(value, count: range.count)
            case .sequence(let start, let step, _):
                // Wraps only past the last row, where an empty slice may begin.
                .sequence(start: start &+ Int64(range.lowerBound) &* step, step: step, count: range.count)
            }
        return Vector(type: type, form: form, validity: validity?.slice(range))
    }

    /// The value of one row. For text, tests and results of a few rows; operators work on ``form``.
    public func scalar(at row: Int) -> Scalar {
        precondition(row >= 0 && row < count, "Vector row out of range")
        if let validity, !validity[row] { return .null }
        switch form {
        case .boolean(let values): return .boolean(values[row] != 0)
        case .int64(let values): return type == .timestamp ? .timestamp(values[row]) : .int64(values[row])
        case .float64(let values): return .float64(values[row])
        case .scaledInteger(let values, let scale): return .float64(ScaledInteger.double(values[row], scale: scale))
        case .dictionary(let codes, let dictionary): return .text(dictionary.values[Int(codes[row])])
        case .text(let offsets, let bytes):
            let range = Int(offsets[row])..<Int(offsets[row + 1])
            return .text(bytes.slice(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
        case .constant(let value, _): return value
        case .sequence(let start, let step, _):
            let value = start &+ Int64(row) &* step
            return type == .timestamp ? .timestamp(value) : .int64(value)
        }
    }
}

extension Vector {
    /// A vector of timestamps, in nanoseconds since the Unix epoch.
    public static func timestamps(_ values: some Collection<Int64>) -> Vector {
        Vector(type: .timestamp, form: .int64(Buffer(values)))
    }

    /// A vector of integers.
    public static func int64(_ values: some Collection<Int64>) -> Vector {
        Vector(type: .int64, form: .int64(Buffer(values)))
    }

    /// A vector of doubles.
    public static func float64(_ values: some Collection<Double>) -> Vector {
        Vector(type: .float64, form: .float64(Buffer(values)))
    }

    /// A vector of exact decimals.
    public static func decimals(_ mantissas: some Collection<Int64>, scale: Int) -> Vector {
        Vector(type: .float64, form: .scaledInteger(Buffer(mantissas), scale: scale))
    }

    /// A vector of symbols.
    public static func symbols(_ values: some Collection<String>) -> Vector {
        // By bytes: strings that are only canonically equal are different symbols.
        var codes: [UTF8Key: UInt32] = [:]
        var distinct: [String] = []
        let encoded = values.map { value in
            let key = UTF8Key(text: value)
            if let code = codes[key] { return code }
            let code = UInt32(distinct.count)
            codes[key] = code
            distinct.append(value)
            return code
        }
        return Vector(type: .symbol, form: .dictionary(Buffer(encoded), StringDictionary(distinct)))
    }

    /// A vector of text.
    public static func strings(_ values: some Collection<String>) -> Vector {
        var offsets: [UInt32] = [0]
        var bytes: [UInt8] = []
        for value in values {
            bytes.append(contentsOf: value.utf8)
            offsets.append(UInt32(bytes.count))
        }
        return Vector(type: .string, form: .text(offsets: Buffer(offsets), bytes: Buffer(bytes)))
    }
}

/// Text that is equal only to the same bytes: `String` takes composed and decomposed letters for one.
private struct UTF8Key: Hashable {
    let text: String

    static func == (left: UTF8Key, right: UTF8Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
