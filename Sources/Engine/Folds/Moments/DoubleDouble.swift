/// A number as the unevaluated sum of two doubles, `high + low` with |low| ≤ ulp(high) / 2: about 106 bits.
///
/// The arithmetic is Dekker's (1971) and Knuth's; each operation errs by a few 2^-104 of its result, or of the larger
/// operand where it subtracts. Operands must lie well inside the range of doubles: below 2^960, so that splitting them
/// does not overflow.
struct DoubleDouble: Sendable, Hashable {
    var high: Double
    var low: Double

    /// `high + low`, exactly, for any two doubles.
    init(high: Double, low: Double) {
        let (sum, error) = Self.twoSum(high, low)
        self.high = sum
        self.low = error
    }

    init(_ value: Double) {
        high = value
        low = 0
    }

    /// An integer, exactly up to 106 bits.
    init(_ value: Int128) {
        let high = Double(value)
        // The double next to the largest integers is one past them.
        let rest = high == 0x1p127 ? (value - .max) - 1 : value - Int128(high)
        self.init(high: high, low: Double(rest))
    }

    /// The nearest double.
    var double: Double { high + low }

    /// `left + right` and what rounding lost.
    @inline(__always)
    static func twoSum(_ left: Double, _ right: Double) -> (sum: Double, error: Double) {
        let sum = left + right
        let shadow = sum - left
        return (sum, (left - (sum - shadow)) + (right - shadow))
    }

    /// `left × right` and what rounding lost.
    ///
    /// By splitting, not by a fused multiplication: processors that Tickgate runs on may have none.
    @inline(__always)
    static func twoProduct(_ left: Double, _ right: Double) -> (product: Double, error: Double) {
        let product = left * right
        let (leftHigh, leftLow) = split(left)
        let (rightHigh, rightLow) = split(right)
        let error = ((leftHigh * rightHigh - product) + leftHigh * rightLow + leftLow * rightHigh) + leftLow * rightLow
        return (product, error)
    }

    /// Two halves of 26 bits, so that products of halves are exact.
    @inline(__always)
    private static func split(_ value: Double) -> (high: Double, low: Double) {
        let scaled = value * 134_217_729  // 2^27 + 1
        let high = scaled - (scaled - value)
        return (high, value - high)
    }

    static func + (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble {
        let (sum, error) = twoSum(left.high, right.high)
        let (lowSum, lowError) = twoSum(left.low, right.low)
        let middle = DoubleDouble(high: sum, low: error + lowSum)
        return DoubleDouble(high: middle.high, low: middle.low + lowError)
    }

    static prefix func - (value: DoubleDouble) -> DoubleDouble {
        var negated = value
        negated.high = -value.high
        negated.low = -value.low
        return negated
    }

    static func - (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble { left + -right }

    static func * (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble {
        let (product, error) = twoProduct(left.high, right.high)
        return DoubleDouble(high: product, low: error + (left.high * right.low + left.low * right.high))
    }

    static func / (left: DoubleDouble, right: DoubleDouble) -> DoubleDouble {
        let first = left.high / right.high
        guard first.isFinite else { return DoubleDouble(first) }
        let rest = left - right * DoubleDouble(first)
        let second = rest.high / right.high
        let rest2 = rest - right * DoubleDouble(second)
        return DoubleDouble(high: first, low: second) + DoubleDouble(rest2.high / right.high)
    }
}

/// A sum of doubles and of double-doubles that keeps what rounding loses: the error of n terms is at most n² 2^-106 of
/// the sum of their magnitudes. Terms must be finite.
struct PreciseSum: Sendable, Hashable {
    private var sum = 0.0
    private var error = 0.0

    init() {}

    /// Adds `term + rest`, where `rest` is small beside it.
    @inline(__always)
    mutating func add(_ term: Double, rest: Double = 0) {
        let (sum, error) = DoubleDouble.twoSum(self.sum, term)
        self.sum = sum
        self.error += error + rest
    }

    /// Adds terms in their order.
    mutating func add(_ terms: UnsafePointer<Double>, _ count: Int) {
        var sum = self
        for index in 0..<count { sum.add(terms[index]) }
        self = sum
    }

    /// Adds a double-double.
    mutating func add(_ term: DoubleDouble) { add(term.high, rest: term.low) }

    /// The sum.
    var value: DoubleDouble { DoubleDouble(high: sum, low: error) }

    func encode(into writer: inout FoldStateWriter) {
        writer.write(sum)
        writer.write(error)
    }

    init(from reader: inout FoldStateReader) throws(FoldStateError) {
        sum = try reader.readDouble()
        error = try reader.readDouble()
    }
}
