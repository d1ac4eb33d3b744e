import Columnar

/// Who took, of the rows of a column: `buy` or `bid` is 1, `sell` or `ask` is -1; of numbers the sign.
struct TakerSides {
    private enum Values {
        /// Signs of a dictionary's words.
        case coded(Buffer<UInt32>, [Int8])
        case numbers(Buffer<Double>)
        case same(Int8)
        case each([Int8])
    }

    private let values: Values
    private let validity: Validity?

    init(_ vector: Vector) {
        validity = vector.validity
        switch vector.form {
        case .dictionary(let codes, let dictionary): values = .coded(codes, dictionary.values.map(Self.sign))
        case .constant(let value, _): values = .same(Self.sign(value))
        case .text: values = .each((0..<vector.count).map { Self.sign(vector.scalar(at: $0)) })
        case .boolean: values = .same(0)
        case .int64, .float64, .scaledInteger, .sequence: values = .numbers(vector.float64Values)
        }
    }

    /// 1 for a buyer, -1 for a seller, 0 for a row that does not say.
    @inline(__always)
    subscript(row: Int) -> Int8 {
        if let validity, !validity[row] { return 0 }
        switch values {
        case .coded(let codes, let signs):
            let code = Int(codes[row])
            return code < signs.count ? signs[code] : 0
        case .numbers(let numbers): return Self.sign(numbers[row])
        case .same(let sign): return sign
        case .each(let signs): return signs[row]
        }
    }

    private static func sign(_ number: Double) -> Int8 { number > 0 ? 1 : number < 0 ? -1 : 0 }

    private static func sign(_ value: Scalar) -> Int8 {
        if let text = value.text { return sign(text) }
        return value.double.map(sign) ?? 0
    }

    private static func sign(_ text: String) -> Int8 {
        switch text.lowercased() {
        case "buy", "bid": 1
        case "sell", "ask": -1
        default: 0
        }
    }
}
