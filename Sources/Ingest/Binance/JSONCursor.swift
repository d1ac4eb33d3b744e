/// A position in the bytes of one JSON text, and the small steps of a single-pass decoder.
///
/// Invariant: `0 <= index <= count`, and every read is behind a check of that. The bytes must outlive the cursor, which
/// therefore never leaves the call that made it. Strings are checked for control characters and escapes; bytes from 0x80
/// up pass unexamined.
struct JSONCursor {
    let base: UnsafePointer<UInt8>
    let count: Int
    var index = 0

    /// How deep a skipped value may nest: the bits of one word, one per open bracket. The venue's deepest message has 6.
    static let nestingMax = 64

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let base = bytes.baseAddress else { return nil }
        self.base = base
        self.count = bytes.count
    }

    @inline(__always)
    func failure(_ reason: IngestReason) -> IngestError { IngestError(.malformedFrame, reason, offset: index) }

    /// The next byte that is not whitespace, not yet taken.
    @inline(__always)
    mutating func peek() throws(IngestError) -> UInt8 {
        while index < count {
            let byte = base[index]
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                throw failure(.unexpectedByte)
            }
            index &+= 1
        }
        throw failure(.unexpectedEnd)
    }

    /// Takes `byte` after optional whitespace.
    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(IngestError) {
        guard try peek() == byte else { throw failure(.unexpectedByte) }
        index &+= 1
    }

    /// Takes `byte` after optional whitespace if it is there.
    @inline(__always)
    mutating func take(_ byte: UInt8) throws(IngestError) -> Bool {
        guard try peek() == byte else { return false }
        index &+= 1
        return true
    }

    /// After the whole value: nothing but whitespace.
    mutating func expectEnd() throws(IngestError) {
        while index < count {
            let byte = base[index]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw failure(.trailingBytes) }
            index &+= 1
        }
    }

    /// A string's bytes between its quotes.
    struct Text {
        var start = 0
        var end = 0
        var hasEscapes = false
        var count: Int { end &- start }
    }

    /// The bytes of a text, escapes as they were written.
    @inline(__always)
    func bytes(_ text: Text) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + text.start, count: text.end &- text.start)
    }

    /// Takes a string.
    @inline(__always)
    mutating func string() throws(IngestError) -> Text {
        try expect(.quote)
        let start = index
        var hasEscapes = false
        while index < count {
            let byte = base[index]
            if byte == .quote {
                let end = index
                index &+= 1
                return Text(start: start, end: end, hasEscapes: hasEscapes)
            }
            if byte == .backslash {
                hasEscapes = true
                try skipEscape()
            } else if byte < 0x20 {
                throw failure(.badString)
            } else {
                index &+= 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    private mutating func skipEscape() throws(IngestError) {
        guard index &+ 1 < count else {
            index = count
            throw failure(.unexpectedEnd)
        }
        let kind = base[index &+ 1]
        switch kind {
        case .quote, .backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            index &+= 2
        case UInt8(ascii: "u"):
            guard count &- index >= 6 else {
                index = count
                throw failure(.unexpectedEnd)
            }
            for offset in 2..<6 where base[index &+ offset].hexValue == nil { throw failure(.badString) }
            index &+= 6
        default:
            throw failure(.badString)
        }
    }

    /// Takes a number. Nil if it is no integer, or none that fits in 64 bits.
    mutating func integer() throws(IngestError) -> Int64? {
        _ = try peek()
        let start = index
        var value: Int64 = 0
        var digits = 0
        while index < count, digits < 18 {
            let digit = base[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { break }
            value = value &* 10 &+ Int64(digit)  // 18 digits cannot overflow
            digits &+= 1
            index &+= 1
        }
        let next = index < count ? base[index] : 0
        if digits > 0, digits < 18, !next.continuesNumber, digits == 1 || base[start] != UInt8(ascii: "0") {
            return value
        }
        index = start
        return try slowInteger()
    }

    private mutating func slowInteger() throws(IngestError) -> Int64? {
        let start = index
        let isInteger = try skipNumber()
        guard isInteger else { return nil }
        let text = UnsafeBufferPointer(start: base + start, count: index - start)
        return Int64(String(decoding: text, as: UTF8.self))
    }

    /// Takes a number of the JSON grammar and says whether it is written as an integer.
    mutating func skipNumber() throws(IngestError) -> Bool {
        var isInteger = true
        if index < count, base[index] == UInt8(ascii: "-") { index &+= 1 }
        if index < count, base[index] == UInt8(ascii: "0") {
            index &+= 1
        } else {
            try skipDigits()
        }
        if index < count, base[index] == UInt8(ascii: ".") {
            isInteger = false
            index &+= 1
            try skipDigits()
        }
        if index < count, base[index] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            index &+= 1
            if index < count, base[index] == UInt8(ascii: "+") || base[index] == UInt8(ascii: "-") { index &+= 1 }
            try skipDigits()
        }
        if index < count, base[index].continuesNumber { throw failure(.badNumber) }
        return isInteger
    }

    private mutating func skipDigits() throws(IngestError) {
        let start = index
        while index < count, base[index].isDigit { index &+= 1 }
        guard index > start else { throw failure(index < count ? .badNumber : .unexpectedEnd) }
    }

    /// Takes `true` or `false`; nil for a value of another type, which is not taken.
    mutating func boolean() throws(IngestError) -> Bool? {
        switch try peek() {
        case UInt8(ascii: "t"):
            try skipWord("true")
            return true
        case UInt8(ascii: "f"):
            try skipWord("false")
            return false
        default:
            return nil
        }
    }

    private mutating func skipWord(_ word: StaticString) throws(IngestError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < count else { throw failure(.unexpectedEnd) }
            guard base[index] == word.utf8Start[offset] else { throw failure(.unexpectedByte) }
            index &+= 1
        }
    }

    /// Takes any value without looking into it. A loop, not a recursion: depth costs a bit, not a stack frame.
    mutating func skipValue() throws(IngestError) {
        var depth = 0
        var objects: UInt64 = 0  // lowest bit: the innermost open bracket is an object
        while true {
            var isWhole = true
            let byte = try peek()
            switch byte {
            case .openBrace, .openBracket:
                guard depth < Self.nestingMax else { throw failure(.tooDeep) }
                let isObject = byte == .openBrace
                index &+= 1
                if try take(isObject ? .closeBrace : .closeBracket) { break }
                depth &+= 1
                objects = objects << 1 | (isObject ? 1 : 0)
                if isObject { try skipKey() }
                isWhole = false
            case .quote: _ = try string()
            case UInt8(ascii: "t"): try skipWord("true")
            case UInt8(ascii: "f"): try skipWord("false")
            case UInt8(ascii: "n"): try skipWord("null")
            default:
                guard byte.isDigit || byte == UInt8(ascii: "-") else { throw failure(.unexpectedByte) }
                _ = try skipNumber()
            }
            while isWhole {
                guard depth > 0 else { return }
                let isObject = objects & 1 == 1
                if try take(.comma) {
                    if isObject { try skipKey() }
                    isWhole = false
                } else {
                    try expect(isObject ? .closeBrace : .closeBracket)
                    depth &-= 1
                    objects >>= 1
                }
            }
        }
    }

    private mutating func skipKey() throws(IngestError) {
        _ = try string()
        try expect(.colon)
    }
}

extension UInt8 {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")

    @inline(__always)
    var isDigit: Bool { self &- UInt8(ascii: "0") <= 9 }

    /// Whether this byte after digits makes them part of another number, or of no number.
    @inline(__always)
    var continuesNumber: Bool {
        isDigit || self == UInt8(ascii: ".") || self | 0x20 == UInt8(ascii: "e") || self == UInt8(ascii: "-")
            || self == UInt8(ascii: "+")
    }

    var hexValue: UInt8? {
        if isDigit { return self &- UInt8(ascii: "0") }
        let letter = (self | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter &+ 10 : nil
    }
}
