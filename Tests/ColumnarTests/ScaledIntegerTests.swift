import Columnar
import Testing

@Suite struct ScaledIntegerTests {
    private func expectNearest(_ mantissa: Int64, _ scale: Int) throws {
        let expected = Double("\(mantissa)e-\(scale)")!
        let value = ScaledInteger.double(mantissa, scale: scale)
        try #require(value.bitPattern == expected.bitPattern || (value == 0 && expected == 0), "\(mantissa)e-\(scale)")
    }

    @Test func powersOfTenAreExact() {
        #expect(ScaledInteger.powersOfTen.count == ScaledInteger.scaleMax + 1)
        for (scale, power) in ScaledInteger.powersOfTen.enumerated() { #expect(power == Double("1e\(scale)")!) }
    }

    @Test func edgesAreTheNearestDouble() throws {
        let limit: Int64 = 1 << 53
        for mantissa in [
            0, 1, -1, limit, -limit, limit + 1, limit + 2, limit - 1, .max, .min, .max / 10 * 10,
            9_007_199_254_740_993_0,
        ] {
            for scale in 0...ScaledInteger.scaleMax { try expectNearest(mantissa, scale) }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>) func anyDecimalIsTheNearestDouble(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let width = Int.random(in: 1...63, using: &random)
            let mantissa = Int64(truncatingIfNeeded: random.next()) >> (63 - width)
            try expectNearest(mantissa, Int.random(in: 0...ScaledInteger.scaleMax, using: &random))
        }
    }
}
