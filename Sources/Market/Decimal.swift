/// An exact decimal, `mantissa / 10^scale`.
public struct Decimal: Sendable, Hashable {
    /// The digits, with the sign.
    public var mantissa: Int64
    /// How many of the digits are decimals.
    public var scale: Int

    /// The largest scale: 10^18 is the last power of ten in Int64.
    public static let scaleMax = 18

    /// Creates a decimal; `scale` must be in `0...scaleMax`.
    public init(mantissa: Int64, scale: Int) {
        precondition(scale >= 0 && scale <= Self.scaleMax, "BUG: decimal scale out of range")
        self.mantissa = mantissa
        self.scale = scale
    }
}

/// Why a decimal could not be made.
public enum DecimalError: Error, Sendable, Hashable {
    /// The text is not a plain decimal number.
    case malformed
    /// The number has more decimals than the scale.
    case inexact
    /// The result does not fit in 64 bits.
    case overflow
}

extension Decimal {
    /// Powers of ten that fit in Int64.
    static let powersOfTen: [Int64] = {
        var powers: [Int64] = [1]
        for exponent in 1...scaleMax { powers.append(powers[exponent - 1] * 10) }
        return powers
    }()

    /// Reads a plain decimal such as `-61837.63000000` as a mantissa at `scale`.
    ///
    /// Zeros past the scale are dropped; any other digit there is an error, so that no digit is lost in silence.
    public static func parseMantissa(_ text: UnsafeBufferPointer<UInt8>, scale: Int) throws(DecimalError) -> Int64 {
        var index = 0
        let count = text.count
        let isNegative = count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var value: UInt64 = 0
        var digits = 0
        var fraction = -1  // digits after the point so far; -1 before it
        while index < count {
            let byte = text[index]
            index &+= 1
            if byte == UInt8(ascii: "."), fraction < 0 {
                fraction = 0
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { throw .malformed }
            digits &+= 1
            if fraction >= 0 {
                if fraction == scale {
                    guard digit == 0 else { throw .inexact }
                    continue
                }
                fraction &+= 1
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow2) = product.addingReportingOverflow(UInt64(digit))
            if overflow || overflow2 { throw .overflow }
            value = sum
        }
        guard digits > 0 else { throw .malformed }
        let missing = scale - max(fraction, 0)
        let (scaled, overflow) = value.multipliedReportingOverflow(by: UInt64(powersOfTen[missing]))
        guard !overflow, scaled <= UInt64(Int64.max) else { throw .overflow }
        return isNegative ? -Int64(scaled) : Int64(scaled)
    }

    /// Reads a plain decimal; see ``parseMantissa(_:scale:)``.
    public init(_ text: String, scale: Int) throws(DecimalError) {
        var text = text
        let result: Result<Int64, DecimalError> = text.withUTF8 { bytes in
            do throws(DecimalError) {
                return .success(try Self.parseMantissa(bytes, scale: scale))
            } catch {
                return .failure(error)
            }
        }
        self.init(mantissa: try result.get(), scale: scale)
    }

    /// The same number with another scale.
    public func rescaled(to scale: Int) throws(DecimalError) -> Decimal {
        if scale >= self.scale {
            let (value, overflow) = mantissa.multipliedReportingOverflow(by: Self.powersOfTen[scale - self.scale])
            if overflow { throw .overflow }
            return Decimal(mantissa: value, scale: scale)
        }
        let divisor = Self.powersOfTen[self.scale - scale]
        guard mantissa % divisor == 0 else { throw .inexact }
        return Decimal(mantissa: mantissa / divisor, scale: scale)
    }

    /// The sum, at the larger of the two scales.
    public func adding(_ other: Decimal) throws(DecimalError) -> Decimal {
        let scale = max(scale, other.scale)
        let left = try rescaled(to: scale).mantissa
        let (sum, overflow) = left.addingReportingOverflow(try other.rescaled(to: scale).mantissa)
        if overflow { throw .overflow }
        return Decimal(mantissa: sum, scale: scale)
    }

    /// The difference, at the larger of the two scales.
    public func subtracting(_ other: Decimal) throws(DecimalError) -> Decimal {
        let scale = max(scale, other.scale)
        let left = try rescaled(to: scale).mantissa
        let (difference, overflow) = left.subtractingReportingOverflow(try other.rescaled(to: scale).mantissa)
        if overflow { throw .overflow }
        return Decimal(mantissa: difference, scale: scale)
    }

    /// The product, at the sum of the two scales.
    public func multiplied(by other: Decimal) throws(DecimalError) -> Decimal {
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: other.mantissa)
        guard !overflow, scale + other.scale <= Self.scaleMax else { throw .overflow }
        return Decimal(mantissa: product, scale: scale + other.scale)
    }
}

extension Decimal: CustomStringConvertible {
    /// The number with exactly `scale` decimals.
    public var description: String {
        var digits = String(mantissa.magnitude)
        if scale > 0 {
            if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale))
        }
        return mantissa < 0 ? "-" + digits : digits
    }
}
