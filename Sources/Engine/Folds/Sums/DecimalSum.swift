import Columnar
public import Market

/// A sum of decimals, exact whatever their order, to which doubles can be added too.
///
/// The scale is the largest of all decimals so far. Doubles, and decimals that would overflow 128 bits, go to a
/// compensated sum of doubles beside the exact part.
public struct DecimalSum: Sendable, Hashable {
    /// The exact part, at ``scale``.
    private(set) var mantissa: Int128 = 0
    /// Decimals of ``mantissa``.
    private(set) var scale = 0
    /// The part that is not exact.
    private(set) var approximate = DoubleSum()

    /// Nothing summed.
    public init() {}

    /// Whether only decimals were added and all fitted.
    public var isExact: Bool { approximate.isEmpty }

    /// Adds a decimal.
    @inline(__always)
    public mutating func add(_ value: Decimal) { add(Int128(value.mantissa), scale: value.scale) }

    /// Adds `mantissa / 10^scale`.
    @inline(__always)
    public mutating func add(_ mantissa: Int64, scale: Int) { add(Int128(mantissa), scale: scale) }

    /// Adds a double.
    @inline(__always)
    public mutating func add(_ value: Double) { approximate.add(value) }

    /// Adds `value / 10^scale`.
    @inline(__always)
    mutating func add(_ value: Int128, scale: Int) {
        if scale == self.scale {
            let (sum, overflow) = mantissa.addingReportingOverflow(value)
            if !overflow {
                mantissa = sum
                return
            }
        }
        addSlowly(value, scale: scale)
    }

    private mutating func addSlowly(_ value: Int128, scale: Int) {
        let common = max(scale, self.scale)
        if let left = Self.rescale(mantissa, by: common - self.scale),
            let right = Self.rescale(value, by: common - scale)
        {
            let (sum, overflow) = left.addingReportingOverflow(right)
            if !overflow {
                mantissa = sum
                self.scale = common
                return
            }
        }
        if value != 0 { approximate.add(NearestDouble.decimal(value, scale: scale)) }
    }

    private static func rescale(_ value: Int128, by digits: Int) -> Int128? {
        if value == 0 { return 0 }
        guard digits < NearestDouble.powersOfTen.count else { return nil }
        let power = NearestDouble.powersOfTen[digits]
        guard power <= UInt128(Int128.max) else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: Int128(power))
        return overflow ? nil : product
    }

    /// Takes a decimal out again.
    mutating func subtract(_ value: Int128, scale: Int) {
        add(0 &- value, scale: scale)
        if !isExact { approximate.noteEviction() }
    }

    /// Takes a double out again.
    mutating func subtract(_ value: Double) { approximate.subtract(value) }

    /// Whether so many doubles were taken out that the sum should be built anew.
    var isResummationDue: Bool { approximate.isResummationDue }

    /// Adds a sum of many values, each a part of ``SliceStatistics``.
    mutating func add(_ sum: ColumnSum) {
        switch sum {
        case .integer(let value): add(value, scale: 0)
        case .decimal(let mantissa, let scale): add(mantissa, scale: scale)
        case .double(let high, let low):
            add(high)
            add(low)
        }
    }

    /// Adds doubles in order.
    mutating func add(_ values: UnsafeBufferPointer<Double>) { approximate.add(values) }

    /// Adds the products of doubles in order.
    mutating func addProducts(_ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ rows: Range<Int>) {
        approximate.addProducts(left, right, rows)
    }

    /// Adds all that another sum holds.
    public mutating func merge(_ other: DecimalSum) {
        add(other.mantissa, scale: other.scale)
        approximate.merge(other.approximate)
    }

    /// The double nearest to the sum; if ``isExact``, to the exact decimal.
    public var double: Double {
        let exact = NearestDouble.decimal(mantissa, scale: scale)
        if approximate.isEmpty { return exact }
        var total = approximate
        total.add(exact)
        return total.value
    }

    /// The double nearest to `sum / divisor`: exact numbers are divided before they are rounded.
    func divided(by divisor: DecimalSum) -> Double {
        guard isExact, divisor.isExact, divisor.mantissa != 0 else { return double / divisor.double }
        let shift = scale - divisor.scale
        let powers = NearestDouble.powersOfTen
        guard abs(shift) < powers.count else { return double / divisor.double }
        let (numerator, overflow) = mantissa.magnitude.multipliedReportingOverflow(by: shift < 0 ? powers[-shift] : 1)
        let (denominator, overflow2) =
            divisor.mantissa.magnitude.multipliedReportingOverflow(by: shift > 0 ? powers[shift] : 1)
        if overflow || overflow2 { return double / divisor.double }
        let magnitude = NearestDouble.quotient(numerator, denominator)
        return (mantissa < 0) == (divisor.mantissa < 0) ? magnitude : -magnitude
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(mantissa)
        writer.write(UInt8(truncatingIfNeeded: scale))
        approximate.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        mantissa = try reader.read(Int128.self)
        scale = Int(try reader.readUInt8())
        approximate = try DoubleSum(from: &reader)
    }
}

/// Slices. The state after one is bit for bit that after its rows one by one, also where something spills.
extension DecimalSum {
    /// Adds mantissas of one scale.
    mutating func add(_ values: UnsafeBufferPointer<Int64>, scale: Int) {
        var start = 0
        while start < values.count, scale > self.scale {
            add(values[start], scale: scale)
            start &+= 1
        }
        while start < values.count {
            let end = min(start &+ Self.blockCount, values.count)
            let block = values.part(start..<end)
            if mantissa.magnitude < 1 << 126, self.scale &- scale <= Self.blockShiftMax {
                // At most 2^12 × 2^63 × 10^15 < 2^126: neither this nor any part of it overflows.
                mantissa &+= Self.blockSum(block) &* Int128(NearestDouble.powersOfTen[self.scale &- scale])
            } else {
                for value in block { add(value, scale: scale) }
            }
            start = end
        }
    }

    /// Values that are summed in 64 bits at a time. With 2^12 of them below 2^50 nothing overflows.
    static let blockCount = 4096
    private static let blockMagnitudeMax: Int64 = 1 << 50
    private static let blockShiftMax = 15

    private static func blockSum(_ values: UnsafeBufferPointer<Int64>) -> Int128 {
        var sum: Int64 = 0
        var bits: Int64 = 0
        for value in values {
            sum &+= value
            bits |= value ^ (value >> 63)
        }
        if bits < blockMagnitudeMax { return Int128(sum) }
        var wide: Int128 = 0
        for value in values { wide &+= Int128(value) }
        return wide
    }

    /// Whether ``add(sum:scale:)`` gives what adding values one by one would, if every sum of some of them is below 2^bits
    /// in magnitude: nothing overflows on the way.
    @inline(__always)
    func holds(bits: Int, scale: Int) -> Bool {
        guard bits <= 126, mantissa.magnitude < 1 << 126 else { return false }
        if scale == self.scale || (scale > self.scale && mantissa == 0) { return true }
        let digits = self.scale &- scale
        // 10^n < 2^(10n/3 + 1)
        return digits > 0 && digits < NearestDouble.powersOfTen.count && bits &+ digits &* 10 / 3 &+ 1 <= 126
    }

    /// Adds the sum of values; only if ``holds(bits:scale:)``.
    @inline(__always)
    mutating func add(sum: Int128, scale: Int) {
        if scale == self.scale {
            mantissa &+= sum
        } else if scale > self.scale {
            self.scale = scale
            mantissa = sum
        } else {
            mantissa &+= sum &* Int128(NearestDouble.powersOfTen[self.scale &- scale])
        }
    }

    /// Adds the products of two columns of mantissas; `scale` is the sum of their scales.
    mutating func addProducts(
        _ left: UnsafeBufferPointer<Int64>,
        _ right: UnsafeBufferPointer<Int64>,
        scale: Int
    ) {
        var start = 0
        while start < left.count, scale > self.scale {
            add(Int128(left[start]) &* Int128(right[start]), scale: scale)
            start &+= 1
        }
        if scale == self.scale {
            var sum = mantissa
            var hasOverflow = false
            for row in start..<left.count {
                // The product of two Int64 always fits in Int128.
                let (next, overflow) = sum.addingReportingOverflow(Int128(left[row]) &* Int128(right[row]))
                sum = next
                hasOverflow = hasOverflow || overflow
            }
            if !hasOverflow {
                mantissa = sum
                return
            }
        }
        for row in start..<left.count { add(Int128(left[row]) &* Int128(right[row]), scale: scale) }
    }
}
