import CKernels
import Measurement

extension Bench {
    /// Unpacking of values of fewer than 64 bits, in the cache, with the processor's best instructions and without.
    func measureUnpacking() throws {
        for width in [1, 8, 13, 17, 24, 33] as [UInt32] {
            let packed = PackedValues(width: width)
            for level in tickgate_has_vectors() == 0 ? [TICKGATE_BASELINE] : [TICKGATE_BEST, TICKGATE_BASELINE] {
                let instructions = level == TICKGATE_BEST ? "" : ", baseline instructions"
                let name = "unpack \(plural(Int(width), "bit"))\(instructions)"
                for isDelta in [false, true] {
                    let rate = try packed.rate(level: level, isDelta: isDelta, rounds: sizes.isSmoke ? 10 : 2_000)
                    // Unpacking writes 8 bytes a value, as a copy does.
                    let limit = limits.copy(1, used: rate * 8)
                    report.add(name + (isDelta ? ", differences" : ""), rate, "G values/s", limit: limit)
                }
            }
        }
    }
}

/// A chunk's worth of packed values.
private struct PackedValues {
    let width: UInt32
    let values: [UInt64]
    let packed: [UInt64]

    /// Rows of a row group.
    private static let count = 8_192

    init(width: UInt32) {
        var random = SplitMix64(state: UInt64(width))
        let mask = UInt64.max >> UInt64(64 - width)
        // The first value of differences has none, so its offset is 0.
        let values = [0] + (1..<Self.count).map { _ in random.next() & mask }
        var packed = [UInt64](repeating: 0, count: tickgate_packed_words(Self.count, width))
        tickgate_pack(values, Self.count, width, &packed)
        self.width = width
        self.values = values
        self.packed = packed
    }

    /// Times that the rounds are repeated; the fastest counts.
    private static let repeats = 7

    /// Billions of values a second; compares the values.
    func rate(level: Int32, isDelta: Bool, rounds: Int) throws(BenchFailure) -> Double {
        var target = [Int64](repeating: 0, count: Self.count)
        let (elapsed, isRight) = packed.withUnsafeBufferPointer { words in
            var stream = tickgate_integers()
            stream.packed = words.baseAddress
            stream.count = Self.count
            stream.width = width
            stream.step = 1
            stream.is_delta = isDelta ? 1 : 0
            var status: Int32 = 1
            var best = Double.infinity
            for _ in 0..<Self.repeats {
                let elapsed = seconds {
                    for _ in 0..<rounds { status &= tickgate_unpack(&stream, level, &target) }
                }
                best = min(best, elapsed)
            }
            return (best, status == 1)
        }
        var value: UInt64 = 0
        for (row, offset) in values.enumerated() {
            value = isDelta ? value &+ offset : offset
            guard isRight, target[row] == Int64(bitPattern: value) else {
                throw BenchFailure("unpacking \(width) bits gave \(target[row]) in row \(row)")
            }
        }
        return Double(Self.count * rounds) / elapsed / 1e9
    }
}
