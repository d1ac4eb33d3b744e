extension WireType {
    /// The type of the column `Epoch`.
    static let epoch = WireType.int64
    /// The type of the column `Nanoseconds`.
    static let nanoseconds = WireType.int32

    /// The type that a client's text names; `<` and `|` before it, as NumPy writes them, are passed over.
    init?(wire text: String) {
        let name = text.first == "<" || text.first == "|" ? String(text.dropFirst()) : text
        self.init(rawValue: name)
    }

    /// Which types there are, for those who sent another.
    static let choice =
        "a column is one of \(allCases.map(\.rawValue).joined(separator: ", ")), numbers with the low byte first"

    /// How MarketStore's messages call it.
    var label: String {
        switch self {
        case .int8: "BYTE"
        case .int16: "INT16"
        case .int32: "INT32"
        case .int64: "INT64"
        case .uint8: "UINT8"
        case .uint16: "UINT16"
        case .uint32: "UINT32"
        case .uint64: "UINT64"
        case .float32: "FLOAT32"
        case .float64: "FLOAT64"
        case .string16: "STRING16"
        }
    }

    /// Its number in MarketStore's files and in `GetInfo`.
    public var number: Int64 {
        switch self {
        case .float32: 0
        case .int32: 1
        case .float64: 2
        case .int64: 3
        case .int8: 5
        case .int16: 9
        case .uint8: 10
        case .uint16: 11
        case .uint32: 12
        case .uint64: 13
        case .string16: 14
        }
    }

    /// Whether its values are whole numbers.
    var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        case .float32, .float64, .string16: false
        }
    }

    /// The smallest and the largest value of an integer type that 64 signed bits hold.
    var bounds: ClosedRange<Int64> {
        switch self {
        case .int8: Int64(Int8.min)...Int64(Int8.max)
        case .int16: Int64(Int16.min)...Int64(Int16.max)
        case .int32: Int64(Int32.min)...Int64(Int32.max)
        case .uint8: 0...Int64(UInt8.max)
        case .uint16: 0...Int64(UInt16.max)
        case .uint32: 0...Int64(UInt32.max)
        case .uint64: 0...Int64.max
        case .int64, .float32, .float64, .string16: Int64.min...Int64.max
        }
    }
}
