/// Checks bytes that come in pieces to be UTF-8 (RFC 3629), and says no at the first byte that cannot be.
///
/// Invariant: between two pieces, `left` continuation bytes are missing, and the next of them must be in `low...high`.
struct UTF8Validator {
    private var left = 0
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    /// Whether what was seen does not end within a character.
    var isComplete: Bool { left == 0 }

    /// Takes the next bytes; false if they cannot be UTF-8, whatever follows.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if left == 0 {
                index = Self.endOfASCII(bytes, from: index)
                guard index < bytes.count else { return true }
                guard begin(bytes[index]) else { return false }
            } else {
                guard bytes[index] >= low, bytes[index] <= high else { return false }
                left -= 1
                (low, high) = (0x80, 0xBF)
            }
            index += 1
        }
        return true
    }

    /// The first byte of a character of more than one: how many follow, and which the next may be. The narrowed ranges refuse
    /// overlong forms, surrogates and what lies beyond U+10FFFF.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: left = 1
        case 0xE0: (left, low) = (2, 0xA0)
        case 0xED: (left, high) = (2, 0x9F)
        case 0xE1...0xEF: left = 2
        case 0xF0: (left, low) = (3, 0x90)
        case 0xF1...0xF3: left = 3
        case 0xF4: (left, high) = (3, 0x8F)
        default: return false
        }
        return true
    }

    /// The index of the first byte at or after `start` that is not ASCII.
    private static func endOfASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index &+ 8 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            index &+= 8
        }
        while index < bytes.count, bytes[index] < 0x80 { index &+= 1 }
        return index
    }
}
