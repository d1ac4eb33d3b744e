import Columnar

/// Integers as a base, a common divisor and small offsets: `base + divisor * offset`.
///
/// Prices are multiples of a tick and venue times of a millisecond, so the divisor often halves the width.
struct IntegerPacking {
    let base: Int64
    let divisor: UInt64
    /// Bytes of an offset: 1, 2, 4; 8 if packing does not pay.
    let width: Int

    /// Values looked at before a full pass for the divisor is worth it.
    private static let sampleCount = 32

    /// The packing of values whose smallest and largest are known.
    init(_ values: UnsafeBufferPointer<Int64>, minimum: Int64, maximum: Int64) {
        let range = UInt64(bitPattern: maximum &- minimum)
        let plainWidth = Self.width(of: range)
        base = minimum
        let divisor = plainWidth == 1 ? 1 : Self.commonDivisor(values, minimum: minimum, range: range)
        let dividedWidth = Self.width(of: range / divisor)
        self.divisor = dividedWidth < plainWidth ? divisor : 1
        self.width = min(plainWidth, dividedWidth)
    }

    /// Writes the offsets of the values; `width` must be below 8.
    func put(_ values: UnsafeBufferPointer<Int64>, to writer: inout ByteWriter) {
        let division = ExactDivision(by: divisor)
        writer.append(byteCount: values.count * width) { memory in
            switch width {
            case 1: Self.write(values, base, division, to: memory.assumingMemoryBound(to: UInt8.self))
            case 2: Self.write(values, base, division, to: memory.assumingMemoryBound(to: UInt16.self))
            default: Self.write(values, base, division, to: memory.assumingMemoryBound(to: UInt32.self))
            }
        }
    }

    @inline(__always)
    private static func write<Offset: FixedWidthInteger>(
        _ values: UnsafeBufferPointer<Int64>,
        _ base: Int64,
        _ division: ExactDivision,
        to target: UnsafeMutablePointer<Offset>
    ) {
        for row in values.indices {
            let difference = UInt64(bitPattern: values[row] &- base)
            target[row] = Offset(truncatingIfNeeded: division.quotient(difference))
        }
    }

    private static func width(of range: UInt64) -> Int {
        switch range {
        case ...0xFF: 1
        case ...0xFFFF: 2
        case ...0xFFFF_FFFF: 4
        default: 8
        }
    }

    /// The greatest common divisor of all differences to the minimum, or 1 once it cannot narrow the offsets.
    private static func commonDivisor(_ values: UnsafeBufferPointer<Int64>, minimum: Int64, range: UInt64) -> UInt64 {
        var divisor = range
        for value in values.prefix(sampleCount) {
            divisor = greatestCommonDivisor(divisor, UInt64(bitPattern: value &- minimum))
        }
        var division = ExactDivision(by: divisor)
        for value in values.dropFirst(sampleCount) {
            let difference = UInt64(bitPattern: value &- minimum)
            if division.divides(difference) { continue }
            divisor = greatestCommonDivisor(divisor, difference)
            if divisor < 256 && width(of: range / divisor) == width(of: range) { return 1 }
            division = ExactDivision(by: divisor)
        }
        return divisor
    }

    private static func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}

/// Division of multiples, and the test for being one, by one multiplication (Granlund and Montgomery 1994, section 9).
struct ExactDivision {
    private let inverse: UInt64
    private let shift: UInt64
    private let limit: UInt64

    /// `divisor` is not 0.
    init(by divisor: UInt64) {
        let twos = UInt64(divisor.trailingZeroBitCount)
        let odd = divisor >> twos
        // Newton's iteration doubles the number of right bits: 5, 10, 20, 40, 80.
        var inverse = odd &* 3 ^ 2
        for _ in 0..<4 { inverse = inverse &* (2 &- odd &* inverse) }
        self.inverse = inverse
        self.shift = twos
        self.limit = UInt64.max / divisor
    }

    /// The quotient if `value` is a multiple.
    @inline(__always)
    func quotient(_ value: UInt64) -> UInt64 {
        let product = value &* inverse
        return product >> shift | (shift == 0 ? 0 : product << (64 &- shift))
    }

    /// Whether `value` is a multiple.
    @inline(__always)
    func divides(_ value: UInt64) -> Bool { quotient(value) <= limit }
}
