public import Columnar

/// A value of an answer, and how far from it what the engine gives may lie.
public struct Value: Sendable {
    /// The value itself.
    public var scalar: Scalar
    /// How far off a double may be. 0: not a bit. ``signOfZero``: 0 may have either sign. Infinity: nothing is said about
    /// it, for example because a sum in another order overflows.
    public var error: Double
    /// Whether every execution must give the same bits, even where they may differ from ``scalar``. A floating sum is
    /// none of these: its parts may be summed in another order.
    public var isReproducible: Bool

    /// The error of a zero whose sign is left open: `min` of 0 and -0, say.
    static let signOfZero = Double.leastNonzeroMagnitude
    static let null = Value(.null)

    init(_ scalar: Scalar, error: Double = 0, isReproducible: Bool = true) {
        self.scalar = scalar
        self.error = error
        self.isReproducible = isReproducible
    }

    /// A double that is exact, but for the sign if it is zero.
    static func unsigned(_ value: Double) -> Value {
        Value(.float64(value), error: value == 0 ? signOfZero : 0)
    }

    /// A value of which nothing is said.
    static let open = Value(.float64(.nan), error: .infinity, isReproducible: false)

    var isNull: Bool { scalar.isNull && error == 0 }
    var isOpen: Bool { error == .infinity }
    var isExact: Bool { error <= Self.signOfZero }

    /// The number; nil for null and for what is none.
    var double: Double? {
        switch scalar {
        case .float64(let value): value
        case .int64(let value), .timestamp(let value): Double(value)
        case .null, .boolean, .text: nil
        }
    }

    var integer: Int64? {
        switch scalar {
        case .int64(let value), .timestamp(let value): value
        case .null, .boolean, .float64, .text: nil
        }
    }

    /// The ends of the range in which a right value lies.
    var corners: [Scalar] {
        guard case .float64(let value) = scalar, error > 0 else { return [scalar] }
        if error == Self.signOfZero { return value == 0 ? [.float64(0), .float64(-0.0)] : [scalar] }
        return [.float64(value - error), .float64(value + error)]
    }

    /// Whether what the engine gave is right.
    func accepts(_ given: Scalar) -> Bool {
        if isOpen { return true }
        switch (scalar, given) {
        case (.float64(let wanted), .float64(let given)):
            if wanted.isNaN || given.isNaN { return wanted.isNaN && given.isNaN }
            if error == 0 { return wanted.bitPattern == given.bitPattern }
            return wanted == given || (wanted - given).magnitude <= error
        case (.text(let wanted), .text(let given)): return wanted.utf8.elementsEqual(given.utf8)
        default: return scalar == given
        }
    }
}

/// Why the oracle gives no answer.
public enum OracleFailure: Error {
    /// The rounding of sums decides which rows come, or in which order.
    case undecided(String)
    /// The answer is an error of this code; a plan that reads less may still find rows.
    case refused(code: String)
    /// The bound tree asks for something that the oracle does not know: a gap in the oracle.
    case unknown(String)
}
