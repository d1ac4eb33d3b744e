internal import Documents

/// Writes an answer in one of the two codecs.
///
/// MessagePack has snake-case names and whole numbers of 64 bits, as MarketStore sends them; JSON has the names of Go's
/// fields, and base64 for bytes. Long columns are not copied: they become pieces of their own.
struct RPCWriter {
    /// A name as MessagePack has it and as JSON does.
    struct Name {
        let messagePack: StaticString
        let json: StaticString

        init(_ messagePack: StaticString, _ json: StaticString) {
            self.messagePack = messagePack
            self.json = json
        }

        init(both name: StaticString) { self.init(name, name) }
    }

    /// Shorter columns are cheaper to copy than to keep apart.
    private static let pieceBytes = 4_096

    let codec: RPCCodec
    private var pieces: [[UInt8]] = []
    private var bytes: [UInt8] = []
    /// Whether JSON needs a comma before the next key or element.
    private var needsComma = false

    init(_ codec: RPCCodec) { self.codec = codec }

    /// The parts of the answer, one after the other.
    mutating func finish() -> [[UInt8]] {
        if codec == .json { bytes.append(UInt8(ascii: "\n")) }
        return pieces + [bytes]
    }

    // MARK: Containers

    mutating func beginObject(_ count: Int) {
        begin(count, "{", small: 0x80, wide: 0xDE)
    }

    mutating func endObject() { end("}") }

    mutating func beginArray(_ count: Int) {
        begin(count, "[", small: 0x90, wide: 0xDC)
    }

    mutating func endArray() { end("]") }

    mutating func key(_ name: Name) {
        switch codec {
        case .messagePack: name.messagePack.withUTF8Buffer { pack(text: $0) }
        case .json:
            comma()
            let text = name.json.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
            quote(text)
            bytes.append(UInt8(ascii: ":"))
            needsComma = false
        }
    }

    mutating func key(_ name: String) {
        value(name)
        guard codec == .json else { return }
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func begin(_ count: Int, _ bracket: Unicode.Scalar, small: UInt8, wide: UInt8) {
        guard codec == .messagePack else {
            comma()
            bytes.append(UInt8(ascii: bracket))
            needsComma = false
            return
        }
        switch count {
        case 0..<16: bytes.append(small | UInt8(truncatingIfNeeded: count))
        case 16...0xFFFF: pack(wide, UInt64(count), 2)
        default: pack(wide + 1, UInt64(truncatingIfNeeded: count), 4)
        }
    }

    private mutating func end(_ bracket: Unicode.Scalar) {
        guard codec == .json else { return }
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// JSON: a comma if a value came before; then one will have come.
    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    // MARK: Values

    mutating func null() { scalar("null") { $0.append(0xC0) } }

    mutating func value(_ flag: Bool) { scalar(flag ? "true" : "false") { $0.append(flag ? 0xC3 : 0xC2) } }

    mutating func value(_ number: Int64) {
        guard codec == .messagePack else { return scalar("\(number)") { _ in } }
        pack(0xD3, UInt64(bitPattern: number), 8)
    }

    mutating func value(_ number: Double) {
        guard codec == .messagePack else { return scalar(number.isFinite ? "\(number)" : "null") { _ in } }
        pack(0xCB, number.bitPattern, 8)
    }

    mutating func value(_ text: String) {
        guard codec == .messagePack else {
            comma()
            return quote(text)
        }
        var text = text
        text.withUTF8 { pack(text: $0) }
    }

    mutating func value(_ binary: [UInt8]) {
        guard codec == .messagePack else {
            comma()
            bytes.append(UInt8(ascii: "\""))
            Base64.append(binary, to: &bytes)
            bytes.append(UInt8(ascii: "\""))
            return
        }
        switch binary.count {
        case 0...0xFF: pack(0xC4, UInt64(binary.count), 1)
        case 0x100...0xFFFF: pack(0xC5, UInt64(binary.count), 2)
        default: pack(0xC6, UInt64(truncatingIfNeeded: binary.count), 4)
        }
        guard binary.count >= Self.pieceBytes else { return bytes.append(contentsOf: binary) }
        pieces.append(bytes)
        pieces.append(binary)
        bytes = []
    }

    /// A value of the request, to give it back.
    mutating func value(_ value: DocumentValue) {
        switch value {
        case .null: null()
        case .boolean(let flag): self.value(flag)
        case .integer(let number): self.value(number)
        case .number(let number): self.value(number)
        case .string(let text): self.value(text)
        case .binary(let bytes): self.value(Array(bytes))
        case .timestamp(let nanoseconds): self.value(nanoseconds)
        case .array(let values):
            beginArray(values.count)
            for value in values { self.value(value) }
            endArray()
        case .object(let members):
            beginObject(members.count)
            for member in members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    private mutating func scalar(_ json: String, _ messagePack: (inout [UInt8]) -> Void) {
        switch codec {
        case .messagePack: messagePack(&bytes)
        case .json:
            comma()
            bytes.append(contentsOf: json.utf8)
        }
    }

    // MARK: Parts

    private mutating func pack(text: UnsafeBufferPointer<UInt8>) {
        switch text.count {
        case 0..<32: bytes.append(0xA0 | UInt8(truncatingIfNeeded: text.count))
        case 32...0xFF: pack(0xD9, UInt64(text.count), 1)
        case 0x100...0xFFFF: pack(0xDA, UInt64(text.count), 2)
        default: pack(0xDB, UInt64(truncatingIfNeeded: text.count), 4)
        }
        bytes.append(contentsOf: text)
    }

    /// A tag and the low bytes of a word, the high ones of these first.
    private mutating func pack(_ tag: UInt8, _ word: UInt64, _ count: Int) {
        bytes.append(tag)
        let shifted = (word << UInt64(64 - 8 * count)).bigEndian
        withUnsafeBytes(of: shifted) { bytes.append(contentsOf: $0.prefix(count)) }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
