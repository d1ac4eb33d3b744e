import CKernels

/// Which chunks of an open segment have passed their checksum since it was opened, a bit each.
///
/// Reading a few rows would else take longer for the checksum than for the rows.
final class CheckedChunks: @unchecked Sendable {
    // Sendable: words are read and written by atomic operations alone.

    private let words: UnsafeMutablePointer<UInt64>

    /// No chunk of `count` has passed.
    init(count: Int) {
        let wordCount = max((count + 63) / 64, 1)
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    deinit { words.deallocate() }

    /// Whether the chunk at a place, which is inside, has passed.
    func contains(_ chunk: Int) -> Bool { tickgate_bit_is_set(words, chunk) != 0 }

    /// Notes that it has.
    func insert(_ chunk: Int) { tickgate_set_bit(words, chunk) }
}
