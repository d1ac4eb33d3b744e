import Columnar
import Foundation
import Market
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Pairs of integers, and what they are multiplied with to become the values: moments of them in exact arithmetic.
private struct ExactMoments {
    var x: [BigInteger]
    var y: [BigInteger]
    /// Values times this are integers.
    var scaleX: BigInteger
    var scaleY: BigInteger

    private func centered(_ left: [BigInteger], _ right: [BigInteger]) -> BigInteger {
        func sum(_ values: [BigInteger]) -> BigInteger { values.reduce(BigInteger(Int64(0)), +) }
        return BigInteger(Int64(left.count)) * sum(zip(left, right).map(*)) - sum(left) * sum(right)
    }

    func variance(lost: Int) -> Double {
        centered(x, x) / (BigInteger(Int64(x.count)) * BigInteger(Int64(x.count - lost)) * scaleX * scaleX)
    }

    func covariance(lost: Int) -> Double {
        centered(x, y) / (BigInteger(Int64(x.count)) * BigInteger(Int64(x.count - lost)) * scaleX * scaleY)
    }

    var correlation: Double {
        let one = BigInteger(Int64(1))
        return centered(x, y) / one / ((centered(x, x) / one).squareRoot() * (centered(y, y) / one).squareRoot())
    }
}

@Suite("Variance, covariance and correlation")
struct FoldMomentsTests {
    private func value<F: Fold>(_ type: F.Type, _ vectors: [Vector]) throws -> Double? {
        var fold = F()
        fold.update(FoldArguments(vectors, rowCount: vectors[0].count), rows: 0..<vectors[0].count)
        return try fold.finalize(output: 0).double
    }

    private func check(_ vectors: [Vector], _ exact: ExactMoments, tolerance: Double) throws {
        func expect(_ actual: Double?, _ expected: Double) {
            let error = ((actual ?? .nan) - expected).magnitude
            #expect(error <= tolerance * expected.magnitude, "\(String(describing: actual)), not \(expected)")
        }
        expect(try value(VarianceFold<SampleVariance>.self, [vectors[0]]), exact.variance(lost: 1))
        expect(try value(VarianceFold<PopulationVariance>.self, [vectors[0]]), exact.variance(lost: 0))
        expect(try value(VarianceFold<SampleDeviation>.self, [vectors[0]]), exact.variance(lost: 1).squareRoot())
        expect(try value(VarianceFold<PopulationDeviation>.self, [vectors[0]]), exact.variance(lost: 0).squareRoot())
        // Covariances can cancel: their error is measured by the deviations.
        let one = ExactMoments(x: exact.y, y: exact.y, scaleX: exact.scaleY, scaleY: exact.scaleY)
        let bound = tolerance * (exact.variance(lost: 0) * one.variance(lost: 0)).squareRoot()
        let covariance = try #require(try value(CovarianceFold<PopulationCovariance>.self, vectors))
        #expect((covariance - exact.covariance(lost: 0)).magnitude <= bound)
        let sample = try #require(try value(CovarianceFold<SampleCovariance>.self, vectors))
        #expect((sample - exact.covariance(lost: 1)).magnitude <= bound * 2)
        let correlation = try #require(try value(CorrelationFold.self, vectors))
        #expect((correlation - exact.correlation).magnitude <= tolerance)
    }

    /// Mantissas around a center; y follows x in part.
    private func mantissas(_ seed: UInt64, count: Int, center: Int64, spread: Int64) -> (x: [Int64], y: [Int64]) {
        var generator = SeededGenerator(seed: seed)
        let x = (0..<count).map { _ in center &+ Int64.random(in: -spread...spread, using: &generator) }
        let y = x.map { ($0 - center) / 2 + Int64.random(in: -spread / 3...spread / 3, using: &generator) - center }
        return (x, y)
    }

    @Test("of decimals are right to the last places, however close they lie", arguments: [UInt64](1...6))
    func decimals(seed: UInt64) throws {
        // 60000.01 ± 0.01; ± 0.00000003; whole 64 bits.
        for (center, spread) in [(60000_01000000, 1_000_000), (60000_01000000, 3), (0, .max / 4)] as [(Int64, Int64)] {
            let (x, y) = mantissas(seed, count: 400, center: center, spread: spread)
            let exact = ExactMoments(
                x: x.map { BigInteger($0) },
                y: y.map { BigInteger($0) },
                scaleX: .power(8),
                scaleY: .power(3)
            )
            try check([.decimals(x, scale: 8), .decimals(y, scale: 3)], exact, tolerance: 4e-15)
        }
    }

    @Test("of decimals of several scales are those of the numbers", arguments: [UInt64](1...6))
    func severalScales(seed: UInt64) throws {
        let (x, y) = mantissas(seed, count: 300, center: 61_000_00, spread: 500)
        var fold = VarianceFold<SampleVariance>()
        var pairs = CorrelationFold()
        var exact = ExactMoments(x: [], y: [], scaleX: .power(20), scaleY: .power(20))
        for start in stride(from: 0, to: 300, by: 50) {
            // The last two cannot be brought to one scale within the bounds: doubles take over.
            let scaleX = [2, 8, 3, 2, 0, 20][start / 50]
            let scaleY = [2, 2, 9, 1, 20, 0][start / 50]
            let vectors = [
                Vector.decimals(x[start..<start + 50], scale: scaleX), .decimals(y[start..<start + 50], scale: scaleY),
            ]
            let arguments = FoldArguments(vectors, rowCount: 50)
            fold.update(arguments, rows: 0..<50)
            pairs.update(arguments, rows: 0..<50)
            exact.x += x[start..<start + 50].map { BigInteger($0) * .power(20 - scaleX) }
            exact.y += y[start..<start + 50].map { BigInteger($0) * .power(20 - scaleY) }
            let variance = try #require(fold.value)
            #expect((variance / exact.variance(lost: 1) - 1).magnitude < 1e-14)
            #expect((try #require(pairs.value) - exact.correlation).magnitude < 1e-14)
        }
    }

    @Test("of doubles are right to 1e-13, near the first value and far from it", arguments: [UInt64](1...6))
    func doubles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for outlier in [nil, 0, 1e9] as [Double?] {
            let x =
                [outlier].compactMap { $0 }
                + (0..<400).map { _ in
                    60000.01 + Double.random(in: -0.01...0.01, using: &generator)
                }
            let y = x.map { ($0 - 60000) * 3e-5 + Double.random(in: -1e-6...1e-6, using: &generator) }
            let exact = ExactMoments(
                x: x.map { BigInteger($0, shift: 120) },
                y: y.map { BigInteger($0, shift: 120) },
                scaleX: BigInteger(1, shift: 120),
                scaleY: BigInteger(1, shift: 120)
            )
            try check([.float64(x), .float64(y)], exact, tolerance: 1e-13)
        }
    }

    @Test("of doubles whose first value is far away keep the small differences")
    func farOrigin() throws {
        // The outlier leaves the window, the origin stays: κ = 10^13.
        var generator = SeededGenerator(seed: 5)
        let values = [1e4] + (0..<400).map { _ in Double.random(in: -0.001...0.001, using: &generator) }
        let arguments = FoldArguments([.float64(values)], rowCount: values.count)
        var fold = VarianceFold<SampleVariance>()
        fold.update(arguments, rows: 0..<values.count)
        fold.evict(arguments, rows: 0..<1)
        let rest = values.dropFirst().map { BigInteger($0, shift: 120) }
        let exact = ExactMoments(x: rest, y: rest, scaleX: BigInteger(1, shift: 120), scaleY: BigInteger(1, shift: 120))
        let variance = try #require(fold.value)
        #expect((variance / exact.variance(lost: 1) - 1).magnitude < 1e-12)
    }

    @Test("of decimals and doubles together are those of all", arguments: [UInt64](1...6))
    func mixed(seed: UInt64) throws {
        let (x, y) = mantissas(seed, count: 300, center: 61_000_00, spread: 500)
        // Quarters: decimals and doubles hold the same numbers exactly.
        let quarters = Vector.decimals(x[..<150].map { $0 * 25 }, scale: 2)
        let doubles = Vector.float64(x[150...].map { Double($0) / 4 })
        let exact = ExactMoments(
            x: x.map { BigInteger($0) },
            y: y.map { BigInteger($0) },
            scaleX: BigInteger(Int64(4)),
            scaleY: BigInteger(Int64(1))
        )
        func value<F: MergeableFold>(_ type: F.Type, isMerged: Bool) throws -> Double? {
            var fold = F()
            var second = F()
            fold.update(FoldArguments([quarters, .int64(y[..<150])], rowCount: 150), rows: 0..<150)
            let rest = FoldArguments([doubles, .int64(y[150...])], rowCount: 150)
            if isMerged {
                second.update(rest, rows: 0..<150)
                fold.merge(second)
            } else {
                fold.update(rest, rows: 0..<150)
            }
            return try fold.finalize(output: 0).double
        }
        for isMerged in [false, true] {
            let variance = try #require(try value(VarianceFold<SampleVariance>.self, isMerged: isMerged))
            #expect((variance / exact.variance(lost: 1) - 1).magnitude < 1e-14)
            let covariance = try #require(try value(CovarianceFold<SampleCovariance>.self, isMerged: isMerged))
            #expect((covariance / exact.covariance(lost: 1) - 1).magnitude < 1e-13)
            let correlation = try #require(try value(CorrelationFold.self, isMerged: isMerged))
            #expect((correlation - exact.correlation).magnitude < 1e-14)
        }
    }

    @Test("of the same number as decimal and as double are nothing")
    func sameNumberInTwoForms() throws {
        var variance = VarianceFold<SampleVariance>()
        var correlation = CorrelationFold()
        for (index, x) in [Vector.decimals([1], scale: 1), .float64([0.1]), .decimals([10], scale: 2)].enumerated() {
            let arguments = FoldArguments([x, .int64([Int64(index)])], rowCount: 1)
            variance.update(arguments, rows: 0..<1)
            correlation.update(arguments, rows: 0..<1)
        }
        #expect(variance.value == 0)
        #expect(correlation.value == nil)
    }

    @Test("of doubles merge to those of all", arguments: [UInt64](1...4))
    func mergeOfDoubles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let x = (0..<500).map { _ in 60000 + Double.random(in: -0.01...0.01, using: &generator) }
        let arguments = FoldArguments([.float64(x), .float64(x.map { -$0 * $0 })], rowCount: 500)
        func check<F: MergeableFold>(_ type: F.Type) throws {
            var whole = F()
            whole.update(arguments, rows: 0..<500)
            let expected = try #require(try whole.finalize(output: 0).double)
            for cut in [0, 1, 250, 499, 500] {
                var left = F()
                var right = F()
                left.update(arguments, rows: 0..<cut)
                right.update(arguments, rows: cut..<500)
                left.merge(right)
                let value = try #require(try left.finalize(output: 0).double)
                #expect((value / expected - 1).magnitude < 1e-14, "\(type) cut at \(cut)")
            }
        }
        for type in FoldList.moments.map({ $0 as any MergeableFold.Type }) { try check(type) }
    }

    @Test("know few rows, equal rows, NaN and infinities")
    func edges() throws {
        func values(_ x: [Double], _ y: [Double]) throws -> [String] {
            try FoldList.moments.map { type in
                "\(try value(type, [.float64(x), .float64(y)]).map { "\($0)" } ?? "null")"
            }
        }
        func value(_ type: any Fold.Type, _ vectors: [Vector]) throws -> Double? {
            var fold = type.init() as any Fold
            fold.update(FoldArguments(vectors, rowCount: vectors[0].count), rows: 0..<vectors[0].count)
            return try fold.finalize(output: 0).double
        }
        // stddev_samp, stddev_pop, var_samp, var_pop, covar_samp, covar_pop, corr
        #expect(try values([], []) == [String](repeating: "null", count: 7))
        #expect(try values([5], [6]) == ["null", "0.0", "null", "0.0", "null", "0.0", "null"])
        #expect(try values([5, 5], [6, 7]) == ["0.0", "0.0", "0.0", "0.0", "0.0", "0.0", "null"])
        #expect(try values([1, 3], [6, 2]).dropFirst(2) == ["2.0", "1.0", "-4.0", "-2.0", "-1.0"])
        for odd in [Double.nan, .infinity, -.infinity, 1e150] {
            #expect(try values([1, odd, 2], [1, 2, 3]) == [String](repeating: "nan", count: 7))
        }
        #expect(try values([.infinity], [1]) == ["null", "nan", "null", "nan", "null", "nan", "null"])
        let line = (0..<50).map { Double($0) * 0.1 }
        #expect(try values(line, line.map { $0 * 7 + 1 }).last == "1.0")
    }
}
