/// Which bytes may stand where in a head (RFC 9110 §5.6.2, §5.5).
enum HTTPCharacters {
    // Bit n of the first word is byte n, of the second byte 64 + n: letters, digits and !#$%&'*+-.^_`|~
    private static let tokensLow: UInt64 = 0x03FF_6CFA_0000_0000
    private static let tokensHigh: UInt64 = 0x57FF_FFFF_C7FF_FFFE

    /// Whether a byte may stand in a token: a method, the name of a field.
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        return (byte < 64 ? tokensLow &>> UInt64(byte) : tokensHigh &>> UInt64(byte & 63)) & 1 == 1
    }

    /// Whether bytes are a token.
    static func isToken(_ bytes: some Collection<UInt8>) -> Bool { !bytes.isEmpty && bytes.allSatisfy { isToken($0) } }

    /// Whether a byte may stand in the value of a field: no control character but a tab.
    static func isFieldValue(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// Whether bytes may be the value of a field.
    static func isFieldValue(_ bytes: some Collection<UInt8>) -> Bool { bytes.allSatisfy { isFieldValue($0) } }

    /// Whether a byte is a space or a tab.
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// An ASCII letter in lower case; other bytes as they are.
    static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// Whether bytes are equal but for the case of ASCII letters.
    static func isEqual(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || lowercased($0) == lowercased($1) }
    }

    /// Bytes without the spaces and tabs around them.
    static func trimmed<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
        guard let start = bytes.firstIndex(where: { !isBlank($0) }), let end = bytes.lastIndex(where: { !isBlank($0) })
        else { return bytes[bytes.endIndex...] }
        return bytes[start...end]
    }

    /// The value of a hexadecimal digit.
    static func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte - 0x30)
        case 0x41...0x46: Int(byte - 0x41 + 10)
        case 0x61...0x66: Int(byte - 0x61 + 10)
        default: nil
        }
    }
}
