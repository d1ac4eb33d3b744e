/// The type of a column as MarketStore's clients name it: what NumPy calls `dtype.str`, little-endian.
///
/// MarketStore knows these ten numbers and one string; `Epoch` is an ``int64``.
public enum WireType: String, Sendable, Hashable, CaseIterable {
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case float32 = "f4"
    case float64 = "f8"
    /// 16 code points of four bytes each, the last ones zero.
    case string16 = "U16"

    /// Bytes of one value.
    public var size: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        case .string16: 64
        }
    }
}
