/// Base64 with the standard alphabet and padding (RFC 4648, section 4): how JSON carries the bytes of columns.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")

    /// The values of letters; 255 for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: .max, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    /// Appends the text of some bytes.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        alphabet.withUnsafeBufferPointer { alphabet in
            var index = 0
            while index < bytes.count {
                let rest = bytes.count - index
                var group = UInt32(bytes[index]) << 16
                if rest > 1 { group |= UInt32(bytes[index + 1]) << 8 }
                if rest > 2 { group |= UInt32(bytes[index + 2]) }
                text.append(alphabet[Int(group >> 18)])
                text.append(alphabet[Int(group >> 12 & 63)])
                text.append(rest > 1 ? alphabet[Int(group >> 6 & 63)] : pad)
                text.append(rest > 2 ? alphabet[Int(group & 63)] : pad)
                index += 3
            }
        }
    }

    /// The bytes of a text; nil if it is none.
    static func bytes(of text: String) -> [UInt8]? {
        var letters = Array(text.utf8)
        guard letters.count % 4 == 0 else { return nil }
        for _ in 0..<2 where letters.last == pad { letters.removeLast() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(letters.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for letter in letters {
            let value = values[Int(letter)]
            guard value != .max else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
        }
        return bytes
    }
}
