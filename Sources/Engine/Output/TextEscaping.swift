/// How text is written inside a format.
enum TextEscaping {
    /// Appends a JSON string with its quotes: `"`, `\` and control characters are escaped, the rest is UTF-8.
    static func json(_ text: UnsafeBufferPointer<UInt8>, to sink: ByteSink) {
        // The longest escape, `\u00XX`, is six bytes.
        let start = sink.claim(text.count * 6 + 2)
        var out = start
        func put(_ byte: UInt8) {
            out[0] = byte
            out += 1
        }
        put(UInt8(ascii: "\""))
        for byte in text {
            if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
                put(byte)
                continue
            }
            put(UInt8(ascii: "\\"))
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
            case 0x0A: put(UInt8(ascii: "n"))
            case 0x0D: put(UInt8(ascii: "r"))
            case 0x09: put(UInt8(ascii: "t"))
            default:
                put(UInt8(ascii: "u"))
                put(UInt8(ascii: "0"))
                put(UInt8(ascii: "0"))
                put(hexDigit(byte >> 4))
                put(hexDigit(byte & 15))
            }
        }
        put(UInt8(ascii: "\""))
        sink.advance(by: out - start)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// Appends a field of CSV, in quotes if it has a comma, a quote or a line break, or is empty (as null is nothing).
    static func csv(_ text: UnsafeBufferPointer<UInt8>, to sink: ByteSink) {
        let quote = UInt8(ascii: "\"")
        let needsQuotes =
            text.isEmpty || text.contains { $0 == UInt8(ascii: ",") || $0 == quote || $0 == 0x0A || $0 == 0x0D }
        guard needsQuotes else { return sink.append(text) }
        sink.append(quote)
        for byte in text {
            if byte == quote { sink.append(quote) }
            sink.append(byte)
        }
        sink.append(quote)
    }
}
