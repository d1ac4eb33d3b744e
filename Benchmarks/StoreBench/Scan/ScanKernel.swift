/// The loops of a scan: vectorised, without a branch a row or an allocation.
///
/// Comparisons of 64-bit integers need SSE4.2; the sign of a difference is the same on every x86-64. Prices are far from
/// the ends of Int64, so no difference overflows.
enum ScanKernel {
    /// All ones if `left < right`, else zero.
    @inline(__always)
    private static func less(_ left: Int64, _ right: Int64) -> Int64 {
        0 &- Int64(bitPattern: UInt64(bitPattern: left &- right) &>> 63)
    }

    /// The sum of mantissas.
    static func sum(_ values: UnsafePointer<Int64>, _ count: Int) -> Int64 {
        var total: Int64 = 0
        for row in 0..<count { total &+= values[row] }
        return total
    }

    /// The largest of at least one mantissa.
    static func max(_ values: UnsafePointer<Int64>, _ count: Int) -> Int64 {
        // By hand in lanes: the compiler turns the scalar form back into a chain of conditional moves.
        let raw = UnsafeRawPointer(values)
        var lanes = SIMD8<Int64>(repeating: values[0])
        var row = 0
        while row &+ 8 <= count {
            let difference = lanes &- raw.loadUnaligned(fromByteOffset: row &* 8, as: SIMD8<Int64>.self)
            let signs = SIMD8<UInt64>(truncatingIfNeeded: difference) &>> 63
            lanes = lanes &- (difference & (0 &- SIMD8<Int64>(truncatingIfNeeded: signs)))
            row &+= 8
        }
        var largest = lanes.max()
        while row < count {
            largest = Swift.max(largest, values[row])
            row &+= 1
        }
        return largest
    }

    /// Rows of a code above a bound that is not negative: how many, their sum and their largest.
    static func filtered(
        _ prices: UnsafePointer<Int64>,
        _ sizes: UnsafePointer<Int64>,
        _ codes: UnsafePointer<UInt32>,
        _ count: Int,
        above bound: Int64,
        code: UInt32
    ) -> (rows: Int, sum: Int64, max: Int64) {
        var rows: Int64 = 0
        var sum: Int64 = 0
        var largest: Int64 = 0
        for row in 0..<count {
            let price = prices[row]
            let mask = less(bound, price) & (codes[row] == code ? -1 : 0)
            rows &-= mask
            sum &+= sizes[row] & mask
            let candidate = price & mask
            largest = largest &- ((largest &- candidate) & less(largest, candidate))
        }
        return (Int(rows), sum, largest)
    }

    private typealias Lanes = SIMD8<Double>

    /// The sum of doubles, in an order of its own.
    static func sum(_ values: UnsafePointer<Double>, _ count: Int) -> Double {
        let raw = UnsafeRawPointer(values)
        var total = Lanes.zero
        var row = 0
        while row &+ 8 <= count {
            total += raw.loadUnaligned(fromByteOffset: row &* 8, as: Lanes.self)
            row &+= 8
        }
        var sum = total.sum()
        while row < count {
            sum += values[row]
            row &+= 1
        }
        return sum
    }

    /// The largest of at least one double, none of which is NaN.
    static func max(_ values: UnsafePointer<Double>, _ count: Int) -> Double {
        let raw = UnsafeRawPointer(values)
        var lanes = Lanes(repeating: values[0])
        var row = 0
        while row &+ 8 <= count {
            let loaded = raw.loadUnaligned(fromByteOffset: row &* 8, as: Lanes.self)
            lanes.replace(with: loaded, where: loaded .> lanes)
            row &+= 8
        }
        var largest = lanes.max()
        while row < count {
            if values[row] > largest { largest = values[row] }
            row &+= 1
        }
        return largest
    }

    /// As for mantissas.
    static func filtered(
        _ prices: UnsafePointer<Double>,
        _ sizes: UnsafePointer<Double>,
        _ codes: UnsafePointer<UInt32>,
        _ count: Int,
        above bound: Double,
        code: UInt32
    ) -> (rows: Int, sum: Double, max: Double) {
        // Two chains of additions hide half of their latency; the loads hide the rest.
        var rows: Int64 = 0
        var sums = (0.0, 0.0)
        var largest = (0.0, 0.0)
        var row = 0
        while row &+ 2 <= count {
            let first = mask(prices[row], bound, codes[row], code)
            let second = mask(prices[row &+ 1], bound, codes[row &+ 1], code)
            rows &-= Int64(bitPattern: first) &+ Int64(bitPattern: second)
            sums.0 += Double(bitPattern: sizes[row].bitPattern & first)
            sums.1 += Double(bitPattern: sizes[row &+ 1].bitPattern & second)
            let left = Double(bitPattern: prices[row].bitPattern & first)
            let right = Double(bitPattern: prices[row &+ 1].bitPattern & second)
            largest.0 = left > largest.0 ? left : largest.0
            largest.1 = right > largest.1 ? right : largest.1
            row &+= 2
        }
        if row < count, mask(prices[row], bound, codes[row], code) != 0 {
            rows &+= 1
            sums.0 += sizes[row]
            largest.0 = Swift.max(largest.0, prices[row])
        }
        return (Int(rows), sums.0 + sums.1, Swift.max(largest.0, largest.1))
    }

    @inline(__always)
    private static func mask(_ price: Double, _ bound: Double, _ found: UInt32, _ code: UInt32) -> UInt64 {
        (price > bound ? .max : 0) & (found == code ? .max : 0)
    }
}
