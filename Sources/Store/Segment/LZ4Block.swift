import CLZ4
import Columnar

/// One block of LZ4, whose length before compression is known.
enum LZ4Block {
    /// A block cannot hold more than 255 times its length: a wild length cannot make a wild allocation.
    static let expansionMax = 255

    /// The compressed bytes; nil if they would take more than `limit`.
    static func compress(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Buffer<UInt8>? {
        guard let base = bytes.baseAddress, bytes.count <= Int(LZ4_MAX_INPUT_SIZE), limit > 0 else { return nil }
        let memory = OwnedMemory<UInt8>(capacity: limit)
        let written = memory.base.withMemoryRebound(to: CChar.self, capacity: limit) { target in
            LZ4_compress_default(
                base.assumingMemoryBound(to: CChar.self),
                target,
                Int32(bytes.count),
                Int32(clamping: limit)
            )
        }
        return written > 0 ? Buffer(base: UnsafePointer(memory.base), count: Int(written), owner: memory) : nil
    }

    /// The bytes before compression; nil if they are not exactly `byteCount`.
    static func decompress(_ compressed: UnsafeRawBufferPointer, byteCount: Int) -> Buffer<UInt8>? {
        guard let base = compressed.baseAddress, let length = Int32(exactly: compressed.count),
            let capacity = Int32(exactly: byteCount), byteCount <= compressed.count * expansionMax
        else { return nil }
        let memory = OwnedMemory<UInt8>(capacity: byteCount)
        let written = memory.base.withMemoryRebound(to: CChar.self, capacity: max(byteCount, 1)) { target in
            LZ4_decompress_safe(base.assumingMemoryBound(to: CChar.self), target, length, capacity)
        }
        guard written == capacity else { return nil }
        return Buffer(base: UnsafePointer(memory.base), count: byteCount, owner: memory)
    }
}
