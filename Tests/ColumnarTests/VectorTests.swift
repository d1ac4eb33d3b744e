import Columnar
import Testing

@Suite struct VectorTests {
    /// A vector of each form with what its rows are.
    private static func vectors(_ random: inout SeededGenerator, count: Int) -> [(Vector, [Scalar])] {
        let numbers = (0..<count).map { _ in Int64.random(in: -1_000...1_000, using: &random) }
        let texts = (0..<count).map { _ in
            ["", "buy", "sell", "größe", "a longer text than fits inline"].randomElement(using: &random)!
        }
        let bits = (0..<count).map { _ in Bool.random(using: &random) }
        let validity = Validity(bits)
        let masked = zip(bits, numbers).map { $0 ? Scalar.int64($1) : .null }
        return [
            (.int64(numbers), numbers.map { .int64($0) }),
            (.timestamps(numbers), numbers.map { .timestamp($0) }),
            (.float64(numbers.map { Double($0) / 8 }), numbers.map { .float64(Double($0) / 8) }),
            (.decimals(numbers, scale: 3), numbers.map { .float64(Double($0) / 1_000) }),
            (.symbols(texts), texts.map { .text($0) }),
            (.strings(texts), texts.map { .text($0) }),
            (Vector(type: .boolean, form: .boolean(Buffer(bits.map { $0 ? 1 : 0 }))), bits.map { .boolean($0) }),
            (Vector(type: .int64, form: .int64(Buffer(numbers)), validity: validity), masked),
            (Vector(type: .float64, form: .constant(.float64(1.5), count: count)), bits.map { _ in .float64(1.5) }),
            (Vector(type: .string, form: .constant(.null, count: count)), bits.map { _ in .null }),
            (
                Vector(type: .timestamp, form: .sequence(start: -7, step: 3, count: count)),
                numbers.indices.map { .timestamp(-7 + Int64($0) * 3) }
            ),
        ]
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func slicesOfSlicesShowTheSameRows(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for count in [0, 1, 63, 64, 65, 200] {
            for (vector, rows) in Self.vectors(&random, count: count) {
                #expect(vector.count == count)
                try #require((0..<count).map(vector.scalar) == rows)
                var (slice, shown) = (vector, rows[...])
                for _ in 0..<4 {
                    let lower = Int.random(in: 0...slice.count, using: &random)
                    let range = lower..<Int.random(in: lower...slice.count, using: &random)
                    slice = slice.slice(range)
                    shown = shown.dropFirst(lower).prefix(range.count)
                    #expect(slice.type == vector.type)
                    try #require(slice.count == shown.count)
                    try #require((0..<slice.count).map(slice.scalar) == Array(shown), "\(vector.form)")
                    if let validity = slice.validity { #expect(validity.nullCount == shown.filter(\.isNull).count) }
                }
            }
        }
    }

    @Test func emptySliceAtTheEndOfASequenceDoesNotOverflow() {
        let last = Vector(type: .timestamp, form: .sequence(start: .max, step: 1, count: 1))
        #expect(last.scalar(at: 0) == .timestamp(.max))
        #expect(last.slice(1..<1).count == 0)
        let down = Vector(type: .int64, form: .sequence(start: .min, step: -1, count: 1))
        #expect(down.slice(1..<1).count == 0)
    }

    @Test func sliceOutlivesItsVector() {
        func slice() -> Vector { Vector.symbols(["a", "b", "c"]).slice(1..<3) }
        let slice = slice()
        #expect((0..<2).map(slice.scalar) == [.text("b"), .text("c")])
    }

    @Test func slicePastTheEndIsAFault() async {
        await #expect(processExitsWith: .failure) {
            _ = Vector(type: .int64, form: .constant(.int64(1), count: 3)).slice(0..<4)
        }
        await #expect(processExitsWith: .failure) { _ = Buffer([1, 2, 3]).slice(2..<4) }
        await #expect(processExitsWith: .failure) { _ = Validity([true]).slice(0..<2) }
        await #expect(processExitsWith: .failure) { _ = Buffer<Int64>([])[0] }
    }
}
