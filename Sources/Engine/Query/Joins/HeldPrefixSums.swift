import Columnar

/// Sums of the first rows of a column of integers or decimals, so that the sum over any rows that lie together is one
/// subtraction.
///
/// They wrap around: a difference is right as long as it fits, whatever the sums before it.
struct HeldPrefixSums {
    /// The sum of the rows before each row, and of all.
    let sums: Buffer<Int64>
    /// Decimals of the values; 0 for integers.
    let scale: Int
    /// Every bit that is set in the magnitude of a value.
    let magnitudeBits: Int64

    /// Nil for values that are not integers underneath.
    init?(_ vector: Vector) {
        let values: Buffer<Int64>
        switch vector.form {
        case .scaledInteger(let mantissas, let scale):
            values = mantissas
            self.scale = scale
        case .int64, .sequence, .constant(.int64, _):
            guard vector.type == .int64 else { return nil }
            values = vector.int64Values
            scale = 0
        case .boolean, .float64, .dictionary, .text, .constant: return nil
        }
        let validity = vector.validity
        var bits: Int64 = 0
        sums = .filled(count: values.count + 1) { target in
            var sum: Int64 = 0
            target[0] = 0
            for row in 0..<values.count {
                let isValid = validity.map { $0[row] } ?? true
                let value = isValid ? values.base[row] : 0
                sum &+= value
                bits |= value ^ (value >> 63)
                target[row + 1] = sum
            }
        }
        magnitudeBits = bits
    }

    /// Whether the sum of so many values fits in 64 bits.
    static func fits(count: Int, magnitudeBits: Int64) -> Bool {
        // Negative magnitudes are one less than they are here: the sign has a bit of its own.
        let bits = Int64.bitWidth - magnitudeBits.leadingZeroBitCount
        return bits + (Int.bitWidth - count.leadingZeroBitCount) < Int64.bitWidth
    }
}
