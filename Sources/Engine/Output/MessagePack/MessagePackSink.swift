/// Appends values of MessagePack (github.com/msgpack/msgpack/blob/master/spec.md), each in its shortest form.
extension ByteSink {
    func packNil() { append(UInt8(0xC0)) }

    func pack(_ value: Bool) { append(UInt8(value ? 0xC3 : 0xC2)) }

    func pack(_ value: Int64) {
        switch value {
        case 0...127: append(UInt8(truncatingIfNeeded: value))
        case -32..<0: append(UInt8(truncatingIfNeeded: value))
        case 128...0xFF: pack(0xCC, UInt64(value), bytes: 1)
        case 0x100...0xFFFF: pack(0xCD, UInt64(value), bytes: 2)
        case 0x1_0000...0xFFFF_FFFF: pack(0xCE, UInt64(value), bytes: 4)
        case 0x1_0000_0000...Int64.max: pack(0xCF, UInt64(value), bytes: 8)
        case -0x80 ..< -32: pack(0xD0, UInt64(bitPattern: value), bytes: 1)
        case -0x8000 ..< -0x80: pack(0xD1, UInt64(bitPattern: value), bytes: 2)
        case -0x8000_0000 ..< -0x8000: pack(0xD2, UInt64(bitPattern: value), bytes: 4)
        default: pack(0xD3, UInt64(bitPattern: value), bytes: 8)
        }
    }

    func pack(_ value: Double) { pack(0xCB, value.bitPattern, bytes: 8) }

    func pack(_ text: UnsafeBufferPointer<UInt8>) {
        switch text.count {
        case 0..<32: append(0xA0 | UInt8(text.count))
        case 32...0xFF: pack(0xD9, UInt64(text.count), bytes: 1)
        case 0x100...0xFFFF: pack(0xDA, UInt64(text.count), bytes: 2)
        default: pack(0xDB, UInt64(text.count), bytes: 4)
        }
        append(text)
    }

    func pack(_ text: String) {
        var text = text
        text.withUTF8 { pack($0) }
    }

    /// A moment, nanoseconds since the Unix epoch, as the extension type -1.
    func pack(timestamp nanoseconds: Int64) {
        let (seconds, fraction) = Self.split(nanoseconds)
        if seconds >= 0, seconds < 1 << 34 {
            // 30 bits of nanoseconds and 34 of seconds, or seconds alone.
            let word = UInt64(fraction) << 34 | UInt64(seconds)
            guard word > 0xFFFF_FFFF else {
                append(UInt8(0xD6))
                append(UInt8(0xFF))
                return appendBigEndian(word, bytes: 4)
            }
            append(UInt8(0xD7))
            append(UInt8(0xFF))
            appendBigEndian(word, bytes: 8)
        } else {
            append(UInt8(0xC7))
            append(UInt8(12))
            append(UInt8(0xFF))
            appendBigEndian(UInt64(fraction), bytes: 4)
            appendBigEndian(UInt64(bitPattern: seconds), bytes: 8)
        }
    }

    func packArray(count: Int) {
        switch count {
        case 0..<16: append(0x90 | UInt8(count))
        case 16...0xFFFF: pack(0xDC, UInt64(count), bytes: 2)
        default: pack(0xDD, UInt64(count), bytes: 4)
        }
    }

    /// A map of at most 15 members.
    func packMap(count: Int) {
        assert(count < 16, "a short map")
        append(0x80 | UInt8(truncatingIfNeeded: count & 15))
    }

    private static func split(_ nanoseconds: Int64) -> (seconds: Int64, fraction: Int64) {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? (quotient - 1, remainder + 1_000_000_000) : (quotient, remainder)
    }

    private func pack(_ tag: UInt8, _ value: UInt64, bytes count: Int) {
        append(tag)
        appendBigEndian(value, bytes: count)
    }

    /// The low bytes of a word, the high ones of these first.
    private func appendBigEndian(_ value: UInt64, bytes count: Int) {
        let out = claim(count)
        for index in 0..<count { out[index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - index))) }
        advance(by: count)
    }
}
