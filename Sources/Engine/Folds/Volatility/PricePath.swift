import CKernels

/// The ends of a row of prices, so that rows cut in two can be joined by the return between them.
struct PricePath: Sendable, Hashable {
    /// Prices taken.
    private(set) var count: Int64 = 0
    private(set) var first = 0.0
    private(set) var last = 0.0
    /// Whether a price was not positive or not finite: such a path has no logarithms.
    private(set) var isBroken = false

    init() {}

    /// Returns, one fewer than prices.
    var returns: Int64 { max(count &- 1, 0) }

    /// Takes a price; the logarithmic return to it, nil for the first and on a path that is broken.
    @inline(__always)
    mutating func next(_ price: Double) -> Double? {
        guard price > 0, price < .infinity else {
            count &+= 1
            isBroken = true
            return nil
        }
        let before = last
        last = price
        count &+= 1
        if count == 1 {
            first = price
            return nil
        }
        return isBroken ? nil : PriceRatio.logarithm(price, before)
    }

    /// Takes prices in their order, writes the returns to them and gives their number: ``next(_:)`` of each.
    mutating func next(
        _ prices: UnsafePointer<Double>,
        _ number: Int,
        into returns: UnsafeMutablePointer<Double>
    ) -> Int {
        guard !isBroken, number > 0, tickgate_all_positive(prices, number, TICKGATE_BEST) != 0 else {
            var written = 0
            for index in 0..<number {
                guard let change = next(prices[index]) else { continue }
                returns[written] = change
                written &+= 1
            }
            return written
        }
        var written = 0
        if count == 0 {
            first = prices[0]
        } else {
            returns[0] = PriceRatio.logarithm(prices[0], last)
            written = 1
        }
        tickgate_log_ratios(prices + 1, prices, number &- 1, TICKGATE_BEST, returns + written)
        count &+= Int64(number)
        last = prices[number &- 1]
        return written &+ number &- 1
    }

    /// Goes on along another path, which begins where this one ends; the return between them, nil if one of them has none.
    mutating func append(_ other: PricePath) -> Double? {
        if other.count == 0 { return nil }
        defer {
            count &+= other.count
            last = other.last
            isBroken = isBroken || other.isBroken
        }
        if count == 0 {
            first = other.first
            return nil
        }
        return isBroken || other.isBroken ? nil : PriceRatio.logarithm(other.first, last)
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(first)
        writer.write(last)
        writer.write(isBroken)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        first = try reader.readDouble()
        last = try reader.readDouble()
        isBroken = try reader.readBool()
        guard count >= 0, count < .max / 2 else { throw .malformed }
    }
}
