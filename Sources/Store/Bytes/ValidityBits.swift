import Columnar

/// Validity bitmaps made from other shapes.
enum ValidityBits {
    /// One byte a row, 1 where there is no value; nil if there is none such.
    static func fromNullBytes(_ nulls: UnsafeBufferPointer<UInt8>) -> Validity? {
        var any: UInt8 = 0
        for null in nulls { any |= null }
        guard any != 0 else { return nil }
        var words = BufferBuilder<UInt64>(capacity: (nulls.count + 63) / 64)
        for base in stride(from: 0, to: nulls.count, by: 64) {
            var word: UInt64 = 0
            for bit in 0..<min(64, nulls.count - base) { word |= UInt64(1 - nulls[base + bit] & 1) << UInt64(bit) }
            words.append(word)
        }
        return Validity(words: words.take(), count: nulls.count)
    }
}
