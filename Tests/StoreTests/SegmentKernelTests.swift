import CKernels
import Columnar
import Testing

@testable import Store

/// The C kernels: with and without vectors, against plain arithmetic.
@Suite struct SegmentKernelTests {
    @Test(arguments: 0...64)
    func everyWidthUnpacksTheSameWithAndWithoutVectors(width: Int) {
        var generator = SeededGenerator(seed: UInt64(width))
        for count in [1, 15, 16, 17, 1_023, 1_024, 1_025, 2_500, 8_192] {
            let mask = width == 0 ? 0 : UInt64.max >> UInt64(64 - width)
            let values = (0..<count).map { _ in generator.next() & mask }
            let words = tickgate_packed_words(count, UInt32(width))
            let packed = [UInt64](unsafeUninitializedCapacity: words + 1) { memory, initialized in
                memory[words] = 0xABCD
                tickgate_pack(values, count, UInt32(width), memory.baseAddress)
                initialized = words + 1
            }
            #expect(packed[words] == 0xABCD)
            for step in [1, 1_000, UInt64.max / 3] {
                for isDelta in [false, true] {
                    let base = generator.next()
                    var running: UInt64 = 77 &- base
                    let expected = values.enumerated().map { row, offset -> Int64 in
                        let value = base &+ step &* (isDelta && row == 0 ? values[0] : offset)
                        running &+= value
                        return Int64(bitPattern: isDelta ? running : value)
                    }
                    for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
                        let found = packed.withUnsafeBufferPointer { packed in
                            var stream = tickgate_integers()
                            stream.packed = packed.baseAddress
                            stream.count = count
                            stream.width = UInt32(width)
                            stream.base = base
                            stream.step = step
                            stream.is_delta = isDelta ? 1 : 0
                            stream.first = 77
                            return unpacked(stream, level)
                        }
                        #expect(found == expected, "\(count) values, step \(step), level \(level)")
                    }
                }
            }
            if (1...32).contains(width) {
                for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
                    var codes = [UInt32](repeating: 0, count: count)
                    let largest = tickgate_unpack32(packed, count, UInt32(width), 3, level, &codes)
                    #expect(codes == values.map { UInt32($0) &+ 3 })
                    #expect(largest == codes.max())
                }
            }
            if width == 1 {
                for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
                    var bytes = [UInt8](repeating: 9, count: count)
                    tickgate_unpack_booleans(packed, count, level, &bytes)
                    #expect(bytes == values.map { UInt8($0) })
                }
            }
        }
    }

    private func unpacked(_ stream: tickgate_integers, _ level: Int32) -> [Int64]? {
        var stream = stream
        let room = (stream.count + 15) / 16 * 16
        var isGood = false
        let values = [Int64](unsafeUninitializedCapacity: room) { memory, initialized in
            isGood = tickgate_unpack(&stream, level, memory.baseAddress) != 0
            initialized = isGood ? stream.count : 0
        }
        return isGood ? values : nil
    }

    @Test func exceptionsOutsideOfTheRowsAreRefused() {
        let packed = [UInt64](repeating: 0, count: 16)
        let gaps: [UInt8] = [255, 255, 255, 255, 10]
        packed.withUnsafeBufferPointer { packed in
            gaps.withUnsafeBufferPointer { gaps in
                var stream = tickgate_integers()
                stream.packed = packed.baseAddress
                stream.count = 1_000
                stream.width = 1
                stream.step = 1
                stream.exceptions = 1
                stream.gaps = gaps.baseAddress
                stream.gaps_length = 5
                #expect(unpacked(stream, TICKGATE_BEST) == nil)
                stream.gaps_length = 4
                #expect(unpacked(stream, TICKGATE_BEST) == nil)
                stream.exceptions = 0
                #expect(unpacked(stream, TICKGATE_BEST)?.count == 1_000)
            }
        }
    }

    @Test func decimalsAreExactOrExceptions() {
        let values: [Double] = [1.25, -0.0, 0, .nan, .infinity, 0.1 + 0.2, 1e300, -7.75, 90_071_992_547_409.92]
        var mantissas = [Int64](repeating: 0, count: values.count)
        var rows = [UInt16](repeating: 0, count: values.count)
        let number = tickgate_decimals_encode(values, values.count, 100, &mantissas, &rows)
        #expect(Array(rows.prefix(number)) == [1, 3, 4, 5, 6])
        var back = [Double](repeating: 0, count: values.count)
        tickgate_decimals_decode(mantissas, values.count, 100, &back)
        for row in [0, 2, 7, 8] { #expect(back[row].bitPattern == values[row].bitPattern) }
    }

    @Test func summariesAreExact() {
        for values in [[Int64.min, .min, .min], [.max, .max], [-1], [5, -7, .max, .min]] {
            let summary = tickgate_summarize(values, values.count)
            let sum = Int128(summary.sum_high) << 64 | Int128(summary.sum_low)
            #expect(sum == values.reduce(into: Int128(0)) { $0 += Int128($1) })
            #expect(summary.minimum == values.min() && summary.maximum == values.max())
        }
    }

    @Test func shufflingIsReversible() {
        var generator = SeededGenerator(seed: 8)
        for count in Array(0...70) + [1_001] {
            let values = (0..<count).map { _ in generator.next() }
            var bytes = [UInt8](repeating: 0, count: 8 * count)
            // One more, which must stay as it is.
            var back = [UInt64](repeating: 42, count: count + 1)
            tickgate_shuffle(values, count, &bytes)
            tickgate_unshuffle(bytes, count, &back)
            #expect(back == values + [42])
            if count > 0 { #expect(bytes[count] == UInt8(truncatingIfNeeded: values[0] >> 8)) }
        }
    }
}
