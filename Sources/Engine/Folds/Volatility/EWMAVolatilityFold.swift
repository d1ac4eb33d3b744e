public import Columnar
public import QueryLang

/// `ewma_volatility(price, lambda)`: the root of σ² ← λσ² + (1 - λ)r² over logarithmic returns, which begins as the square of
/// the first (RiskMetrics 1996). Null without a return; NaN if a price is 0, negative, NaN or infinite.
///
/// The sum and the seed are kept apart, σ²ₙ = (1 - λ) Σ λⁿ⁻ⁱ rᵢ² + λⁿ r₁², so that parts can be joined.
public struct EWMAVolatilityFold: MergeableFold, Hashable {
    /// Version 1: λ, path, sum, weight, seed.
    public static let stateVersion: UInt8 = 1
    private var lambda: Double?
    private var path = PricePath()
    private var sum = 0.0
    /// λ to the number of returns.
    private var weight = 1.0
    /// The square of the first return.
    private var seed = 0.0

    /// No price yet.
    public init() {}

    /// Takes the returns after a number of them.
    private mutating func push(_ returns: UnsafePointer<Double>, _ count: Int, after number: Int64, _ lambda: Double) {
        if number == 0, count > 0 { seed = returns[0] * returns[0] }
        var (sum, weight) = (sum, weight)
        for index in 0..<count {
            sum = lambda * sum + (1 - lambda) * (returns[index] * returns[index])
            weight *= lambda
        }
        (self.sum, self.weight) = (sum, weight)
    }

    /// The volatility; nil without a return.
    public var value: Double? {
        guard path.returns > 0 else { return nil }
        return path.isBroken ? .nan : (sum + weight * seed).squareRoot()
    }

    /// Takes rows in which both arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 2, scratch: 1) { chunk in
            let lambda = self.lambda ?? chunk.b[0]
            self.lambda = lambda
            let returns = chunk.scratch(0)
            let number = path.returns
            push(returns, path.next(chunk.a, chunk.count, into: returns), after: number, lambda)
        }
    }

    /// Goes on with the other's prices.
    public mutating func merge(_ other: Self) {
        if other.path.count == 0 { return }
        guard path.count > 0, let lambda else {
            self = other
            return
        }
        let isFirst = path.returns == 0
        if let seam = path.append(other.path) {
            let square = seam * seam
            if isFirst { seed = square }
            sum = lambda * sum + (1 - lambda) * square
            weight *= lambda
        }
        sum = sum * other.weight + other.sum
        weight *= other.weight
    }

    /// The volatility; null without a return, an error if λ is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let lambda, !(lambda >= 0 && lambda <= 1) {
            throw QueryError(
                .semantic,
                "ewma_volatility() takes a lambda from 0 to 1, not \(lambda)",
                hint: "RiskMetrics takes 0.94 for days"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(lambda != nil)
        writer.write(lambda ?? 0)
        path.encode(into: &writer)
        for value in [sum, weight, seed] { writer.write(value) }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasLambda = try reader.readBool()
        let lambda = try reader.readDouble()
        self.lambda = hasLambda ? lambda : nil
        path = try PricePath(from: &reader)
        sum = try reader.readDouble()
        weight = try reader.readDouble()
        seed = try reader.readDouble()
    }
}
