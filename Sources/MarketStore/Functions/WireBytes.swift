import Columnar

/// The bytes of a column that is read batch by batch: collected in blocks, and put together once.
///
/// An array that grows is copied again and again, each time into memory that the kernel has to give anew.
struct WireBytes {
    /// Blocks grow to this size, which is kept for the next one who needs it.
    private static let blockBytesMax = 128 << 10
    private static let blockBytesMin = 512

    private var blocks: [(memory: OwnedMemory<UInt8>, used: Int)] = []
    /// Bytes so far.
    private(set) var count = 0

    /// Appends bytes that `fill` writes, all of them.
    mutating func append(count size: Int, _ fill: (UnsafeMutableRawPointer) -> Void) {
        if size == 0 { return }
        let last = blocks.count - 1
        if last >= 0, blocks[last].used + size <= blocks[last].memory.capacity {
            fill(blocks[last].memory.base + blocks[last].used)
            blocks[last].used += size
        } else {
            let doubled = last >= 0 ? 2 * blocks[last].memory.capacity : Self.blockBytesMin
            let memory = OwnedMemory<UInt8>(capacity: max(size, min(doubled, Self.blockBytesMax)))
            fill(memory.base)
            blocks.append((memory, size))
        }
        count += size
    }

    /// All bytes.
    var array: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
            guard var place = target.baseAddress else { return }
            for block in blocks {
                place.initialize(from: block.memory.base, count: block.used)
                place += block.used
            }
            initialized = count
        }
    }
}
