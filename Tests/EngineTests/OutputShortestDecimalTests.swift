import Columnar
import TestSupport
import Testing

@testable import Engine

@Suite("Shortest decimals")
struct OutputShortestDecimalTests {
    /// Digits without zeros at the end, and the power of ten of the last.
    private struct Decimal: Equatable {
        var digits: UInt64
        var exponent: Int

        init(digits: UInt64, exponent: Int) {
            (self.digits, self.exponent) = (digits, exponent)
            while self.digits != 0, self.digits % 10 == 0 {
                self.digits /= 10
                self.exponent += 1
            }
        }

        /// What the standard library finds, read from its text.
        init(descriptionOf value: Double) {
            var text = value.description
            var digits: UInt64 = 0
            var fractionCount = 0
            var (hasPoint, hasExponent, isNegative) = (false, false, false)
            var exponent = 0
            text.withUTF8 { bytes in
                for byte in bytes {
                    switch byte {
                    case UInt8(ascii: "."): hasPoint = true
                    case UInt8(ascii: "e"): hasExponent = true
                    case UInt8(ascii: "-"): isNegative = true
                    case UInt8(ascii: "+"): break
                    default:
                        if hasExponent {
                            exponent = exponent * 10 + Int(byte - UInt8(ascii: "0"))
                        } else {
                            digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
                            fractionCount += hasPoint ? 1 : 0
                        }
                    }
                }
            }
            self.init(digits: digits, exponent: (isNegative ? -exponent : exponent) - fractionCount)
        }
    }

    private func isRight(_ value: Double) -> Bool {
        let shortest = ShortestDecimal(value)
        return Decimal(digits: shortest.digits, exponent: shortest.exponent) == Decimal(descriptionOf: value)
    }

    @Test("are those of the standard library, whatever the bits", arguments: [UInt64](1...10))
    func randomBits(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<120_000 {
            let value = Double(bitPattern: generator.next()).magnitude
            guard value.isFinite, value > 0 else { continue }
            if !isRight(value) { Issue.record("\(value), seed \(seed)") }
        }
    }

    @Test("of subnormals, and of numbers of few digits, too", arguments: [UInt64](1...4))
    func unusual(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<25_000 {
            let subnormal = Double(bitPattern: 1 + generator.next() >> UInt64(generator.int(12...63)))
            let short =
                Double(1 + generator.int(0...999_999))
                * Double(sign: .plus, exponent: generator.int(-900...900), significand: 1)
            let decimal = Double("\(1 + generator.int(0...99_999))e\(generator.int(-320...300))") ?? 1
            for value in [subnormal, short, decimal] where !isRight(value) { Issue.record("\(value), seed \(seed)") }
        }
    }

    @Test("around every power of two, where the neighbour below is nearer")
    func powersOfTwo() {
        for exponent in 0..<UInt64(2047) {
            for significand in [0, 1, 2, 3, 1 << 51, (1 << 52) - 2, (1 << 52) - 1] as [UInt64] {
                let value = Double(bitPattern: exponent << 52 | significand)
                if value > 0, !isRight(value) { Issue.record("\(value)") }
            }
        }
    }

    @Test("around every power of ten")
    func powersOfTen() throws {
        for exponent in -323...308 {
            for digit in 1...9 {
                let value = try #require(Double("\(digit)e\(exponent)"))
                for near in [value.nextDown.nextDown, value.nextDown, value, value.nextUp, value.nextUp.nextUp] {
                    if near > 0, near.isFinite, !isRight(near) { Issue.record("\(near)") }
                }
            }
        }
    }

    @Test("rest on powers of ten that are exact in 128 bits")
    func table() {
        // Computed with fractions elsewhere: both ends, 1 and its neighbours, the last that is exact, the first that is not.
        let known: [(Int, UInt64, UInt64)] = [
            (-292, 0xFF77_B1FC_BEBC_DC4F, 0x25E8_E89C_13BB_0F7B), (-1, 0xCCCC_CCCC_CCCC_CCCC, 0xCCCC_CCCC_CCCC_CCCD),
            (0, 1 << 63, 0), (1, 0xA000_0000_0000_0000, 0), (27, 0xCECB_8F27_F420_0F3A, 0),
            (55, 0xD0CF_4B50_CFE2_0765, 0xFFF4_B4E3_F741_CF6D), (56, 0x8281_8F12_81ED_449F, 0xBFF8_F10E_7A89_21A5),
            (324, 0x9E19_DB92_B4E3_1BA9, 0x6C07_A2C2_6A83_46D2),
        ]
        for (exponent, upper, lower) in known {
            let power = PowersOfTen.table[PowersOfTen.index(exponent)]
            #expect((power.upper, power.lower) == (upper, lower), "10^\(exponent)")
        }
        // Each is ten times the one before, but for the rounding up of both.
        for exponent in PowersOfTen.exponents.dropFirst() {
            let before = PowersOfTen.table[PowersOfTen.index(exponent - 1)]
            let power = PowersOfTen.table[PowersOfTen.index(exponent)]
            let shift = UInt64(PowersOfTen.floorLog2(exponent) - PowersOfTen.floorLog2(exponent - 1))
            let tenfold = (UInt128(before.upper) << 60 | UInt128(before.lower) >> 4) * 10
            let difference = tenfold >> UInt128(shift) &- (UInt128(power.upper) << 60 | UInt128(power.lower) >> 4)
            #expect(difference &+ 1 <= 2, "10^\(exponent)")
            #expect(power.upper >> 63 == 1)
        }
    }
}
