/// The type of a column as MarketStore's files number it.
enum ElementType {
    /// The wire type of a number; nil for those that no row can have.
    ///
    /// `BOOL` (6) is a byte of 0 or 1, and `EPOCH` (4) an integer of 8 bytes; `NONE` (7) and `STRING` (8) have no width.
    static func wireType(_ number: UInt8) -> WireType? {
        switch number {
        case 0: .float32
        case 1: .int32
        case 2: .float64
        case 3, 4: .int64
        case 5: .int8
        case 6, 10: .uint8
        case 9: .int16
        case 11: .uint16
        case 12: .uint32
        case 13: .uint64
        case 14: .string16
        default: nil
        }
    }
}
