public import Columnar

/// How a scalar function is computed: one function of Swift, which the binder calls for constants and the engine in its
/// loops, so that folding never gives another answer than execution.
public struct ScalarKernel: Sendable {
    /// The ways in which a row is computed. Nil is NULL. All but ``rows(_:)`` are called only for rows without NULL.
    public enum Loop: Sendable {
        /// A double of a number.
        case double(@Sendable (Double) -> Double)
        /// A double of two numbers.
        case doubles(@Sendable (Double, Double) -> Double)
        /// A truth of a number.
        case test(@Sendable (Double) -> Bool)
        /// An integer of a double.
        case rounding(@Sendable (Double) -> Int64?)
        /// An integer or timestamp of one.
        case integer(@Sendable (Int64) -> Int64?)
        /// An integer or timestamp of two.
        case integers(@Sendable (Int64, Int64) -> Int64?)
        /// Anything of anything.
        case rows(@Sendable ([Scalar]) -> Scalar)
    }

    /// How a row is computed.
    public let loop: Loop
    /// Which arguments the loop takes, in this order; the others are constants that it has in it.
    public let operands: [Int]
    /// Whether a NULL among the operands makes the result NULL without a call. Only ``Loop/rows(_:)`` can do without.
    public let isStrict: Bool

    init(_ loop: Loop, of operands: [Int], isStrict: Bool = true) {
        self.loop = loop
        self.operands = operands
        self.isStrict = isStrict
    }

    /// A fault of an argument that must be a constant: the unit, the zone, the format, the pattern.
    struct Fault: Error {
        let argument: Int
        let message: String
        var hint: String?
    }

    /// What a call has: types, and the constants among its arguments.
    struct Call {
        let function: ScalarFunction
        let types: [ColumnType]
        let constants: [Scalar?]
        let type: ColumnType

        var count: Int { types.count }

        /// The text of a constant argument; nil if it was left out, or is NULL.
        func word(_ index: Int, _ what: String) throws(Fault) -> String? {
            guard index < count else { return nil }
            guard let constant = constants[index] else {
                throw Fault(
                    argument: index,
                    message: "\(function.rawValue)() takes a constant as its \(what)",
                    hint: "write it as 'text'"
                )
            }
            if case .text(let text) = constant { return text }
            return nil
        }
    }

    /// The kernel of a call; nil for CASE, coalesce and those that only the engine's nodes know.
    static func make(_ call: Call) throws(Fault) -> ScalarKernel? {
        if let kernel = math(call) { return kernel }
        if let kernel = choice(call) { return kernel }
        if let kernel = text(call) { return kernel }
        if let kernel = try pattern(call) { return kernel }
        if let kernel = try regularExpression(call) { return kernel }
        if let kernel = field(call) { return kernel }
        if let kernel = try time(call) { return kernel }
        return cast(call)
    }

    /// The kernel of a bound call; nil if there is none, which the binder has made sure of.
    public init?(_ function: ScalarFunction, _ arguments: [BoundExpression], _ type: ColumnType) {
        let call = Call(
            function: function,
            types: arguments.map(\.type),
            constants: arguments.map(\.constant),
            type: type
        )
        guard let made = try? Self.make(call) else { return nil }
        self = made
    }

    /// The value for one row, given all arguments of the call.
    func value(_ arguments: [Scalar], _ type: ColumnType) -> Scalar {
        value(ofOperands: operands.map { arguments[$0] }, type)
    }

    /// The value for one row, given those arguments alone that the loop takes.
    public func value(ofOperands values: [Scalar], _ type: ColumnType) -> Scalar {
        if isStrict, values.contains(where: \.isNull) { return .null }
        switch loop {
        case .double(let function): return values[0].number.map { .float64(function($0)) } ?? .null
        case .test(let function): return values[0].number.map { .boolean(function($0)) } ?? .null
        case .rounding(let function):
            return Self.integer(values[0].number.flatMap(function), type)
        case .doubles(let function):
            guard let x = values[0].number, let y = values[1].number else { return .null }
            return .float64(function(x, y))
        case .integer(let function): return Self.integer(values[0].integer.flatMap(function), type)
        case .integers(let function):
            guard let x = values[0].integer, let y = values[1].integer else { return .null }
            return Self.integer(function(x, y), type)
        case .rows(let function): return function(values).of(type)
        }
    }

    private static func integer(_ value: Int64?, _ type: ColumnType) -> Scalar {
        guard let value else { return .null }
        return type == .timestamp ? .timestamp(value) : .int64(value)
    }
}

extension Scalar {
    /// A number as a double.
    var number: Double? {
        switch self {
        case .float64(let value): value
        case .int64(let value), .timestamp(let value): Double(value)
        case .null, .boolean, .text: nil
        }
    }

    /// An integer or timestamp.
    var integer: Int64? {
        switch self {
        case .int64(let value), .timestamp(let value): value
        case .null, .boolean, .text, .float64: nil
        }
    }

    /// Text.
    var string: String? { if case .text(let text) = self { text } else { nil } }

    /// A truth value.
    var truth: Bool? { if case .boolean(let value) = self { value } else { nil } }

    /// The value in the form that a column of the type has: int64 and float64 mix in calls of several arguments.
    func of(_ type: ColumnType) -> Scalar {
        switch (self, type) {
        case (.int64(let value), .float64): .float64(Double(value))
        case (.int64(let value), .timestamp): .timestamp(value)
        case (.timestamp(let value), .int64): .int64(value)
        default: self
        }
    }

    /// The order of two values that can be compared; nil with NULL. NaN is above all numbers, and equal to itself; text
    /// goes by its UTF-8 bytes, false comes before true.
    func order(_ other: Scalar) -> Int? {
        switch (self, other) {
        case (.boolean(let a), .boolean(let b)): return a == b ? 0 : a ? 1 : -1
        case (.text(let a), .text(let b)):
            if a.utf8.elementsEqual(b.utf8) { return 0 }
            return a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
        case (.float64, _), (_, .float64):
            guard let a = number, let b = other.number else { return nil }
            if a.isNaN || b.isNaN { return a.isNaN == b.isNaN ? 0 : a.isNaN ? 1 : -1 }
            return a < b ? -1 : a > b ? 1 : 0
        default:
            guard let a = integer, let b = other.integer else { return nil }
            return a < b ? -1 : a > b ? 1 : 0
        }
    }
}
