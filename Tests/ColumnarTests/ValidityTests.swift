import Columnar
import Testing

@Suite struct ValidityTests {
    @Test(arguments: 1...3 as ClosedRange<UInt64>) func bitsAndNullsAreThoseGiven(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for count in [0, 1, 63, 64, 65, 127, 128, 129, 1_000] {
            let bits = (0..<count).map { _ in Int.random(in: 0..<4, using: &random) > 0 }
            let validity = Validity(bits)
            try #require((0..<count).map { validity[$0] } == bits)
            for _ in 0..<20 {
                let lower = Int.random(in: 0...count, using: &random)
                let range = lower..<Int.random(in: lower...count, using: &random)
                let slice = validity.slice(range)
                try #require((0..<slice.count).map { slice[$0] } == Array(bits[range]))
                try #require(slice.nullCount == bits[range].count { !$0 })
            }
        }
    }

    @Test func bitsPastTheEndDoNotCount() {
        let validity = Validity(words: Buffer([UInt64.max, .max]), count: 70, offset: 3)
        #expect(validity.nullCount == 0)
        let none = Validity(words: Buffer([UInt64(0b111), .max << 9]), count: 70, offset: 3)
        #expect(none.nullCount == 70)
    }
}
