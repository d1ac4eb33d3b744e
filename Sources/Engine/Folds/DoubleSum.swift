/// A sum of doubles that does not depend on how the values were cut into slices.
///
/// The n-th value goes to lane n mod 4, and each lane keeps what rounding lost (Knuth's two-sum), so four rows are added
/// in one go and the error stays near one rounding of the result. Infinities and NaN are added apart, as IEEE 754 says.
struct DoubleSum: Sendable, Hashable {
    private var sums = SIMD4<Double>.zero
    private var errors = SIMD4<Double>.zero
    /// Values added so far: decides the lane of the next.
    private(set) var count = 0
    /// The sum of what is not finite; 0 while everything is.
    private var nonFinite = 0.0

    init() {}

    /// Adds one value.
    @inline(__always)
    mutating func add(_ value: Double) {
        let lane = count & 3
        count &+= 1
        let old = sums[lane]
        let sum = old + value
        guard sum.isFinite else {
            nonFinite += sum
            return
        }
        let shadow = sum - old
        errors[lane] += (old - (sum - shadow)) + (value - shadow)
        sums[lane] = sum
    }

    /// Adds values in order.
    mutating func add(_ values: UnsafeBufferPointer<Double>) {
        var index = 0
        while count & 3 != 0, index < values.count {
            add(values[index])
            index &+= 1
        }
        let vectorized = index &+ (values.count &- index) & ~3
        if index < vectorized, addVectorized(values, from: index, to: vectorized) { index = vectorized }
        while index < values.count {
            add(values[index])
            index &+= 1
        }
    }

    /// Adds a multiple of four values, the first to lane 0; false, and no change, if a sum is not finite.
    private mutating func addVectorized(_ values: UnsafeBufferPointer<Double>, from start: Int, to end: Int) -> Bool {
        let raw = UnsafeRawPointer(values.baseAddress.unsafelyUnwrapped)  // not empty: the caller checked
        var sums = self.sums
        var errors = self.errors
        var index = start
        while index < end {
            let value = raw.loadUnaligned(fromByteOffset: index &* 8, as: SIMD4<Double>.self)
            let sum = sums + value
            let shadow = sum - sums
            errors += (sums - (sum - shadow)) + (value - shadow)
            sums = sum
            index &+= 4
        }
        // A lane that was once infinite never becomes finite again.
        guard (sums - sums) == .zero else { return false }
        self.sums = sums
        self.errors = errors
        count &+= end &- start
        return true
    }

    /// Adds all that another sum holds.
    mutating func merge(_ other: DoubleSum) {
        for lane in 0..<4 where other.count > 0 {
            add(other.sums[lane])
            add(other.errors[lane])
        }
        nonFinite += other.nonFinite
    }

    /// Whether nothing was added.
    var isEmpty: Bool { count == 0 }

    /// The sum.
    var value: Double {
        if nonFinite != 0 { return nonFinite }
        var total = 0.0
        var error = errors.sum()
        for lane in 0..<4 {
            let sum = total + sums[lane]
            let shadow = sum - total
            error += (total - (sum - shadow)) + (sums[lane] - shadow)
            total = sum
        }
        let result = total + error
        return result.isNaN ? total : result
    }

    func encode(into writer: inout FoldStateWriter) {
        for lane in 0..<4 {
            writer.write(sums[lane])
            writer.write(errors[lane])
        }
        writer.write(Int64(count))
        writer.write(nonFinite)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        for lane in 0..<4 {
            sums[lane] = try reader.readDouble()
            errors[lane] = try reader.readDouble()
        }
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        self.count = Int(count)
        nonFinite = try reader.readDouble()
    }
}
