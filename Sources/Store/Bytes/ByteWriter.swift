import CKernels
import Columnar

/// A growing run of bytes, little-endian, in which every format of the store is written.
///
/// The memory is 16-byte aligned, so that what is padded to 8 bytes here is aligned in a mapped file too.
struct ByteWriter: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    /// The number of bytes written.
    private(set) var count = 0

    init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        self.memory = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// The bytes written; valid until the next write.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    mutating func removeAll() { count = 0 }

    /// Forgets what was written after `count` bytes.
    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "BUG: a writer is cut to more than it holds")
        self.count = count
    }

    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let size = MemoryLayout<Value>.size
        reserve(size)
        memory.storeBytes(of: value.littleEndian, toByteOffset: count, as: Value.self)
        count &+= size
    }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (memory + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    mutating func put<Element>(_ values: Buffer<Element>) {
        values.withUnsafeBufferPointer { put(UnsafeRawBufferPointer($0)) }
    }

    /// Length in bytes, then UTF-8.
    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            put(UInt32(truncatingIfNeeded: utf8.count))
            put(UnsafeRawBufferPointer(utf8))
        }
    }

    /// Zeros up to the next multiple of `alignment`.
    mutating func pad(to alignment: Int = 8) {
        let padding = (alignment - count % alignment) % alignment
        for _ in 0..<padding { put(UInt8(0)) }
    }

    /// Room for `size` bytes that the caller fills at once.
    mutating func append(byteCount size: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        reserve(size)
        fill(memory + count)
        count &+= size
    }

    /// Overwrites a value written earlier.
    mutating func patch<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        precondition(
            offset >= 0 && offset + MemoryLayout<Value>.size <= count,
            "BUG: patch outside of what was written"
        )
        memory.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    /// CRC-32C of a range of what was written.
    func checksum(_ range: Range<Int>) -> UInt32 {
        Checksum.crc32c(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    private mutating func reserve(_ additional: Int) {
        let needed = count + additional
        guard needed > capacity else { return }
        capacity = max(needed, capacity * 2)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
    }
}

/// The checksum of every format of the store.
enum Checksum {
    /// CRC-32C of the bytes.
    static func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tickgate_crc32c(0, bytes.baseAddress, bytes.count)
    }

    /// The same without the processor's instruction.
    static func crc32cByTable(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tickgate_crc32c_table(0, bytes.baseAddress, bytes.count)
    }
}
