import Columnar

/// Σ of doubles or of products of doubles: what it is before rounding, and how far a floating sum may be off.
struct ExactSum {
    private(set) var count = 0
    /// Σ of what is finite.
    private(set) var total = ExactNumber.zero
    /// Σ of magnitudes.
    private(set) var magnitude = ExactNumber.zero
    /// NaN or an infinity, if one was added.
    private(set) var special: Double?
    /// Errors of the values that were added.
    private var inputError = 0.0
    private var isOpen = false
    private var lowestExponent = Int.max

    /// How far a floating sum may be off, as a share of Σ|x|: what the language promises.
    static let errorShare = 1e-12
    /// What a product may lose below the smallest doubles.
    static let underflow = 0x1p-1070

    init() {}

    init(_ values: [Value]) {
        for value in values { add(value) }
    }

    mutating func add(_ value: Value) { add(product: [value]) }

    /// Adds a product, rounded once.
    mutating func add(product factors: [Value]) {
        count += 1
        let numbers = factors.map { $0.double ?? 0 }
        let product = numbers.reduce(1, *)
        if factors.contains(where: \.isOpen) || product.isInfinite && numbers.allSatisfy(\.isFinite) {
            isOpen = true
        } else if !product.isFinite {
            special = special.map { $0 + product } ?? product
        } else {
            let exact = numbers.reduce(ExactNumber.one) { $0 * ExactNumber($1) }
            total = total + exact
            magnitude = magnitude + exact.magnitude
            if !exact.isZero { lowestExponent = min(lowestExponent, exact.lowestExponent) }
        }
        addErrors(factors)
    }

    private mutating func addErrors(_ factors: [Value]) {
        for (index, factor) in factors.enumerated() where !factor.isExact {
            let others = factors.enumerated().filter { $0.offset != index }
            inputError += others.reduce(factor.error) { $0 * (($1.element.double ?? 0).magnitude + $1.element.error) }
        }
    }

    /// Whether every order of additions gives the same: all are multiples of a power of two, and not too many of them.
    private var isExactInDoubles: Bool {
        guard inputError == 0, !isOpen else { return false }
        if lowestExponent == .max { return true }
        return lowestExponent >= -1074
            && magnitude.double <= Double(sign: .plus, exponent: 53 + lowestExponent, significand: 1)
    }

    /// Finer fractions may be decimals to the engine, which adds these rather than the doubles nearest to them.
    private static let sharedExponent = -9

    /// Whether nothing is rounded.
    var isExact: Bool { isExactInDoubles && (count == 1 || lowestExponent >= Self.sharedExponent) }

    /// How far a floating sum may be off.
    var error: Double {
        if isExact { return 0 }
        if isExactInDoubles { return magnitude.double * Lifting.roundingShare }
        return inputError + magnitude.double * Self.errorShare + Double(count) * Self.underflow
    }

    /// The sum.
    var value: Value {
        if let special = settled { return special }
        let double = total.double
        if isExact { return .unsigned(double) }
        return Value(.float64(double), error: error, isReproducible: false)
    }

    /// The sum over something exact.
    func value(over divisor: ExactNumber) -> Value {
        if let special = settled { return special }
        let quotient = total.divided(by: divisor)
        if isExact, total.fitsDouble { return .unsigned(quotient) }
        let share = error / divisor.magnitude.double
        return Value(
            .float64(quotient),
            error: share + quotient.magnitude * Lifting.roundingShare,
            isReproducible: false
        )
    }

    /// What the sum is if it is no number, or none that is known.
    private var settled: Value? {
        if let special, special.isNaN { return Value(.float64(.nan)) }
        // Parts of the sum may overflow where the whole does not.
        if isOpen || !magnitude.double.isFinite { return .open }
        return special.map { Value(.float64($0)) }
    }
}
