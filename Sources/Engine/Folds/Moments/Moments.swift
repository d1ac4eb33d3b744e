/// What variances are made of: decimals and integers exactly, doubles beside them.
struct Moments: Sendable, Hashable {
    private var exact = DecimalMoments()
    private var approximate = DoubleMoments()
    private var evictions: Int64 = 0

    init() {}

    /// Rows taken.
    var count: Int64 { exact.count &+ approximate.count &+ approximate.nonFiniteCount }

    /// Whether sums of doubles should be built anew.
    var isResummationDue: Bool { evictions >= WindowFoldLimits.resummationEvictions }

    /// Takes a decimal.
    @inline(__always)
    mutating func add(_ mantissa: Int64, scale: Int) {
        if !exact.add(mantissa, scale: scale) { add(NearestDouble.decimal(Int128(mantissa), scale: scale)) }
    }

    /// Takes a double.
    @inline(__always)
    mutating func add(_ value: Double) { approximate.add(value) }

    /// Takes rows.
    mutating func add(_ argument: FoldArguments.Argument, _ rows: Range<Int>) {
        if let (base, scale) = argument.plainMantissas {
            let values = UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count)
            if exact.add(values, scale: scale) { return }
        }
        if argument.areDoubles {
            DoubleChunks.forEach((argument, nil, nil, nil), rows) { approximate.add($0.a, $0.count) }
            return
        }
        for row in rows where argument.isValid(row) {
            if let (mantissa, scale) = argument.mantissa(row) {
                add(mantissa, scale: scale)
            } else {
                add(argument.double(row))
            }
        }
    }

    /// Takes rows back.
    mutating func subtract(_ argument: FoldArguments.Argument, _ rows: Range<Int>) {
        for row in rows where argument.isValid(row) {
            let decimal = argument.mantissa(row)
            if !(decimal.map { exact.subtract($0.value, scale: $0.scale) } ?? false) {
                approximate.subtract(argument.double(row))
            }
        }
        if !approximate.isEmpty { evictions &+= Int64(rows.count) }
        if count == 0 { self = Moments() }
    }

    /// Takes over the other's rows.
    mutating func merge(_ other: Moments) {
        if !other.exact.isEmpty, !exact.merge(other.exact) { approximate.add(other.exact.sums) }
        approximate.merge(other.approximate)
        evictions &+= other.evictions
    }

    /// Σ(x - mean)² / divisor; NaN if a value is not finite. There is at least one row.
    func variance(divisor: Int64) -> Double {
        if approximate.isEmpty { return exact.variance(divisor: divisor) }
        if approximate.nonFiniteCount != 0 { return .nan }
        let doubles = approximate.sums
        if exact.isEmpty { return doubles.centered / Double(divisor) }
        let both = exact.sums.moved(to: doubles.origin) + doubles
        return Self.withoutRounding(both.centered, both.uncentered) / Double(divisor)
    }

    /// Where decimals and doubles meet, the same number may come in both forms, which differ by the rounding of the double:
    /// 2^-53 of it at most. What these differences can make up counts as nothing.
    static func withoutRounding(_ centered: Double, _ uncentered: Double) -> Double {
        centered <= 0x1p-105 * uncentered ? 0 : centered
    }

    func encode(into writer: inout FoldStateWriter) {
        exact.encode(into: &writer)
        approximate.encode(into: &writer)
        writer.write(evictions)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        exact = try DecimalMoments(from: &reader)
        approximate = try DoubleMoments(from: &reader)
        evictions = try reader.readInt64()
    }
}
