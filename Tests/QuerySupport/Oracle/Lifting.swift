import Columnar

/// Carries the errors of arguments over to results: a function is computed at all ends of its arguments' ranges.
enum Lifting {
    /// A few units in the last place: what a formula may add by rounding in another order.
    static let roundingShare = 0x1p-51

    /// The function's value, with how far off it may be.
    ///
    /// - Parameters:
    ///   - arguments: what it is computed of.
    ///   - what: names it if rounding decides its value.
    ///   - function: monotonic in each argument, at least between the ends.
    static func apply(
        _ arguments: [Value],
        _ what: @autoclosure () -> String,
        _ function: ([Scalar]) -> Scalar
    ) throws(OracleFailure) -> Value {
        let isReproducible = arguments.allSatisfy(\.isReproducible)
        if arguments.contains(where: \.isOpen) {
            return try open(arguments, what(), function)
        }
        let center = function(arguments.map(\.scalar))
        if arguments.allSatisfy({ $0.error == 0 }) { return Value(center, isReproducible: isReproducible) }
        let ends = corners(arguments).map(function)
        if ends.allSatisfy({ isSameBits($0, center) }) { return Value(center, isReproducible: isReproducible) }
        guard case .float64(let middle) = center else { throw .undecided(what()) }
        if middle == 0, ends.allSatisfy({ $0 == center }) { return .unsigned(middle) }
        var error = 0.0
        for end in ends {
            guard case .float64(let value) = end, value.isFinite, middle.isFinite else { return .open }
            error = max(error, (value - middle).magnitude)
        }
        return Value(center, error: error + middle.magnitude * roundingShare, isReproducible: isReproducible)
    }

    /// Of an open argument a double is open too; what decides about rows cannot be.
    private static func open(
        _ arguments: [Value],
        _ what: String,
        _ function: ([Scalar]) -> Scalar
    ) throws(OracleFailure) -> Value {
        guard case .float64 = function(arguments.map { $0.isOpen ? .float64(1) : $0.scalar }) else {
            throw .undecided(what)
        }
        return .open
    }

    /// All combinations of the arguments' ends.
    private static func corners(_ arguments: [Value]) -> [[Scalar]] {
        arguments.reduce([[]]) { heads, argument in
            heads.flatMap { head in argument.corners.map { head + [$0] } }
        }
    }

    static func isSameBits(_ left: Scalar, _ right: Scalar) -> Bool {
        guard case .float64(let a) = left, case .float64(let b) = right else { return left == right }
        return a.bitPattern == b.bitPattern || a.isNaN && b.isNaN
    }
}
