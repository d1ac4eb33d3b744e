import Columnar
import Foundation
import Market
import TestSupport
import Testing

@testable import Engine

@Suite("Exact sums")
struct FoldExactnessTests {
    @Test("of decimals are the nearest double of the exact decimal", arguments: [UInt64](1...20))
    func sumsAreCorrectlyRounded(seed: UInt64) throws {
        let trades = FoldTrades(seed: seed, count: 9000, magnitude: seed % 2 == 0 ? .max / 4 : 61_000_00000000)
        var fold = SumFold()
        fold.update(trades.arguments(0..<9000), rows: 0..<9000)
        let exact = trades.prices.reduce(Int128(0)) { $0 + Int128($1) }
        #expect(fold.value == Double("\(exact)e-8"))
        #expect(fold.total.isExact)
        var average = AverageFold()
        average.update(trades.arguments(0..<9000), rows: 0..<9000)
        let mean = Foundation.Decimal(string: "\(exact)")! / 9000 / 100_000_000
        #expect(((average.value ?? .nan) - Double("\(mean)")!).magnitude <= Double("\(mean)")!.ulp)
    }

    @Test("of a volume-weighted average divide before they round", arguments: [UInt64](1...20))
    func vwapIsCorrectlyRounded(seed: UInt64) throws {
        let trades = FoldTrades(seed: seed, count: 500, magnitude: 70_000_00000000)
        var fold = VWAPFold()
        fold.update(trades.arguments(0..<500), rows: 0..<500)
        let notional = zip(trades.prices, trades.sizes).reduce(Int128(0)) { $0 + Int128($1.0) * Int128($1.1) }
        let volume = trades.sizes.reduce(Int128(0)) { $0 + Int128($1) }
        // 60 binary digits of the quotient by long division decide the nearest double.
        let expected = longDivision(notional.magnitude, volume.magnitude * 100_000_000)
        #expect(fold.value?.magnitude == expected)
    }

    /// The nearest double of a quotient, one binary digit at a time.
    private func longDivision(_ numerator: UInt128, _ denominator: UInt128) -> Double {
        var (quotient, rest) = numerator.quotientAndRemainder(dividingBy: denominator)
        var exponent = 0
        while quotient < 1 << 60 {
            rest *= 2
            quotient = quotient * 2 + (rest >= denominator ? 1 : 0)
            if rest >= denominator { rest -= denominator }
            exponent -= 1
        }
        return Double(sign: .plus, exponent: exponent, significand: Double(UInt64(quotient) | (rest == 0 ? 0 : 1)))
    }

    @Test("bring scales together, and say so when they cannot")
    func scalesMeet() {
        var sum = DecimalSum()
        sum.add(Decimal(mantissa: 15, scale: 1))
        sum.add(Decimal(mantissa: 25, scale: 8))
        sum.add(Int64(-1), scale: 0)
        #expect(sum.isExact)
        #expect(sum.double == 0.50000025)
        sum.add(0.25)
        #expect(!sum.isExact)
        #expect(sum.double == 0.75000025)
    }

    @Test("spill to doubles when 128 bits are not enough")
    func overflowSpills() {
        var sum = DecimalSum()
        for _ in 0..<5 { sum.add(Int128.max, scale: 0) }
        #expect(!sum.isExact)
        #expect(sum.double == 5 * Double(Int128.max))
        var mixed = DecimalSum()
        mixed.add(Int64.max, scale: 0)
        mixed.add(Int64(1), scale: 22)
        #expect(mixed.double == 0x1p63)
        var vwap = VWAPFold()
        for _ in 0..<4 {
            vwap.update(price: Decimal(mantissa: .max, scale: 0), size: Decimal(mantissa: .max, scale: 0))
        }
        #expect(vwap.value == 0x1p63)
    }

    @Test("of doubles stay near the exact sum", arguments: [UInt64](1...10))
    func doubleSumsAreAccurate(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<10_000).map { _ in
            Double.random(in: -1...1, using: &generator)
                * Foundation.pow(10, Double.random(in: -8...8, using: &generator))
        }
        let exact = values.reduce(Foundation.Decimal(0)) { $0 + Foundation.Decimal(string: "\($1)")! }
        var sum = DoubleSum()
        values.withUnsafeBufferPointer { sum.add($0) }
        let scale = values.reduce(0) { $0 + $1.magnitude }
        #expect((sum.value - Double("\(exact)")!).magnitude <= 1e-15 * scale)
    }

    @Test("know infinities and NaN")
    func nonFiniteSums() {
        func sum(_ values: [Double]) -> Double {
            var sum = DoubleSum()
            values.withUnsafeBufferPointer { sum.add($0) }
            return sum.value
        }
        let filler = [Double](repeating: 1, count: 9)
        #expect(sum(filler + [.infinity] + filler) == .infinity)
        #expect(sum(filler + [.infinity] + filler + [-.infinity]).isNaN)
        #expect(sum([.nan] + filler).isNaN)
        #expect(sum([.greatestFiniteMagnitude, 0, 0, 0, .greatestFiniteMagnitude]) == .infinity)
        #expect(sum([]) == 0)
    }

    @Test("of int64 fit or are an error")
    func integerSums() throws {
        var fold = IntegerSumFold()
        fold.update(.max)
        fold.update(1)
        #expect(throws: (any Error).self) { try fold.finalize(output: 0) }
        fold.update(-1)
        #expect(try fold.finalize(output: 0) == .int64(.max))
    }

    @Test("of nothing are null")
    func nothingIsNull() throws {
        let empty = FoldArguments([.nulls(.float64, count: 4), .nulls(.float64, count: 4)], rowCount: 4)
        func value<F: Fold>(_ type: F.Type) throws -> Scalar {
            var fold = F()
            fold.update(empty, rows: 0..<4)
            return try fold.finalize(output: 0)
        }
        #expect(try value(SumFold.self) == .null)
        #expect(try value(IntegerSumFold.self) == .null)
        #expect(try value(AverageFold.self) == .null)
        #expect(try value(MinFold.self) == .null)
        #expect(try value(MaxFold.self) == .null)
        #expect(try value(FirstFold.self) == .null)
        #expect(try value(LastFold.self) == .null)
        #expect(try value(VWAPFold.self) == .null)
        #expect(try value(OHLCVFold.self) == .null)
        #expect(try value(CountFold.self) == .int64(0))
    }
}
