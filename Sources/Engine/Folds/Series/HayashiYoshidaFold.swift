public import Columnar
public import QueryLang

/// `hayashi_yoshida(x, y)`: the covariation of two prices that are not told at the same times (Hayashi and Yoshida 2005): Σ of the
/// products of the logarithmic returns of x and of y whose spans of time overlap.
///
/// A row tells the price of x, of y, or of both: NULL is no price. Of several prices of a time the last one counts. Null unless
/// both have a return; NaN if a price is 0, negative, NaN or infinite. Holds 16 bytes a price.
public struct HayashiYoshidaFold: MergeableFold, Hashable {
    /// Version 1: both paths.
    public static let stateVersion: UInt8 = 1
    private var x = TimedPrices()
    private var y = TimedPrices()

    /// No price yet.
    public init() {}

    /// The covariation; nil if one of both has no return.
    public var value: Double? {
        let (x, y) = (x.ticks, y.ticks)
        guard x.count > 1, y.count > 1 else { return nil }
        if self.x.isBroken || self.y.isBroken { return .nan }
        var sum = PreciseSum()
        // Places in y: the last not after the start of a span of x, the first not before its end.
        var (lower, upper) = (0, 0)
        for index in 1..<x.count {
            while lower + 1 < y.count, y[lower + 1].time <= x[index - 1].time { lower += 1 }
            while upper + 1 < y.count, y[upper].time < x[index].time { upper += 1 }
            if upper <= lower { continue }
            // The returns of y between them, added up.
            let change = PriceRatio.logarithm(y[upper].price, y[lower].price)
            sum.add(PriceRatio.logarithm(x[index].price, x[index - 1].price) * change)
        }
        return sum.value.double
    }

    /// Takes rows by time.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        x.append(arguments.first, arguments, rows)
        y.append(arguments.second, arguments, rows)
    }

    /// Goes on with the other's prices.
    public mutating func merge(_ other: Self) {
        x.append(other.x)
        y.append(other.y)
    }

    /// The covariation; null if there is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar { value.map { .float64($0) } ?? .null }

    /// Bytes of the prices.
    public var heldBytes: Int { x.byteCount + y.byteCount }

    /// Writes both paths.
    public func encode(into writer: inout FoldStateWriter) {
        x.encode(into: &writer)
        y.encode(into: &writer)
    }

    /// Reads both paths.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        x = try TimedPrices(from: &reader)
        y = try TimedPrices(from: &reader)
    }
}

/// Prices and their times, which ascend.
private struct TimedPrices: Hashable {
    struct Tick: Hashable {
        var time: Int64
        var price: Double
    }

    private(set) var ticks: [Tick] = []
    private(set) var isBroken = false

    init() {}

    var byteCount: Int { ticks.capacity * MemoryLayout<Tick>.stride }

    /// Takes the rows of a price that have one.
    mutating func append(_ price: FoldArguments.Argument?, _ arguments: borrowing FoldArguments, _ rows: Range<Int>) {
        guard let price, !price.isNull else { return }
        for row in rows where price.isValid(row) { append(arguments.time(row), price.double(row)) }
    }

    @inline(__always)
    private mutating func append(_ time: Int64, _ price: Double) {
        if !(price > 0 && price < .infinity) { isBroken = true }
        let last = ticks.count &- 1
        if last >= 0, ticks[last].time == time {
            ticks[last].price = price
        } else {
            ticks.append(Tick(time: time, price: price))
        }
    }

    mutating func append(_ other: TimedPrices) {
        for tick in other.ticks { append(tick.time, tick.price) }
        isBroken = isBroken || other.isBroken
    }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(isBroken)
        writer.write(Int64(ticks.count))
        for tick in ticks {
            writer.write(tick.time)
            writer.write(tick.price)
        }
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        isBroken = try reader.readBool()
        let count = try reader.readInt64()
        guard count >= 0 else { throw .malformed }
        for _ in 0..<count { ticks.append(Tick(time: try reader.readInt64(), price: try reader.readDouble())) }
    }
}
