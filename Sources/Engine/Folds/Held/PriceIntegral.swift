/// The integral of a price over time, each price standing until the next.
struct PriceIntegral: Sendable, Hashable {
    private var count: Int64 = 0
    private var first = Int64.min
    private var last = Int64.min
    private var lastPrice = 0.0
    /// Σ price × nanoseconds.
    private var area = IEEESum()
    /// Σ price, for the mean where no time passes.
    private var prices = IEEESum()

    init() {}

    /// The time of the first price; nil if there is none.
    var firstTime: Int64? { count == 0 ? nil : first }

    /// Takes the next price; `time` is not before that of the last.
    mutating func append(_ time: Int64, _ price: Double) {
        if count == 0 { first = time } else { stand(until: time) }
        (last, lastPrice) = (time, price)
        prices.add(price, rest: 0)
        count &+= 1
    }

    /// Takes all that the other holds; it begins where this ends or later.
    mutating func append(_ other: PriceIntegral) {
        if other.count == 0 { return }
        if count == 0 {
            self = other
            return
        }
        stand(until: other.first)
        (last, lastPrice) = (other.last, other.lastPrice)
        area.merge(other.area)
        prices.merge(other.prices)
        count &+= other.count
    }

    /// The last price counts up to a time.
    private mutating func stand(until time: Int64) {
        let duration = Self.nanoseconds(from: last, to: time)
        let (product, error) = DoubleDouble.twoProduct(lastPrice, duration.high)
        // The error of a huge product cannot be computed, and does not matter: such a sum is infinite soon.
        let isOrdinary = lastPrice.magnitude < 0x1p900
        area.add(product, rest: isOrdinary ? error + lastPrice * duration.low : 0)
    }

    private static func nanoseconds(from start: Int64, to end: Int64) -> DoubleDouble {
        let (short, overflow) = end.subtractingReportingOverflow(start)
        // A double has it exactly, up to 104 days; integers of 128 bits are slow to convert.
        if !overflow, short.magnitude <= 1 << 53 { return DoubleDouble(Double(short)) }
        return DoubleDouble(Int128(end) - Int128(start))
    }

    /// The mean over time, or of the prices if no time passed; nil if there is no price.
    var mean: Double? {
        if count == 0 { return nil }
        return last == first
            ? prices.divided(by: DoubleDouble(Int128(count)))
            : area.divided(by: Self.nanoseconds(from: first, to: last))
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(first)
        writer.write(last)
        writer.write(lastPrice)
        area.encode(into: &writer)
        prices.encode(into: &writer)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        first = try reader.readInt64()
        last = try reader.readInt64()
        lastPrice = try reader.readDouble()
        area = try IEEESum(from: &reader)
        prices = try IEEESum(from: &reader)
    }
}

/// A ``PreciseSum`` of terms that need not be finite: then it is what IEEE 754 says.
private struct IEEESum: Sendable, Hashable {
    private var finite = PreciseSum()
    private var nonFinite = 0.0

    init() {}

    mutating func add(_ term: Double, rest: Double) {
        if term.isFinite {
            finite.add(term, rest: rest)
        } else {
            nonFinite += term
        }
    }

    mutating func merge(_ other: IEEESum) {
        finite.add(other.finite.value)
        nonFinite += other.nonFinite
    }

    func divided(by divisor: DoubleDouble) -> Double {
        if nonFinite != 0 { return nonFinite }
        let sum = finite.value
        return sum.high.magnitude < 0x1p900 ? (sum / divisor).double : sum.high / divisor.high
    }

    func encode(into writer: inout FoldStateWriter) {
        finite.encode(into: &writer)
        writer.write(nonFinite)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        finite = try PreciseSum(from: &reader)
        nonFinite = try reader.readDouble()
    }
}
