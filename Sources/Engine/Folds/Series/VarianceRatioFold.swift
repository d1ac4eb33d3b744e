public import Columnar
public import QueryLang

/// `variance_ratio(price, q)`: the variance of logarithmic returns over q rows over q times that of returns over one (Lo and
/// MacKinlay 1988), with overlapping returns and without bias: 1 of a random walk, less of prices that come back.
///
/// With n returns of mean μ: Σ(rₜ(q) - qμ)² / (q (n - q + 1)(1 - q/n)) over Σ(rₜ - μ)² / (n - 1). Null unless n is above q and 1,
/// and if all returns are equal; NaN if a price is 0, negative, NaN or infinite. Holds twice q prices.
public struct VarianceRatioFold: MergeableFold, Hashable {
    /// Version 1: prices, path, moments.
    public static let stateVersion: UInt8 = 1
    private var prices = LaggedValues()
    private var path = PricePath()
    private var returns = DoubleMoments()
    private var longReturns = DoubleMoments()

    /// No price yet.
    public init() {}

    /// Whether the number of rows is one: 0 makes no return.
    private var isUsable: Bool { prices.isUsable && prices.lag != 0 }

    /// The ratio; nil if there is none.
    public var value: Double? {
        guard let lag = prices.lag, path.returns > max(lag, 1) else { return nil }
        if path.isBroken { return .nan }
        let (count, steps) = (Double(path.returns), Double(lag))
        let short = returns.sums
        let long = longReturns.sums
        let variance = short.centered / (count - 1)
        if variance == 0 { return nil }
        let mean = short.sum / DoubleDouble(Int128(short.count)) + DoubleDouble(short.origin)
        let longMean = long.sum / DoubleDouble(Int128(long.count)) + DoubleDouble(long.origin)
        let shift = (longMean - mean * DoubleDouble(steps)).double
        let squares = long.centered + Double(long.count) * shift * shift
        return squares / (steps * Double(long.count) * (1 - steps / count)) / variance
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 2, scratch: 2) { chunk in
            prices.use(lag: Int64(exactly: chunk.b[0].rounded(.towardZero)) ?? -1)
            if !isUsable { return }
            let changes = chunk.scratch(0)
            returns.add(changes, path.next(chunk.a, chunk.count, into: changes))
            push(chunk.a, chunk.count, chunk.scratch(1), changes)
        }
    }

    /// Takes the returns from the prices so many rows before.
    private mutating func push(
        _ values: UnsafePointer<Double>,
        _ count: Int,
        _ earlier: UnsafeMutablePointer<Double>,
        _ changes: UnsafeMutablePointer<Double>
    ) {
        let alone = prices.take(values, count, earlier: earlier)
        PriceRatio.logarithms(values + alone, earlier + alone, count &- alone, into: changes)
        longReturns.add(changes, count &- alone)
    }

    /// Goes on with the other's prices.
    public mutating func merge(_ other: Self) {
        guard let lag = prices.lag else {
            self = other
            return
        }
        if !isUsable || other.prices.lag != lag { return }
        if let seam = path.append(other.path) { returns.add(seam) }
        returns.merge(other.returns)
        let head = other.prices.head
        withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * head.count + 1) { memory in
            head.withUnsafeBufferPointer { head in
                guard let values = head.baseAddress, let earlier = memory.baseAddress else { return }
                push(values, head.count, earlier, earlier + head.count)
            }
        }
        longReturns.merge(other.longReturns)
        prices.append(afterHead: other.prices)
    }

    /// The ratio; null if there is none, an error if the number of rows is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let lag = prices.lag, !isUsable {
            throw QueryError(
                .semantic,
                "variance_ratio() takes 1 to \(LaggedValues.lagMax) rows, not \(lag)",
                hint: "it is variance_ratio(price, q)"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Bytes of the prices.
    public var heldBytes: Int { prices.heldBytes }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        prices.encode(into: &writer)
        path.encode(into: &writer)
        returns.encode(into: &writer)
        longReturns.encode(into: &writer)
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        prices = try LaggedValues(from: &reader)
        path = try PricePath(from: &reader)
        returns = try DoubleMoments(from: &reader)
        longReturns = try DoubleMoments(from: &reader)
    }
}
