/// Unpacks the block format of Snappy (github.com/google/snappy/blob/main/format_description.txt).
///
/// A block is its unpacked length as a varint, then elements: literals, and copies of what was unpacked before.
enum SnappyBlock {
    /// Why a block is none.
    struct Malformed: Error {
        /// Bytes from the start of the block.
        var offset: Int
        var message: String
    }

    /// The unpacked length that a block's first bytes tell, and how many bytes tell it; nil if they tell none.
    static func length(_ block: UnsafeRawBufferPointer) -> (length: Int, headBytes: Int)? {
        var value: UInt64 = 0
        for (index, byte) in block.prefix(5).enumerated() {
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte & 0x80 == 0 { return value <= UInt32.max ? (Int(value), index + 1) : nil }
        }
        return nil
    }

    /// The unpacked bytes of a block, of which there may be `bytesMax`.
    static func unpack(_ block: UnsafeRawBufferPointer, bytesMax: Int) throws(Malformed) -> [UInt8] {
        guard let (length, headBytes) = length(block) else { throw Malformed(offset: 0, message: "no length") }
        guard length <= bytesMax else { throw Malformed(offset: 0, message: "\(length) bytes are more than may be") }
        var malformed: Malformed?
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { output, count in
            var unpacker = Unpacker(
                input: block,
                output: UnsafeMutableRawBufferPointer(start: output.baseAddress, count: length)
            )
            unpacker.position = headBytes
            malformed = unpacker.run(length)
            count = unpacker.written
        }
        if let malformed { throw malformed }
        return bytes
    }
}

/// The loop of ``SnappyBlock/unpack(_:bytesMax:)``. Every length is compared with what is left of input and output before
/// a byte is moved.
private struct Unpacker {
    let input: UnsafeRawBufferPointer
    let output: UnsafeMutableRawBufferPointer
    var position = 0
    var written = 0

    init(input: UnsafeRawBufferPointer, output: UnsafeMutableRawBufferPointer) {
        self.input = input
        self.output = output
    }

    mutating func run(_ length: Int) -> SnappyBlock.Malformed? {
        while position < input.count {
            let tag = input[position]
            let at = position
            position += 1
            let isSound =
                switch tag & 3 {
                case 0: literal(tag)
                case 1: number(bytes: 1).map { copy(Int(tag >> 2 & 7) + 4, Int(tag >> 5) << 8 | $0) } ?? false
                case 2: number(bytes: 2).map { copy(Int(tag >> 2) + 1, $0) } ?? false
                default: number(bytes: 4).map { copy(Int(tag >> 2) + 1, $0) } ?? false
                }
            guard isSound else { return .init(offset: at, message: "an element reaches beyond the block") }
        }
        guard written == length else {
            return .init(offset: position, message: "the block ends \(length - written) bytes early")
        }
        return nil
    }

    /// A little-endian number after a tag.
    private mutating func number(bytes count: Int) -> Int? {
        guard count <= input.count - position else { return nil }
        var value = 0
        for index in 0..<count { value |= Int(input[position + index]) << (8 * index) }
        position += count
        return value
    }

    private mutating func literal(_ tag: UInt8) -> Bool {
        var count = Int(tag >> 2) + 1
        if count > 60 {
            guard let value = number(bytes: count - 60) else { return false }
            count = value + 1
        }
        guard count <= input.count - position, count <= output.count - written,
            let target = output.baseAddress, let source = input.baseAddress
        else { return false }
        target.advanced(by: written).copyMemory(from: source.advanced(by: position), byteCount: count)
        position += count
        written += count
        return true
    }

    private mutating func copy(_ count: Int, _ distance: Int) -> Bool {
        guard distance > 0, distance <= written, count <= output.count - written, let bytes = output.baseAddress
        else { return false }
        let target = bytes.advanced(by: written)
        if distance >= count {
            target.copyMemory(from: target.advanced(by: -distance), byteCount: count)
        } else {
            // The copy runs into itself: the bytes before it repeat.
            for index in 0..<count { output[written + index] = output[written + index - distance] }
        }
        written += count
        return true
    }
}
