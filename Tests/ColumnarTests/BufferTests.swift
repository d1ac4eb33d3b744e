import Columnar
import Testing

@Suite struct BufferTests {
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func builderCollectsLikeAnArray(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var builder = BufferBuilder<Int64>(capacity: 0)
        for _ in 0..<20 {
            var expected: [Int64] = []
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let count = Int.random(in: 0...50, using: &random)
                    builder.append(repeating: 7, count: count)
                    expected += Array(repeating: 7, count: count)
                case 1:
                    let more = (0..<Int.random(in: 0...50, using: &random)).map { Int64($0) }
                    more.withUnsafeBufferPointer { builder.append(contentsOf: $0) }
                    expected += more
                case 2 where !expected.isEmpty:
                    let index = expected.indices.randomElement(using: &random)!
                    builder[index] += 1
                    expected[index] += 1
                default:
                    builder.append(-1)
                    expected.append(-1)
                }
            }
            #expect(builder.count == expected.count)
            let taken = builder.take()
            #expect(taken.array == expected)
            #expect(builder.count == 0)
        }
    }

    @Test func takenBufferIsNotChangedByWhatIsAppendedLater() {
        var builder = BufferBuilder<Int64>(capacity: 4)
        builder.append(1)
        let first = builder.take()
        for value in 2..<20 { builder.append(Int64(value)) }
        #expect(first.array == [1])
        #expect(builder.take().array == Array(2..<20))
    }

    @Test func bufferOfAnyCollectionAndItsSlices() {
        let buffer = Buffer(stride(from: 0 as Int64, to: 10, by: 2).map { $0 })
        #expect(buffer.array == [0, 2, 4, 6, 8])
        #expect(buffer.slice(1..<4).slice(1..<3).array == [4, 6])
        #expect(buffer.slice(5..<5).count == 0)
        #expect(buffer.slice(2..<5)[0] == 4)
    }
}
