import Columnar

/// Bytes of text of one column of a chunk. Written by the WAL thread; what was appended never changes.
final class TextArena {
    let capacity: Int
    private(set) var used = 0
    private let memory: OwnedMemory<UInt8>

    /// Text that a chunk has room for at least, a row.
    private static let bytesPerRow = 16
    /// Room that is set aside for text that has not come: one long row must not make the next chunk thousands of times
    /// as big.
    private static let reserveMax = 1 << 20

    init(capacity: Int) {
        self.capacity = capacity
        self.memory = OwnedMemory(capacity: capacity)
    }

    var base: UnsafePointer<UInt8> { UnsafePointer(memory.base) }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= capacity - used, "BUG: text of a chunk outgrows what was counted")
        guard let source = bytes.baseAddress else { return }
        (memory.base + used).update(from: source, count: bytes.count)
        used += bytes.count
    }

    /// The first `count` bytes, where they lie.
    func bytes(_ count: Int) -> Buffer<UInt8> { Buffer(base: base, count: count, owner: memory) }

    /// Bytes of text of each column in the rows.
    static func byteCounts(_ columns: [Vector?], _ rows: Range<Int>) -> [Int] {
        columns.map { vector in
            switch vector?.form {
            case .text(let offsets, _): Int(offsets[rows.upperBound] - offsets[rows.lowerBound])
            case .constant(.text(let text), _) where vector?.type == .string: text.utf8.count * rows.count
            default: 0
            }
        }
    }

    /// Room for text a column of a chunk of `capacity` rows, of which the first take `needed`; guessed by the chunk before.
    static func capacities(needed: [Int], rows capacity: Int, after previous: MemtableChunk?) -> [Int] {
        needed.enumerated().map { column, bytes in
            let perRow = max(bytesPerRow, previous?.textBytesPerRow(column: column) ?? 0)
            return max(bytes, min(capacity * perRow, reserveMax))
        }
    }
}
