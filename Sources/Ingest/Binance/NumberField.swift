import Market

/// A number of a message that is never negative, or the reason why there is none, in one word.
struct NumberField {
    /// At least 0: the number. Below: `-1 - reason`.
    private var raw: Int64

    static let missing = NumberField(fault: .missingField)

    @inline(__always)
    init(_ value: Int64) { raw = value >= 0 ? value : -1 - Int64(IngestReason.outOfRange.rawValue) }

    init(fault: IngestReason) { raw = -1 - Int64(fault.rawValue) }

    /// Whether the field holds a number.
    @inline(__always)
    var isValid: Bool { raw >= 0 }

    /// The number; only if ``isValid``.
    @inline(__always)
    var value: Int64 { raw }

    /// Why there is no number; only if not ``isValid``.
    var fault: IngestReason { IngestReason(rawValue: UInt8(truncatingIfNeeded: -1 - raw)) ?? .missingField }
}

extension JSONCursor {
    /// Decimals that the venue writes, and that every mantissa here has.
    static let scale = 8

    private static let powersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    /// Takes a value that should be an integer of at least 0.
    @inline(__always)
    mutating func numberField() throws(IngestError) -> NumberField {
        let byte = try peek()
        guard byte.isDigit || byte == UInt8(ascii: "-") else {
            try skipValue()
            return NumberField(fault: .wrongType)
        }
        guard let value = try integer() else { return NumberField(fault: .overflow) }
        return NumberField(value)
    }

    /// Takes a value that should be a quoted decimal of at least 0, as a mantissa at ``scale``.
    ///
    /// Reads up to 18 digits while it looks for the closing quote; whatever is unusual goes to ``Decimal``.
    @inline(__always)
    mutating func decimalField() throws(IngestError) -> NumberField {
        guard try peek() == .quote else {
            try skipValue()
            return NumberField(fault: .wrongType)
        }
        var position = index &+ 1
        let start = position
        var value: UInt64 = 0
        while position < count, base[position].isDigit {
            value = value &* 10 &+ UInt64(base[position] &- UInt8(ascii: "0"))  // may wrap; 18 digits are checked below
            position &+= 1
        }
        var digits = position &- start
        var fraction = 0
        if position < count, base[position] == UInt8(ascii: ".") {
            position &+= 1
            let point = position
            while position < count, base[position].isDigit {
                value = value &* 10 &+ UInt64(base[position] &- UInt8(ascii: "0"))
                position &+= 1
            }
            fraction = position &- point
            digits &+= fraction
        }
        guard position < count, base[position] == .quote, digits > 0, digits <= 18, fraction <= Self.scale else {
            return try slowDecimalField()
        }
        if fraction < Self.scale {
            let (scaled, overflow) = value.multipliedReportingOverflow(by: Self.powersOfTen[Self.scale &- fraction])
            guard !overflow, scaled <= UInt64(Int64.max) else { return try slowDecimalField() }
            value = scaled
        }
        index = position &+ 1
        return NumberField(Int64(bitPattern: value))
    }

    private mutating func slowDecimalField() throws(IngestError) -> NumberField {
        let text = try string()
        var unescaped: [UInt8] = []
        if text.hasEscapes { appendUnescaped(text, to: &unescaped) }
        do throws(DecimalError) {
            if text.hasEscapes {
                return NumberField(try Decimal(String(decoding: unescaped, as: UTF8.self), scale: Self.scale).mantissa)
            }
            return NumberField(try Decimal.parseMantissa(bytes(text), scale: Self.scale))
        } catch {
            switch error {
            case .malformed: return NumberField(fault: .badDecimal)
            case .inexact: return NumberField(fault: .inexactDecimal)
            case .overflow: return NumberField(fault: .overflow)
            }
        }
    }
}
