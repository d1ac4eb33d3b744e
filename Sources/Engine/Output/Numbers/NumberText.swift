import Columnar

/// Numbers as text, as ECMAScript writes them (and RFC 8785 asks for): the shortest digits that read back as the same
/// double, without an exponent from 1e-6 up to 1e21. One difference: negative zero is `-0`, so that it too reads back.
///
/// The text depends on the value alone: a decimal column and a column of doubles with the same values print the same.
public enum NumberText {
    /// The longest text of a number, in bytes.
    public static let bytesMax = 32

    /// Appends a double; `NaN`, `Infinity` or `-Infinity` if it is not finite.
    public static func append(_ value: Double, to bytes: inout [UInt8]) {
        append(to: &bytes) { write(value, to: $0) }
    }

    /// Appends a double, or `null` if it is not finite: JSON has no word for those.
    public static func appendJSON(_ value: Double, to bytes: inout [UInt8]) {
        if value.isFinite {
            append(value, to: &bytes)
        } else {
            bytes.append(contentsOf: "null".utf8)
        }
    }

    /// Appends an integer.
    public static func append(_ value: Int64, to bytes: inout [UInt8]) {
        append(to: &bytes) { write(value, to: $0) }
    }

    /// Appends the double nearest to `mantissa / 10^scale`.
    public static func append(mantissa: Int64, scale: Int, to bytes: inout [UInt8]) {
        append(to: &bytes) { write(mantissa: mantissa, Scale(scale), to: $0) }
    }

    @inline(__always)
    private static func append(to bytes: inout [UInt8], _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: roomBytes) { buffer in
            guard let base = buffer.baseAddress else { return }
            let count = write(base)
            bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        }
    }
}

extension NumberText {
    /// Bytes that writing a number may touch: digits are stored by the word, past the end of the text.
    static let roomBytes = DecimalLayout.roomBytes

    /// Decimals below this have at most 15 digits.
    private static let exactEnd: UInt64 = 1_000_000_000_000_000
    /// Digits after the point of numbers that take the fast way: those that a price or a size has.
    private static let fixedScale = 8
    /// 1e-6 in units of the last of those digits: smaller numbers are written with an exponent.
    private static let fixedMin: UInt64 = 100

    /// Writes an integer into ``roomBytes`` bytes; returns the length of the text, at most ``bytesMax``.
    @inline(__always)
    static func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        DecimalLayout.writeInteger(value.magnitude, isNegative: value < 0, to: out)
    }

    /// Writes a double into ``roomBytes`` bytes; returns the length of the text, at most ``bytesMax``.
    @inline(__always)
    static func write(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        // Most numbers of a market have few decimals. If r / 10^8 is the double and r has at most 15 digits, then no other
        // decimal of up to 15 digits is, so these digits are the shortest.
        let magnitude = value.magnitude
        if magnitude < 1e7 {
            let scaled = Int64(magnitude * 1e8 + 0.5)
            if Double(scaled) / 1e8 == magnitude {
                let digits = UInt64(truncatingIfNeeded: scaled)
                if digits == 0 || digits >= fixedMin {
                    return DecimalLayout.writeFixed(digits, isNegative: value.sign == .minus, to: out)
                }
            }
        }
        return writeShortest(value, to: out)
    }

    /// Writes the double nearest to a decimal into ``roomBytes`` bytes; returns the length of the text, at most ``bytesMax``.
    @inline(__always)
    static func write(mantissa: Int64, _ scale: Scale, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let magnitude = mantissa.magnitude
        if magnitude < scale.fixedEnd {
            let digits = magnitude &* scale.fixedFactor
            if digits == 0 || digits >= fixedMin {
                return DecimalLayout.writeFixed(digits, isNegative: mantissa < 0, to: out)
            }
        }
        return writeUnusual(mantissa: mantissa, scale, to: out)
    }

    /// What the decimals of a column have in common.
    struct Scale {
        /// The digits after the point.
        fileprivate let digits: Int
        /// Mantissas below this take the fast way…
        fileprivate let fixedEnd: UInt64
        /// … multiplied by this.
        fileprivate let fixedFactor: UInt64

        init(_ digits: Int) {
            self.digits = digits
            let isFixed = digits <= fixedScale
            fixedEnd = isFixed ? min(exactEnd, DecimalDigits.powersOfTen[fixedScale + digits]) : 0
            fixedFactor = isFixed ? DecimalDigits.powersOfTen[fixedScale - digits] : 0
        }
    }

    @inline(never)
    private static func writeUnusual(mantissa: Int64, _ scale: Scale, to out: UnsafeMutablePointer<UInt8>) -> Int {
        // Up to 15 digits are the shortest text of their double.
        let magnitude = mantissa.magnitude
        if magnitude < exactEnd {
            let exponent = magnitude == 0 ? 0 : -scale.digits
            return DecimalLayout.write(magnitude, exponent: exponent, isNegative: mantissa < 0, to: out)
        }
        return writeShortest(ScaledInteger.double(mantissa, scale: scale.digits), to: out)
    }

    @inline(never)
    private static func writeShortest(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value.isFinite else {
            return copy(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity", to: out)
        }
        let shortest = ShortestDecimal(value.magnitude)
        return DecimalLayout.write(shortest.digits, exponent: shortest.exponent, isNegative: value < 0, to: out)
    }

    private static func copy(_ text: StaticString, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return text.utf8CodeUnitCount
    }
}
