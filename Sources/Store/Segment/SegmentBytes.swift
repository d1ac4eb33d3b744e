import Columnar

/// Where a segment's bytes come from.
enum SegmentBytes: Sendable {
    /// Mapped: parts are shown where they lie.
    case mapped(MappedBytes)
    /// Read from the file into buffers, part by part.
    case file(any ReadableFile)

    /// Length of the file.
    var byteCount: Int {
        switch self {
        case .mapped(let mapped): mapped.bytes.count
        case .file(let file): file.byteCount
        }
    }

    /// The bytes of a range, which must be inside the file, 8-byte aligned if the range is; alive as long as the result's
    /// owner.
    func part(_ range: Range<Int>) throws(TableError) -> SegmentPart {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "BUG: a part outside of a segment")
        switch self {
        case .mapped(let mapped):
            return SegmentPart(
                bytes: UnsafeRawBufferPointer(rebasing: mapped.bytes[range]),
                owner: mapped,
                offset: range.lowerBound
            )
        case .file(let file):
            let memory = OwnedMemory<UInt64>(capacity: range.count / 8 + 1)
            let target = UnsafeMutableRawBufferPointer(start: memory.base, count: range.count)
            if !range.isEmpty { try file.read(at: range.lowerBound, into: target) }
            return SegmentPart(bytes: UnsafeRawBufferPointer(target), owner: memory, offset: range.lowerBound)
        }
    }
}

/// Some bytes of a segment in memory.
struct SegmentPart: @unchecked Sendable {
    // Sendable: the bytes are immutable for as long as `owner` lives.

    /// The bytes.
    let bytes: UnsafeRawBufferPointer
    /// Keeps the bytes alive.
    let owner: AnyObject
    /// Where they start in the file.
    let offset: Int

    /// A reader of the bytes; its offsets count from the start of the part.
    var reader: ByteReader { ByteReader(bytes, owner: owner) }

    /// Whether the bytes are what was written.
    func check(_ expected: UInt32) throws(MalformedBytes) {
        let actual = Checksum.crc32c(bytes)
        guard actual == expected else {
            throw MalformedBytes(offset: 0, expected: "checksum \(expected), found \(actual)")
        }
    }

    /// A value inside the part, which the caller has checked.
    @inline(__always)
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value {
        Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}

extension TableError {
    /// A segment whose bytes are not what their format says.
    static func damagedSegment(_ path: String, _ offset: Int, _ expected: String) -> TableError {
        TableError(corrupt: path, offset: offset, expected: expected)
    }
}
