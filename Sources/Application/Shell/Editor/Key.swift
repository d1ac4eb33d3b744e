/// A key, or several at once, as a terminal sends it.
enum Key: Equatable {
    /// What is to be inserted: a character, or text that was pasted.
    case text(String)
    case enter, newline, tab, backspace, delete, escape
    case left, right, up, down, home, end, wordLeft, wordRight, pageUp, pageDown
    case deleteWordLeft, deleteWordRight
    /// Control and a letter, in lower case, that has no key of its own.
    case control(Character)
}

/// Turns the bytes of a terminal into keys: UTF-8, the escape sequences of xterm and its kin, bracketed paste.
struct KeyDecoder {
    /// A paste is text up to this; what is beyond is dropped, so that memory is bounded.
    static let pasteBytesMax = 4 << 20

    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    private var isPasting = false

    /// Whether bytes wait that may be the beginning of a key, such as an escape.
    var isWaiting: Bool { !bytes.isEmpty && !isPasting }

    /// Takes bytes as they are read; gives the keys that they make.
    mutating func feed(_ more: some Sequence<UInt8>) -> [Key] {
        bytes.append(contentsOf: more)
        var keys: [Key] = []
        while let key = next() { keys.append(key) }
        return keys
    }

    /// Nothing follows: an escape that waits is the key itself.
    mutating func flush() -> [Key] {
        guard isWaiting else { return [] }
        let waiting = bytes
        bytes = []
        return waiting.first == 0x1B && waiting.count == 1 ? [.escape] : []
    }

    private mutating func next() -> Key? {
        if isPasting { return paste() }
        guard let first = bytes.first else { return nil }
        switch first {
        case 0x1B: return escape()
        case 0x0D: return take(1, .enter)
        case 0x0A: return take(1, .newline)
        case 0x09: return take(1, .tab)
        case 0x08, 0x7F: return take(1, .backspace)
        case 0x00: return take(1, .control(" "))
        case 0x01...0x1A: return take(1, .control(Character(Unicode.Scalar(first + 0x60))))
        case 0x1C...0x1F: return take(1, .control(Character(Unicode.Scalar(first + 0x40))))
        default: return character(first)
        }
    }

    private mutating func take(_ count: Int, _ key: Key) -> Key {
        bytes.removeFirst(count)
        return key
    }

    private mutating func character(_ first: UInt8) -> Key? {
        let count = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard bytes.count >= count else { return nil }
        return take(count, .text(String(decoding: bytes.prefix(count), as: UTF8.self)))
    }

    private mutating func paste() -> Key? {
        guard let end = bytes.firstRange(of: Self.pasteEnd) else {
            if bytes.count > Self.pasteBytesMax { bytes.removeSubrange(Self.pasteBytesMax - 8..<bytes.count - 8) }
            return nil
        }
        let text = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        bytes.removeFirst(end.upperBound)
        isPasting = false
        return .text(text)
    }

    // MARK: - Escape sequences

    private mutating func escape() -> Key? {
        guard bytes.count > 1 else { return nil }
        switch bytes[1] {
        case UInt8(ascii: "["), UInt8(ascii: "O"): return sequence()
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return take(2, .wordLeft)
        case UInt8(ascii: "f"), UInt8(ascii: "F"): return take(2, .wordRight)
        case UInt8(ascii: "d"), UInt8(ascii: "D"): return take(2, .deleteWordRight)
        case 0x08, 0x7F: return take(2, .deleteWordLeft)
        case 0x0D, 0x0A: return take(2, .newline)
        case 0x1B: return take(1, .escape)
        default: return take(2, .escape)
        }
    }

    /// `ESC [ parameters letter` or `ESC O letter`.
    private mutating func sequence() -> Key? {
        var index = 2
        while index < bytes.count, bytes[index] >= 0x20, bytes[index] < 0x40 { index += 1 }
        guard index < bytes.count else {
            // No key has so many parameters: whatever it is, it is dropped.
            if bytes.count > 32 { bytes = [] }
            return nil
        }
        let parameters = String(decoding: bytes[2..<index], as: UTF8.self)
        let last = bytes[index]
        bytes.removeFirst(index + 1)
        if last == UInt8(ascii: "~"), parameters == "200" {
            isPasting = true
            return paste()
        }
        return Self.key(last, parameters) ?? next()
    }

    private static func key(_ last: UInt8, _ parameters: String) -> Key? {
        let isByWord = parameters.hasSuffix(";5") || parameters.hasSuffix(";3")
        switch last {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return isByWord ? .wordRight : .right
        case UInt8(ascii: "D"): return isByWord ? .wordLeft : .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "~"):
            switch parameters {
            case "1", "7": return .home
            case "4", "8": return .end
            case "3": return .delete
            case "3;5", "3;3": return .deleteWordRight
            case "5": return .pageUp
            case "6": return .pageDown
            default: return nil
            }
        default: return nil
        }
    }
}
