/// MessagePack as it is written (github.com/msgpack/msgpack/blob/master/spec.md), each value in its shortest form.
///
/// Objects and arrays that are begun without a count get a head of 32 bits, filled in when they end.
struct MessagePackBuffer: DocumentWriter {
    private(set) var bytes: [UInt8] = []
    private var open: [Container] = []

    private struct Container {
        var countAt: Int
        var count: UInt32 = 0
        var isArray: Bool
    }

    init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
    }

    // MARK: - Documents

    mutating func beginObject() { begin(0xDF, isArray: false) }
    mutating func endObject() { end() }
    mutating func beginArray() { begin(0xDD, isArray: true) }
    mutating func endArray() { end() }

    mutating func key(_ name: StaticString) {
        if !open.isEmpty { open[open.count - 1].count += 1 }
        name.withUTF8Buffer { pack(text: $0) }
    }

    mutating func key(text name: String) {
        if !open.isEmpty { open[open.count - 1].count += 1 }
        pack(name)
    }

    mutating func value(_ text: String) {
        count()
        pack(text)
    }

    mutating func value(_ number: Int64) {
        count()
        pack(number)
    }

    mutating func value(_ flag: Bool) {
        count()
        bytes.append(flag ? 0xC3 : 0xC2)
    }

    mutating func value(_ number: Double?) {
        count()
        pack(number)
    }

    mutating func null() {
        count()
        packNil()
    }

    private mutating func begin(_ tag: UInt8, isArray: Bool) {
        count()
        bytes.append(tag)
        open.append(Container(countAt: bytes.count, isArray: isArray))
        append(0, bytes: 4)
    }

    private mutating func end() {
        guard let container = open.popLast() else { preconditionFailure("BUG: nothing to end") }
        for index in 0..<4 {
            bytes[container.countAt + index] = UInt8(truncatingIfNeeded: container.count >> UInt32(24 - 8 * index))
        }
    }

    /// Counts a value of an array; those of an object are counted by their keys.
    private mutating func count() {
        guard let last = open.indices.last, open[last].isArray else { return }
        open[last].count += 1
    }

    // MARK: - Values whose container has a known count

    mutating func packNil() { bytes.append(0xC0) }

    mutating func pack(_ value: Int64) {
        switch value {
        case -32...127: bytes.append(UInt8(truncatingIfNeeded: value))
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

    /// A float64; nil if there is none or it is not finite.
    mutating func pack(_ value: Double?) {
        if let value, value.isFinite { pack(0xCB, value.bitPattern, bytes: 8) } else { packNil() }
    }

    mutating func pack(_ text: String) {
        var text = text
        text.withUTF8 { pack(text: $0) }
    }

    mutating func packArray(count: Int) {
        switch count {
        case 0..<16: bytes.append(0x90 | UInt8(truncatingIfNeeded: count))
        case 16...0xFFFF: pack(0xDC, UInt64(count), bytes: 2)
        default: pack(0xDD, UInt64(count), bytes: 4)
        }
    }

    private mutating func pack(text: UnsafeBufferPointer<UInt8>) {
        switch text.count {
        case 0..<32: bytes.append(0xA0 | UInt8(truncatingIfNeeded: text.count))
        case 32...0xFF: pack(0xD9, UInt64(text.count), bytes: 1)
        case 0x100...0xFFFF: pack(0xDA, UInt64(text.count), bytes: 2)
        default: pack(0xDB, UInt64(text.count), bytes: 4)
        }
        bytes.append(contentsOf: text)
    }

    private mutating func pack(_ tag: UInt8, _ value: UInt64, bytes count: Int) {
        bytes.append(tag)
        append(value, bytes: count)
    }

    /// The low bytes of a word, the high ones of these first.
    private mutating func append(_ value: UInt64, bytes count: Int) {
        var word = value << UInt64(64 - 8 * count)
        word = word.bigEndian
        withUnsafeBytes(of: word) { bytes.append(contentsOf: $0.prefix(count)) }
    }
}
