import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("What joins are made of")
struct JoinKernelTests {
    private func times(_ count: Int, _ generator: inout SeededGenerator) -> [Int64] {
        let span = Int64(generator.pick([0, 1, 3, 50, 1000]))
        return (0..<count).map { _ in
            generator.oneIn(20) ? generator.pick([.min, .max]) : Int64.random(in: -span...span, using: &generator)
        }.sorted()
    }

    @Test("the merge of times counts for each left one the right ones before it", arguments: 0..<20)
    func counts(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let left = times(generator.int(0...40), &generator)
            let right = times(generator.pick([0, 1, 2, 5, 60]), &generator)
            for isStrict in [true, false] {
                let counts = TimeMerge.counts(Buffer(left), Buffer(right), isStrict: isStrict)
                #expect(counts.array == left.map { time in UInt32(right.count { isStrict ? $0 < time : $0 <= time }) })
            }
        }
    }

    @Test("a search from anywhere finds what a search from the start finds", arguments: 0..<20)
    func gallop(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let times = times(generator.int(0...50), &generator)
        let lower = generator.int(0...times.count)
        let range = lower..<generator.int(lower...times.count)
        for bound in times + [.min, -1, 0, 1, .max] {
            let expected = range.first { times[$0] >= bound } ?? range.upperBound
            for hint in range.lowerBound...range.upperBound {
                let found = times.withUnsafeBufferPointer { times in
                    times.baseAddress.map { Gallop.end(in: $0, range, near: hint) { $0 < bound } }
                }
                #expect(found ?? 0 == expected)
            }
        }
    }

    @Test("sums of first rows tell when a sum over some rows may not fit", arguments: 0..<20)
    func prefixSums(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bits = generator.int(1...63)
        let count = generator.int(1...40)
        let values = (0..<count).map { _ in Int64(truncatingIfNeeded: generator.next()) >> Int64(64 - bits) }
        let isValid = values.map { _ in !generator.oneIn(4) }
        let vector = Vector(type: .int64, form: .int64(Buffer(values)), validity: Validity(isValid))
        let sums = try #require(HeldPrefixSums(vector))
        let valid = HeldValidRows(vector)
        for start in 0...count {
            for end in start...count {
                let rows = (start..<end).filter { isValid[$0] }
                #expect(valid.first(in: start..<end) == rows.first)
                #expect(valid.last(in: start..<end) == rows.last)
                guard HeldPrefixSums.fits(count: end - start, magnitudeBits: sums.magnitudeBits) else { continue }
                #expect(Int128(sums.sums[end] &- sums.sums[start]) == rows.reduce(0) { $0 + Int128(values[$1]) })
            }
        }
    }

    @Test("sums of 64 bits are trusted as far as they reach and no farther")
    func fits() {
        #expect(HeldPrefixSums.fits(count: 1, magnitudeBits: Int64.max >> 1))
        #expect(!HeldPrefixSums.fits(count: 2, magnitudeBits: Int64.max >> 1))
        #expect(HeldPrefixSums.fits(count: 0, magnitudeBits: .max))
        #expect(HeldPrefixSums.fits(count: .max >> 1, magnitudeBits: 0))
    }

    // MARK: Keys

    private func keys(_ left: ColumnType, _ right: ColumnType) -> JoinKeys {
        JoinKeys([BoundJoin.Key(left: 0, right: 0)], left: [left], right: [right])
    }

    @Test("texts are equal by their bytes, in symbols and strings")
    func textKeys() {
        var keys = keys(.symbol, .string)
        let added = keys.add([.strings(["\u{E9}", "a", "e\u{301}", "a"])], rowCount: 4)
        #expect(added.array == [0, 1, 2, 1])
        #expect(keys.count == 3)
        #expect(keys.find([.symbols(["a", "e\u{301}", "b"])], rowCount: 3).array == [1, 2, JoinKeys.none])
        #expect(keys.find([.symbols(["\u{E9}"])], rowCount: 1).array == [0])
        #expect(keys.count == 3, "what is only looked for is not kept")
    }

    @Test("numbers are equal as doubles if one of them is, else as integers")
    func numberKeys() {
        var mixed = keys(.int64, .float64)
        #expect(
            mixed.add([.float64([1, -0.0, .nan, 0x1p53, 0.5])], rowCount: 5).array == [0, 1, JoinKeys.none, 2, 3]
        )
        #expect(
            mixed.find([.int64([0, 1, 1 << 53, (1 << 53) + 1, 2])], rowCount: 5).array == [1, 0, 2, 2, JoinKeys.none]
        )
        var integers = keys(.int64, .int64)
        #expect(integers.add([.int64([1 << 53, (1 << 53) + 1])], rowCount: 2).array == [0, 1])
    }

    @Test("a null in any column equals nothing")
    func nullKeys() {
        var keys = JoinKeys(
            [BoundJoin.Key(left: 0, right: 0), BoundJoin.Key(left: 1, right: 1)],
            left: [.int64, .boolean],
            right: [.int64, .boolean]
        )
        let numbers = Vector(type: .int64, form: .int64(Buffer([5, 5, 5])), validity: Validity([true, false, true]))
        let flags = Vector(
            type: .boolean,
            form: .boolean(Buffer([1, 1, 1])),
            validity: Validity([true, true, false])
        )
        #expect(keys.add([numbers, flags], rowCount: 3).array == [0, JoinKeys.none, JoinKeys.none])
        #expect(keys.find([.nulls(.int64, count: 1), flags.slice(0..<1)], rowCount: 1).array == [JoinKeys.none])
    }
}
