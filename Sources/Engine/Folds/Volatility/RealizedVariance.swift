/// `realized_variance(price)`: Σ r² (Andersen and Bollerslev 1998).
public enum RealizedVariance: ReturnKind {
    /// One return.
    public static var span: Int { 1 }
    /// r².
    public static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>) {
        for index in 0..<count { terms[index] = returns[index] * returns[index] }
    }
    /// The sum.
    public static func value(sum: Double, returns: Double) -> Double { sum }
}

/// `realized_volatility(price)`: √Σ r².
public enum RealizedVolatility: ReturnKind {
    /// One return.
    public static var span: Int { 1 }
    /// r².
    public static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>) {
        for index in 0..<count { terms[index] = returns[index] * returns[index] }
    }
    /// The root of the sum.
    public static func value(sum: Double, returns: Double) -> Double { sum.squareRoot() }
}

/// `semivariance(price)`: Σ r² over the returns below 0 (Barndorff-Nielsen, Kinnebrock and Shephard 2010).
public enum Semivariance: ReturnKind {
    /// One return.
    public static var span: Int { 1 }
    /// r² below 0.
    public static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>) {
        for index in 0..<count {
            let loss = min(returns[index], 0)
            terms[index] = loss * loss
        }
    }
    /// The sum.
    public static func value(sum: Double, returns: Double) -> Double { sum }
}

/// `bipower_variation(price)`: π/2 Σ |rᵢ||rᵢ₋₁|, which jumps hardly touch (Barndorff-Nielsen and Shephard 2004).
public enum BipowerVariation: ReturnKind {
    /// Two returns.
    public static var span: Int { 2 }
    /// |rᵢ||rᵢ₋₁|.
    public static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>) {
        for index in 0..<count { terms[index] = (returns[index] * returns[index &- 1]).magnitude }
    }
    /// π/2 of the sum.
    public static func value(sum: Double, returns: Double) -> Double { .pi / 2 * sum }
}

/// `min_rv(price)`: π / (π - 2) × n / (n - 1) × Σ min(|rᵢ|, |rᵢ₋₁|)² (Andersen, Dobrev and Schaumburg 2012).
public enum MinimumRealizedVariance: ReturnKind {
    /// Two returns.
    public static var span: Int { 2 }
    /// The square of the smaller.
    public static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>) {
        for index in 0..<count {
            let (a, b) = (returns[index].magnitude, returns[index &- 1].magnitude)
            let least = a < b ? a : b
            terms[index] = least * least
        }
    }
    /// The sum, scaled.
    public static func value(sum: Double, returns: Double) -> Double {
        .pi / (.pi - 2) * returns / (returns - 1) * sum
    }
}

/// `med_rv(price)`: π / (6 - 4√3 + π) × n / (n - 2) × Σ med(|rᵢ|, |rᵢ₋₁|, |rᵢ₋₂|)² (Andersen, Dobrev and Schaumburg 2012).
public enum MedianRealizedVariance: ReturnKind {
    /// Three returns.
    public static var span: Int { 3 }
    /// The square of the middle one.
    public static func terms(_ returns: UnsafePointer<Double>, _ count: Int, into terms: UnsafeMutablePointer<Double>) {
        for index in 0..<count {
            let (a, b) = (returns[index].magnitude, returns[index &- 1].magnitude)
            let c = returns[index &- 2].magnitude
            let (low, high) = (a < b ? a : b, a < b ? b : a)
            let least = high < c ? high : c
            let middle = low < least ? least : low
            terms[index] = middle * middle
        }
    }
    /// The sum, scaled.
    public static func value(sum: Double, returns: Double) -> Double {
        .pi / (6 - 4 * 3.0.squareRoot() + .pi) * returns / (returns - 2) * sum
    }
}
