extension JSONCursor {
    /// Appends a text with its escapes resolved. The text came from ``string()``, so its escapes are well formed;
    /// half of a surrogate pair becomes U+FFFD.
    func appendUnescaped(_ text: Text, to output: inout [UInt8]) {
        var position = text.start
        while position < text.end {
            let byte = base[position]
            guard byte == .backslash, position + 1 < text.end else {
                output.append(byte)
                position += 1
                continue
            }
            switch base[position + 1] {
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "u"):
                position += appendScalar(at: position, end: text.end, to: &output)
                continue
            case let other: output.append(other)
            }
            position += 2
        }
    }

    /// Appends the scalar of a `\uXXXX`, or of two that are a surrogate pair; returns how many bytes they take.
    private func appendScalar(at position: Int, end: Int, to output: inout [UInt8]) -> Int {
        guard let unit = codeUnit(at: position, end: end) else { return 2 }
        if unit & 0xFC00 == 0xD800, let low = codeUnit(at: position + 6, end: end), low & 0xFC00 == 0xDC00 {
            let value = 0x10000 + (UInt32(unit & 0x3FF) << 10) + UInt32(low & 0x3FF)
            output.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8)
            return 12
        }
        output.append(contentsOf: String(Unicode.Scalar(UInt32(unit)) ?? "\u{FFFD}").utf8)
        return 6
    }

    private func codeUnit(at position: Int, end: Int) -> UInt16? {
        guard end - position >= 6, base[position] == .backslash, base[position + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var value: UInt16 = 0
        for offset in 2..<6 {
            guard let digit = base[position + offset].hexValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
