public import Columnar
public import QueryLang

/// What is made of exponentially weighted products of pairs.
public protocol EWMAComovementKind: Sendable {
    /// The function, for messages.
    static var name: String { get }
    /// The value of the means of xy, x² and y²; nil if there is none.
    static func value(_ products: Double, _ squaresX: Double, _ squaresY: Double) -> Double?
}

/// `ewma_cov(x, y, lambda)`: the covariance.
public enum EWMACovariance: EWMAComovementKind {
    /// ewma_cov.
    public static var name: String { "ewma_cov" }
    /// The mean of xy.
    public static func value(_ products: Double, _ squaresX: Double, _ squaresY: Double) -> Double? { products }
}

/// `ewma_corr(x, y, lambda)`: the correlation.
public enum EWMACorrelation: EWMAComovementKind {
    /// ewma_corr.
    public static var name: String { "ewma_corr" }
    /// The mean of xy over the root of those of x² and y².
    public static func value(_ products: Double, _ squaresX: Double, _ squaresY: Double) -> Double? {
        if squaresX == 0 || squaresY == 0 { return nil }
        let value = Comoments.correlation(products, squaresX, squaresY)
        return value.isNaN ? value : max(-1, min(1, value))
    }
}

/// Covariance and correlation of returns as RiskMetrics (1996) has them: Σ ← λΣ + (1 - λ) r rᵀ, which begins with the first products.
/// The means of returns count as 0. Null without a row; the correlation also if one side was always 0.
public struct EWMAComovementFold<Kind: EWMAComovementKind>: MergeableFold, Hashable {
    /// Version 1: λ, count, weight, means.
    public static var stateVersion: UInt8 { 1 }
    private var lambda: Double?
    private var count: Int64 = 0
    /// λ to the number of rows.
    private var weight = 1.0
    private var products = DecayedMean()
    private var squaresX = DecayedMean()
    private var squaresY = DecayedMean()

    /// No row yet.
    public init() {}

    /// The value; nil if there is none.
    public var value: Double? {
        if count == 0 { return nil }
        return Kind.value(products.value(weight), squaresX.value(weight), squaresY.value(weight))
    }

    /// Takes rows in which all arguments have a value.
    public mutating func update(_ arguments: borrowing FoldArguments, rows: Range<Int>) {
        DoubleChunks.forEach(arguments, rows, count: 3) { chunk in
            let lambda = self.lambda ?? chunk.c[0]
            self.lambda = lambda
            push(chunk.a, chunk.b, chunk.count, lambda)
        }
    }

    private mutating func push(
        _ x: UnsafePointer<Double>,
        _ y: UnsafePointer<Double>,
        _ number: Int,
        _ lambda: Double
    ) {
        if count == 0 {
            products.seed = x[0] * y[0]
            squaresX.seed = x[0] * x[0]
            squaresY.seed = y[0] * y[0]
        }
        var (xy, xx, yy, weight) = (products.sum, squaresX.sum, squaresY.sum, weight)
        let share = 1 - lambda
        for index in 0..<number {
            let (a, b) = (x[index], y[index])
            xy = lambda * xy + share * (a * b)
            xx = lambda * xx + share * (a * a)
            yy = lambda * yy + share * (b * b)
            weight *= lambda
        }
        (products.sum, squaresX.sum, squaresY.sum, self.weight) = (xy, xx, yy, weight)
        count &+= Int64(number)
    }

    /// Goes on with the other's rows.
    public mutating func merge(_ other: Self) {
        if other.count == 0 { return }
        if count == 0 {
            self = other
            return
        }
        products.sum = products.sum * other.weight + other.products.sum
        squaresX.sum = squaresX.sum * other.weight + other.squaresX.sum
        squaresY.sum = squaresY.sum * other.weight + other.squaresY.sum
        weight *= other.weight
        count &+= other.count
    }

    /// The value; null if there is none, an error if λ is none.
    public func finalize(output: Int) throws(QueryError) -> Scalar {
        if let lambda, !(lambda >= 0 && lambda <= 1) {
            throw QueryError(
                .semantic,
                "\(Kind.name)() takes a lambda from 0 to 1, not \(lambda)",
                hint: "RiskMetrics takes 0.94 for days"
            )
        }
        return value.map { .float64($0) } ?? .null
    }

    /// Writes the state.
    public func encode(into writer: inout FoldStateWriter) {
        writer.write(lambda != nil)
        writer.write(lambda ?? 0)
        writer.write(count)
        writer.write(weight)
        for mean in [products, squaresX, squaresY] {
            writer.write(mean.sum)
            writer.write(mean.seed)
        }
    }

    /// Reads the state.
    public init(from reader: inout FoldStateReader) throws(FoldStateError) {
        let hasLambda = try reader.readBool()
        let lambda = try reader.readDouble()
        self.lambda = hasLambda ? lambda : nil
        count = try reader.readInt64()
        guard count >= 0, count < .max / 2 else { throw .malformed }
        weight = try reader.readDouble()
        products = DecayedMean(sum: try reader.readDouble(), seed: try reader.readDouble())
        squaresX = DecayedMean(sum: try reader.readDouble(), seed: try reader.readDouble())
        squaresY = DecayedMean(sum: try reader.readDouble(), seed: try reader.readDouble())
    }
}

/// m ← λm + (1 - λ)v, which begins with the first v: the sum and what is left of the beginning are apart, so that parts can be joined.
private struct DecayedMean: Hashable {
    var sum = 0.0
    var seed = 0.0

    /// The mean; `weight` is λ to the number of values.
    func value(_ weight: Double) -> Double { sum + weight * seed }
}
