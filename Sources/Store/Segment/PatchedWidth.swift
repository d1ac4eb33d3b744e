import CKernels
import Columnar

/// How integers are best cut into offsets of a fixed width and exceptions: the choice that takes the fewest bits.
///
/// Gaps between random events are exponential, sizes log-normal: a few large values would widen all. The window of
/// values that the width covers may also leave out small ones, which suits differences of prices.
struct PatchedWidth {
    /// The value of offset 0, as a distance to the smallest value.
    let base: UInt64
    /// Bits of an offset.
    let width: Int
    /// How many values need more bits, or are below the base.
    let exceptionCount: Int
    /// The high bits of exceptions are stored as a distance to this, modulo 2^64.
    let highBase: UInt64
    /// Bits of that distance.
    let highWidth: Int
    /// About what the stream takes without its header.
    let bitCount: Int

    /// Values looked at to find a base.
    private static let sampleCount = 512
    /// Decoding an exception takes about as long as unpacking ten values; these bits more must be saved for each.
    private static let exceptionPenaltyBits = 4
    /// A gap byte.
    private static let gapBits = 8
    /// At most one value in this many is an exception, so that patching stays cheaper than unpacking.
    private static let rowsPerException = 4

    /// The best choice for `values`, whose smallest is `low` and whose largest is `low + range`, modulo 2^64. `rowCount`
    /// offsets will be packed, at least as many as there are values.
    init(_ values: UnsafeBufferPointer<UInt64>, low: UInt64, range: UInt64, rowCount: Int) {
        var best = Self.exact(values, low: low, range: range, base: 0, rowCount: rowCount)
        if let base = Self.likelyBase(values, low: low, range: range) {
            let other = Self.exact(values, low: low, range: range, base: base, rowCount: rowCount)
            if other.bitCount < best.bitCount { best = other }
        }
        self = best
    }

    private init(base: UInt64, width: Int, exceptionCount: Int, range: UInt64, rowCount: Int) {
        self.base = base
        self.width = width
        self.exceptionCount = exceptionCount
        var bits = tickgate_packed_words(rowCount, UInt32(width)) * 64
        if exceptionCount > 0 {
            let highs = Self.highs(base: base, width: width, range: range)
            highBase = highs.lowest
            highWidth = highs.width
            bits += 64 + exceptionCount * (Self.gapBits + highs.width + Self.exceptionPenaltyBits)
        } else {
            highBase = 0
            highWidth = 0
        }
        bitCount = bits
    }

    /// The bits of an exception above the width; of one below the base they are a negative number.
    func high(_ offset: UInt64) -> UInt64 {
        base == 0 ? offset >> UInt64(width) : UInt64(bitPattern: Int64(bitPattern: offset) >> Int64(width))
    }

    /// The least high part that can occur, and the bits that the distance of the greatest to it takes.
    private static func highs(base: UInt64, width: Int, range: UInt64) -> (lowest: UInt64, width: Int) {
        let lowest = base == 0 ? 1 : Int64(bitPattern: 0 &- base) >> Int64(width)
        let top = range &- base
        let highest = base == 0 ? Int64(bitPattern: top >> UInt64(width)) : Int64(bitPattern: top) >> Int64(width)
        // A width of 0 and a range of 2^63 or more make `highest` wrap; the difference is right modulo 2^64.
        let distance = UInt64(bitPattern: highest &- lowest)
        return (UInt64(bitPattern: lowest), bits(distance))
    }

    /// The bits that a number needs.
    static func bits(_ value: UInt64) -> Int { 64 - value.leadingZeroBitCount }

    /// The best width for a base, by counting.
    private static func exact(
        _ values: UnsafeBufferPointer<UInt64>,
        low: UInt64,
        range: UInt64,
        base: UInt64,
        rowCount: Int
    ) -> PatchedWidth {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 65) { counts in
            tickgate_count_widths(values.baseAddress, values.count, low &+ base, counts.baseAddress)
            let full = PatchedWidth(base: 0, width: bits(range), exceptionCount: 0, range: range, rowCount: rowCount)
            var best = full
            var exceptions = 0
            for width in stride(from: 63, through: 0, by: -1) {
                exceptions += Int(counts[width + 1])
                if exceptions * rowsPerException > rowCount { break }
                if exceptions == 0, width > full.width { continue }
                let candidate = PatchedWidth(
                    base: base,
                    width: width,
                    exceptionCount: exceptions,
                    range: range,
                    rowCount: rowCount
                )
                if candidate.bitCount < best.bitCount { best = candidate }
            }
            return best
        }
    }

    /// The start of the window that covers a sample at the least cost; nil if it is the smallest value.
    private static func likelyBase(_ values: UnsafeBufferPointer<UInt64>, low: UInt64, range: UInt64) -> UInt64? {
        // Exceptions below the base have negative high parts, which needs a sign.
        guard range <= UInt64(Int64.max) else { return nil }
        let stride = max(values.count / sampleCount, 1)
        var sample: [UInt64] = []
        sample.reserveCapacity(values.count / stride + 1)
        for row in Swift.stride(from: 0, to: values.count, by: stride) { sample.append(values[row] &- low) }
        sample.sort()
        var best = (cost: sample.count * bits(range), base: UInt64(0))
        var width = bits(range) - 1
        while width >= 0 {
            let (start, covered) = window(sample, length: 1 << UInt64(width))
            let exceptions = sample.count - covered
            if exceptions * rowsPerException > sample.count { break }
            let exceptionBits = gapBits + exceptionPenaltyBits + bits(range >> UInt64(width)) + 1
            let cost = sample.count * width + exceptions * exceptionBits
            if cost < best.cost { best = (cost, start) }
            width -= 1
        }
        return best.base == 0 ? nil : best.base
    }

    /// The window of `length` values that holds the most of a sorted sample.
    private static func window(_ sample: [UInt64], length: UInt64) -> (start: UInt64, covered: Int) {
        var best = (start: UInt64(0), covered: 0)
        var end = 0
        for start in sample.indices {
            while end < sample.count, sample[end] - sample[start] < length { end += 1 }
            if end - start > best.covered { best = (sample[start], end - start) }
        }
        return best
    }
}
