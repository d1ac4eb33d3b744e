/// Takes the bytes of a protobuf message, or only counts them.
protocol ProtobufSink {
    mutating func put(_ byte: UInt8)
    mutating func put(_ bytes: UnsafeRawBufferPointer)
}

/// Counts: what a length prefix says.
struct ProtobufCounter: ProtobufSink {
    private(set) var count = 0

    mutating func put(_ byte: UInt8) { count += 1 }
    mutating func put(_ bytes: UnsafeRawBufferPointer) { count += bytes.count }
}

/// Fills memory of just the size that was counted.
struct ProtobufFiller: ProtobufSink {
    private let target: UnsafeMutableRawBufferPointer
    private(set) var index = 0

    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    mutating func put(_ byte: UInt8) {
        precondition(index < target.count, "BUG: more bytes than were counted")
        target[index] = byte
        index += 1
    }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= target.count - index, "BUG: more bytes than were counted")
        UnsafeMutableRawBufferPointer(rebasing: target[index..<index + bytes.count]).copyMemory(from: bytes)
        index += bytes.count
    }
}

extension ProtobufSink {
    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            put(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        put(UInt8(truncatingIfNeeded: value))
    }

    mutating func integer(_ field: UInt64, _ value: Int) {
        varint(field << 3)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func bytes(_ field: UInt64, _ bytes: [UInt8]) {
        varint(field << 3 | 2)
        varint(UInt64(bytes.count))
        bytes.withUnsafeBytes { put($0) }
    }

    mutating func text(_ field: UInt64, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            varint(field << 3 | 2)
            varint(UInt64(bytes.count))
            put(UnsafeRawBufferPointer(bytes))
        }
    }

    /// A message in a message: counted first, then put.
    mutating func message<Part: ProtobufPart>(_ field: UInt64, _ part: Part) {
        varint(field << 3 | 2)
        varint(UInt64(part.byteCount))
        part.put(into: &self)
    }
}

/// A message that can be put into any sink.
protocol ProtobufPart {
    func put(into sink: inout some ProtobufSink)
}

extension ProtobufPart {
    /// Its length.
    var byteCount: Int {
        var counter = ProtobufCounter()
        put(into: &counter)
        return counter.count
    }
}
