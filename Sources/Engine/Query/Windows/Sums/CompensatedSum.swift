/// A sum of doubles and what rounding took from it (Knuth's two-sum; the algorithm Sum2 of Ogita, Rump and Oishi, "Accurate
/// sum and dot product", 2005): for n values the error is below one rounding of the result plus n² × 2^-106 × Σ|x|.
struct CompensatedSum: Sendable {
    var high = 0.0
    var low = 0.0

    @inline(__always)
    mutating func add(_ value: Double) {
        let sum = high + value
        let shadow = sum - high
        low += (high - (sum - shadow)) + (value - shadow)
        high = sum
    }

    /// The sum of two; infinite, as IEEE 754 has it, if a part went beyond the largest double.
    @inline(__always)
    static func total(_ left: CompensatedSum, _ right: CompensatedSum) -> Double {
        let sum = left.high + right.high
        let shadow = sum - left.high
        let error = (left.high - (sum - shadow)) + (right.high - shadow)
        let result = sum + (error + (left.low + right.low))
        return sum.isFinite ? result : sum
    }
}
