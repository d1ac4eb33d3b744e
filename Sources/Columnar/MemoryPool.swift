import Synchronization

/// Memory of the sizes that columns of a batch or a row group have, kept for the next one.
///
/// The system gives memory of these sizes back to the kernel and takes it again, and each page of it then costs a fault: more
/// than it costs to decode the values in it.
enum MemoryPool {
    /// Sizes that are kept: powers of two from 16 KiB (2,048 values) to 256 KiB.
    private static let exponents = 14...18
    /// Bytes kept of one size: enough for the columns that a scan has in flight.
    private static let bytesMax = 4 << 20
    /// A cache line.
    private static let alignment = 64

    private static let shelves: [Shelf] = exponents.map { Shelf(countMax: bytesMax >> $0) }

    /// Blocks of one size.
    private final class Shelf: Sendable {
        private struct Blocks: @unchecked Sendable {
            // Sendable: nobody else has these blocks.
            var free: [UnsafeMutableRawPointer] = []
        }

        private let blocks = Mutex(Blocks())
        private let countMax: Int

        init(countMax: Int) { self.countMax = countMax }

        func take() -> UnsafeMutableRawPointer? { blocks.withLock { $0.free.popLast() } }

        /// False if there are enough.
        func keep(_ block: UnsafeMutableRawPointer) -> Bool {
            blocks.withLock { blocks in
                guard blocks.free.count < countMax else { return false }
                blocks.free.append(block)
                return true
            }
        }
    }

    /// The place in `shelves` of the blocks that such a size is cut from; nil for sizes that are not kept.
    private static func shelf(_ byteCount: Int) -> Int? {
        guard byteCount > 1 << (exponents.lowerBound - 1), byteCount <= 1 << exponents.upperBound else { return nil }
        let exponent = Int.bitWidth - (byteCount - 1).leadingZeroBitCount
        return max(exponent, exponents.lowerBound) - exponents.lowerBound
    }

    /// Uninitialised memory of at least this size.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard let shelf = shelf(byteCount) else {
            return .allocate(byteCount: max(byteCount, 1), alignment: alignment)
        }
        if let block = shelves[shelf].take() { return block }
        return .allocate(byteCount: 1 << (shelf + exponents.lowerBound), alignment: alignment)
    }

    /// Gives memory back that ``allocate(byteCount:)`` gave for the same size.
    static func deallocate(_ block: UnsafeMutableRawPointer, byteCount: Int) {
        if let shelf = shelf(byteCount), shelves[shelf].keep(block) { return }
        block.deallocate()
    }
}
