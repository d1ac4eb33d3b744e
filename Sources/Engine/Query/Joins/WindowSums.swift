import Columnar
import QueryLang

/// Sums and means over windows from sums of first rows: a window takes the same few steps, however many rows are in it. The
/// answers are those of the folds.
struct WindowSums {
    let windows: LeftWindows
    let argument: WindowArgument

    /// The sums of integers or decimals; nil if only the fold can tell.
    func sums() throws(QueryError) -> Vector? {
        guard let scale = try commonScale() else { return nil }
        let validity = LeftWindows.validity(try windows.valueCounts(of: argument))
        let totals = try totals()
        return argument.type == .int64
            ? Vector(type: .int64, form: .int64(totals), validity: validity)
            : Vector(type: .float64, form: .scaledInteger(totals, scale: scale), validity: validity)
    }

    /// The means; nil if only the fold can tell.
    func means() throws(QueryError) -> Vector? {
        guard let scale = try commonScale() else { return nil }
        let counts = try windows.valueCounts(of: argument)
        let totals = try totals()
        let power = scale <= Self.exactScaleMax ? (0..<scale).reduce(Int64(1)) { power, _ in power * 10 } : 0
        let values = Buffer<Double>.filled(count: totals.count) { target in
            for row in 0..<totals.count {
                target[row] = Self.mean(totals.base[row], scale: scale, power: power, count: counts.base[row])
            }
        }
        return Vector(type: .float64, form: .float64(values), validity: LeftWindows.validity(counts))
    }

    private func totals() throws(QueryError) -> Buffer<Int64> {
        try windows.totals { (span, totals) throws(QueryError) in
            guard let sums = try span.chunk.sums(of: argument)?.sums else { return }
            let (starts, ends) = (span.starts.base, span.ends.base)
            sums.withUnsafeBufferPointer { sums in
                for place in 0..<span.leftRows.count {
                    totals[place] &+= sums[Int(ends[place])] &- sums[Int(starts[place])]
                }
            }
        }
    }

    /// The one scale of all values, if sums over every window fit in 64 bits. Chunks of nothing but nulls do not count.
    private func commonScale() throws(QueryError) -> Int? {
        var scale: Int?
        var bits: Int64 = 0
        var longest = 0
        for span in windows.spans {
            if case .none = try span.chunk.validRows(of: argument) { continue }
            guard let sums = try span.chunk.sums(of: argument), sums.scale == scale ?? sums.scale else { return nil }
            scale = sums.scale
            bits |= sums.magnitudeBits
            longest += span.longest
        }
        return HeldPrefixSums.fits(count: longest, magnitudeBits: bits) ? scale ?? 0 : nil
    }

    /// Integers to this are doubles too.
    private static let exactMax: Int64 = 1 << 53
    /// The largest power of ten below it.
    private static let exactScaleMax = 15

    /// The double nearest to `sum / 10^scale / count`; anything without values.
    ///
    /// - Parameter power: 10^scale, or 0 if that is too large.
    @inline(__always)
    private static func mean(_ sum: Int64, scale: Int, power: Int64, count: Int64) -> Double {
        let (divisor, overflow) = power.multipliedReportingOverflow(by: count)
        if !overflow, divisor > 0, divisor <= exactMax, sum.magnitude <= exactMax.magnitude {
            // One division of two exact doubles is correctly rounded.
            return Double(sum) / Double(divisor)
        }
        return count == 0 ? 0 : longMean(sum, scale: scale, count: count)
    }

    private static func longMean(_ sum: Int64, scale: Int, count: Int64) -> Double {
        var total = DecimalSum()
        total.add(sum, scale: scale)
        var number = DecimalSum()
        number.add(count, scale: 0)
        return total.divided(by: number)
    }
}
