/// `realized_variance(price)`: Σ r² (Andersen and Bollerslev 1998).
public enum RealizedVariance: ReturnKind {
    /// One return.
    public static var span: Int { 1 }
    /// r².
    @inline(__always)
    public static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double { current * current }
    /// The sum.
    public static func value(sum: Double, returns: Double) -> Double { sum }
}

/// `realized_volatility(price)`: √Σ r².
public enum RealizedVolatility: ReturnKind {
    /// One return.
    public static var span: Int { 1 }
    /// r².
    @inline(__always)
    public static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double { current * current }
    /// The root of the sum.
    public static func value(sum: Double, returns: Double) -> Double { sum.squareRoot() }
}

/// `semivariance(price)`: Σ r² over the returns below 0 (Barndorff-Nielsen, Kinnebrock and Shephard 2010).
public enum Semivariance: ReturnKind {
    /// One return.
    public static var span: Int { 1 }
    /// r² below 0.
    @inline(__always)
    public static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double {
        let loss = min(current, 0)
        return loss * loss
    }
    /// The sum.
    public static func value(sum: Double, returns: Double) -> Double { sum }
}

/// `bipower_variation(price)`: π/2 Σ |rᵢ||rᵢ₋₁|, which jumps hardly touch (Barndorff-Nielsen and Shephard 2004).
public enum BipowerVariation: ReturnKind {
    /// Two returns.
    public static var span: Int { 2 }
    /// |rᵢ||rᵢ₋₁|.
    @inline(__always)
    public static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double {
        (current * before).magnitude
    }
    /// π/2 of the sum.
    public static func value(sum: Double, returns: Double) -> Double { .pi / 2 * sum }
}

/// `min_rv(price)`: π / (π - 2) × n / (n - 1) × Σ min(|rᵢ|, |rᵢ₋₁|)² (Andersen, Dobrev and Schaumburg 2012).
public enum MinimumRealizedVariance: ReturnKind {
    /// Two returns.
    public static var span: Int { 2 }
    /// The square of the smaller.
    @inline(__always)
    public static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double {
        let least = min(current.magnitude, before.magnitude)
        return least * least
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
    @inline(__always)
    public static func term(_ current: Double, _ before: Double, _ beforeThat: Double) -> Double {
        let (a, b, c) = (current.magnitude, before.magnitude, beforeThat.magnitude)
        let middle = max(min(a, b), min(max(a, b), c))
        return middle * middle
    }
    /// The sum, scaled.
    public static func value(sum: Double, returns: Double) -> Double {
        .pi / (6 - 4 * 3.0.squareRoot() + .pi) * returns / (returns - 2) * sum
    }
}
