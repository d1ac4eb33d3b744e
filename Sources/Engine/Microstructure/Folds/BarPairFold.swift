public import Columnar
public import QueryLang

/// A bar without its open.
public struct BarRange: Sendable, Hashable {
    /// The highest price.
    public var high = 0.0
    /// The lowest price.
    public var low = 0.0
    /// The last price; nil if it was not given.
    public var close: Double?

    /// Creates a bar.
    public init(high: Double, low: Double, close: Double?) {
        self.high = high
        self.low = low
        self.close = close
    }

    /// Whether all prices have logarithms.
    var isSound: Bool {
        [high, low, close ?? high].allSatisfy { $0 > 0 && $0.isFinite }
    }
}

/// A spread that two bars, one after the other, explain.
public protocol BarPairSpread: Sendable {
    /// Whether a bar without a close counts.
    static var needsClose: Bool { get }
    /// The spread as a share of the price, not below 0.
    static func spread(_ earlier: BarRange, _ later: BarRange) -> Double
}

/// The mean of the spreads of neighbouring bars, in order of time, then arrival. Null of fewer than two bars; NaN if a price
/// is not above 0 or infinite.
public struct BarPairFold<Spread: BarPairSpread>: MergeableFold, Hashable {
    /// Version 1: count, flag, the first bar, the last, the sum.
    public static var stateVersion: UInt8 { 1 }
    private var count: Int64 = 0
    private var isBroken = false
    private var first = BarRange(high: 0, low: 0, close: nil)
    private var last = BarRange(high: 0, low: 0, close: nil)
    private var sum = DoubleSum()

    /// No bar yet.
    public init() {}

    /// Takes a bar.
    @inline(__always)
    public mutating func update(_ bar: BarRange) {
        if !bar.isSound { isBroken = true }
        if count == 0 { first = bar }
        if count > 0, !isBroken { sum.add(Spread.spread(last, bar)) }
        last = bar
        count &+= 1
    }

    /// Takes rows in which all prices that are asked for have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        guard let high = arguments.first, let low = arguments.second, !high.isNull, !low.isNull else { return }
        let close = arguments.third
        if close?.isNull ?? Spread.needsClose { return }
        for row in rows where high.isValid(row) && low.isValid(row) && (close?.isValid(row) ?? true) {
            update(BarRange(high: high.double(row), low: low.double(row), close: close?.double(row)))
        }
    }

    /// Goes on with the other's bars.
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        update(other.first)
        count &+= other.count &- 1
        last = other.last
        isBroken = isBroken || other.isBroken
        sum.merge(other.sum)
    }

    /// The mean; null of fewer than two bars.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        guard count > 1 else { return .null }
        return .float64(isBroken ? .nan : sum.value / Double(count &- 1))
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(count)
        writer.write(isBroken)
        for bar in [first, last] {
            writer.write(bar.high)
            writer.write(bar.low)
            writer.write(bar.close != nil)
            writer.write(bar.close ?? 0)
        }
        sum.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        count = try reader.readInt64()
        guard count >= 0, count < .max / 2 else { throw .malformed }
        isBroken = try reader.readBool()
        first = try Self.bar(from: &reader)
        last = try Self.bar(from: &reader)
        sum = try DoubleSum(from: &reader)
    }

    private static func bar(from reader: inout FoldStateReader) throws(FoldStateError) -> BarRange {
        let (high, low) = (try reader.readDouble(), try reader.readDouble())
        let hasClose = try reader.readBool()
        let close = try reader.readDouble()
        return BarRange(high: high, low: low, close: hasClose ? close : nil)
    }
}
