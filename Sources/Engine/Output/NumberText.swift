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
        append(to: &bytes) { write(mantissa: mantissa, scale: scale, to: $0) }
    }

    @inline(__always)
    private static func append(to bytes: inout [UInt8], _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytesMax) { buffer in
            guard let base = buffer.baseAddress else { return }
            let count = write(base)
            bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        }
    }
}

extension NumberText {
    /// Writes an integer; returns the number of bytes, at most ``bytesMax``.
    @inline(__always)
    static func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        if value >= 0 { return writeDigits(UInt64(value), to: out) }
        out[0] = UInt8(ascii: "-")
        return writeDigits(value.magnitude, to: out + 1) + 1
    }

    /// Writes a double; returns the number of bytes, at most ``bytesMax``.
    static func write(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        // Most numbers of a market have few decimals. If r / 10^k is the double and r has at most 15 digits, then no other
        // decimal of up to 15 digits is, so these digits are the shortest.
        let magnitude = value.magnitude
        if value.bitPattern == 0 {
            out[0] = UInt8(ascii: "0")
            return 1
        }
        guard magnitude >= fixedMin, magnitude < 1e13 else { return writeSlowly(value, to: out) }
        let cents = (magnitude * 1e2).rounded(.toNearestOrEven)
        if cents / 1e2 == magnitude {
            return writeFixed(UInt64(cents), scale: 2, isNegative: value < 0, to: out)
        }
        let satoshis = (magnitude * 1e8).rounded(.toNearestOrEven)
        if satoshis < 1e15, satoshis / 1e8 == magnitude {
            return writeFixed(UInt64(satoshis), scale: 8, isNegative: value < 0, to: out)
        }
        return writeSlowly(value, to: out)
    }

    /// Writes the double nearest to `mantissa / 10^scale`; returns the number of bytes, at most ``bytesMax``.
    @inline(__always)
    static func write(mantissa: Int64, scale: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let magnitude = mantissa.magnitude
        // Up to 15 digits are the shortest text of their double. Below 1e-6 the text takes an exponent.
        if magnitude < 1_000_000_000_000_000, scale <= 15,
            scale < 7 || mantissa == 0 || magnitude >= powersOfTen[scale - 6]
        {
            return writeFixed(magnitude, scale: scale, isNegative: mantissa < 0, to: out)
        }
        return write(ScaledInteger.double(mantissa, scale: scale), to: out)
    }

    private static let fixedMin = 1e-6

    private static let powersOfTen: [UInt64] = {
        var powers: [UInt64] = [1]
        for _ in 1...19 { powers.append(powers[powers.count - 1] &* 10) }
        return powers
    }()

    /// Writes `value / 10^scale` without trailing zeros; `scale` is at most 15.
    @inline(__always)
    private static func writeFixed(
        _ value: UInt64,
        scale: Int,
        isNegative: Bool,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var position = 0
        if isNegative {
            out[0] = UInt8(ascii: "-")
            position = 1
        }
        let divisor =
            switch scale {
            case 2: 100 as UInt64
            case 8: 100_000_000 as UInt64
            default: powersOfTen[scale]
            }
        let whole = value / divisor
        var fraction = value &- whole &* divisor
        position &+= writeDigits(whole, to: out + position)
        if fraction == 0 { return position }
        var width = scale
        while fraction % 100 == 0 {
            fraction /= 100
            width &-= 2
        }
        if fraction % 10 == 0 {
            fraction /= 10
            width &-= 1
        }
        out[position] = UInt8(ascii: ".")
        position &+= 1
        var index = position &+ width
        while index > position {
            index &-= 1
            out[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: fraction % 10)
            fraction /= 10
        }
        return position &+ width
    }

    /// Writes an integer without a sign.
    @inline(__always)
    private static func writeDigits(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digitCount(value)
        let pairs = digitPairs.utf8Start
        var rest = value
        var index = count
        while rest >= 100 {
            let pair = Int(rest % 100) &* 2
            rest /= 100
            index &-= 2
            out[index] = pairs[pair]
            out[index &+ 1] = pairs[pair &+ 1]
        }
        if rest >= 10 {
            out[0] = pairs[Int(rest) &* 2]
            out[1] = pairs[Int(rest) &* 2 &+ 1]
        } else {
            out[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
        }
        return count
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var rest = value
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        return count &+ (rest >= 10 ? 1 : 0) &+ (rest >= 100 ? 1 : 0) &+ (rest >= 1000 ? 1 : 0)
    }

    /// `00` to `99`.
    private static let digitPairs: StaticString = """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """
}

extension NumberText {
    /// The standard library finds the shortest digits; this lays them out anew.
    @inline(never)
    private static func writeSlowly(_ value: Double, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value.isFinite else {
            return copy(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity", to: out)
        }
        if value == 0 { return copy(value.sign == .minus ? "-0" : "0", to: out) }
        var text = value.magnitude.description
        return text.withUTF8 { layOut(ShortestDigits($0), isNegative: value < 0, to: out) }
    }

    /// Digits `d1 d2 ... dn` of `0.d1d2...dn × 10^point`; the first and the last are not 0.
    private struct ShortestDigits {
        var digits: [UInt8] = []
        var point = 0

        init(_ text: UnsafeBufferPointer<UInt8>) {
            var exponent = 0
            var hasPoint = false
            digits.reserveCapacity(17)
            for (index, byte) in text.enumerated() {
                if byte == UInt8(ascii: ".") {
                    hasPoint = true
                } else if byte == UInt8(ascii: "e") {
                    exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                    break
                } else if digits.isEmpty && byte == UInt8(ascii: "0") {
                    if hasPoint { point -= 1 }
                } else {
                    digits.append(byte)
                    if !hasPoint { point += 1 }
                }
            }
            point += exponent
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        }
    }

    private static func layOut(
        _ number: ShortestDigits,
        isNegative: Bool,
        to out: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var position = 0
        func put(_ byte: UInt8) {
            out[position] = byte
            position += 1
        }
        let digits = number.digits
        let point = number.point
        let zero = UInt8(ascii: "0")
        if isNegative { put(UInt8(ascii: "-")) }
        switch point {
        case digits.count...21:
            digits.forEach(put)
            for _ in digits.count..<point { put(zero) }
        case 1...21:
            digits[..<point].forEach(put)
            put(UInt8(ascii: "."))
            digits[point...].forEach(put)
        case -5...0:
            put(zero)
            put(UInt8(ascii: "."))
            for _ in point..<0 { put(zero) }
            digits.forEach(put)
        default:
            put(digits[0])
            if digits.count > 1 { put(UInt8(ascii: ".")) }
            digits[1...].forEach(put)
            put(UInt8(ascii: "e"))
            put(UInt8(ascii: point > 0 ? "+" : "-"))
            position += write(Int64(abs(point - 1)), to: out + position)
        }
        return position
    }

    private static func copy(_ text: StaticString, to out: UnsafeMutablePointer<UInt8>) -> Int {
        out.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return text.utf8CodeUnitCount
    }
}
