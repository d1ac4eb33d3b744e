import Columnar

/// Bytes that are not what their format says; carries where, so that the caller can name the file.
struct MalformedBytes: Error {
    /// Offset from the start of the reader's bytes.
    let offset: Int
    /// What was expected there.
    let expected: String
}

/// A checked cursor over bytes that may hold anything. Never reads past the end, never traps.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// Keeps the memory alive in vectors that point into it.
    private let owner: AnyObject
    /// Where the next read starts.
    private(set) var position: Int
    private let end: Int

    /// Reads `range` of `bytes`; offsets in errors count from the start of `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject, range: Range<Int>? = nil) {
        self.bytes = bytes
        self.owner = owner
        let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        self.position = range.lowerBound
        self.end = range.upperBound
    }

    var remaining: Int { end - position }

    mutating func get<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type = Value.self
    ) throws(MalformedBytes) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining >= size else { throw MalformedBytes(offset: position, expected: "\(size) bytes") }
        let value = bytes.loadUnaligned(fromByteOffset: position, as: Value.self)
        position += size
        return Value(littleEndian: value)
    }

    /// A count of things that take at least `size` bytes each, so that a wild count cannot make a wild allocation.
    mutating func count(ofAtLeast size: Int) throws(MalformedBytes) -> Int {
        let start = position
        let count = Int(try get(UInt32.self))
        guard count * size <= remaining else { throw MalformedBytes(offset: start, expected: "a count that fits") }
        return count
    }

    mutating func text() throws(MalformedBytes) -> String {
        let length = Int(try get(UInt32.self))
        return String(decoding: try raw(length), as: UTF8.self)
    }

    mutating func raw(_ length: Int) throws(MalformedBytes) -> UnsafeRawBufferPointer {
        guard length >= 0, length <= remaining else {
            throw MalformedBytes(offset: position, expected: "\(length) bytes")
        }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
        position += length
        return slice
    }

    /// `count` values where they lie, without copying; copied if they are not aligned.
    mutating func buffer<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type,
        count: Int
    ) throws(MalformedBytes) -> Buffer<Element> {
        let stride = MemoryLayout<Element>.stride
        guard count >= 0, count <= remaining / stride else {
            throw MalformedBytes(offset: position, expected: "\(count) values of \(stride) bytes")
        }
        let slice = try raw(count * stride)
        guard let base = slice.baseAddress, count > 0 else { return Buffer([]) }
        if Int(bitPattern: base) % MemoryLayout<Element>.alignment == 0 {
            return Buffer(base: base.assumingMemoryBound(to: Element.self), count: count, owner: owner)
        }
        let memory = OwnedMemory<Element>(capacity: count)
        UnsafeMutableRawPointer(memory.base).copyMemory(from: base, byteCount: slice.count)
        return Buffer(base: UnsafePointer(memory.base), count: count, owner: memory)
    }

    /// Skips to the next multiple of `alignment`.
    mutating func align(to alignment: Int = 8) throws(MalformedBytes) {
        _ = try raw((alignment - position % alignment) % alignment)
    }
}
