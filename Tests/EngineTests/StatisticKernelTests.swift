import CKernels
import Columnar
import Glibc
import TestSupport
import Testing

@testable import Engine

@Suite("Kernels of statistics")
struct StatisticKernelTests {
    @Test("take logarithms of quotients that are right to a few roundings, the same at every level")
    func logarithmsOfRatios() {
        var generator = SeededGenerator(seed: 3)
        var prices: [Double] = []
        var references: [Double] = []
        for exponent in stride(from: -50.0, through: 2, by: 0.25) {
            for _ in 0..<40 {
                let reference = Double.random(in: 1e-3...1e6, using: &generator)
                let change = exp2(exponent) * Double.random(in: -0.2...0.24, using: &generator)
                prices.append(reference * (1 + change))
                references.append(reference)
            }
        }
        for (price, reference) in zip(prices, references) {
            let value = tickgate_log_ratio(price, reference)
            // The difference is exact where they lie close together, so that the series of the logarithm is.
            let change = (price - reference) / reference
            let expected = change.magnitude < 0.5 ? log1p(change) : log(price / reference)
            #expect((value - expected).magnitude <= 4 * expected.ulp, "\(price) \(reference)")
        }
        for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
            var target = [Double](repeating: 0, count: prices.count)
            for start in stride(from: 0, to: prices.count, by: 37) {
                let count = min(37, prices.count - start)
                target.withUnsafeMutableBufferPointer { target in
                    prices.withUnsafeBufferPointer { prices in
                        references.withUnsafeBufferPointer { references in
                            guard let p = prices.baseAddress, let r = references.baseAddress, let t = target.baseAddress
                            else { return }
                            tickgate_log_ratios(p + start, r + start, count, level, t + start)
                        }
                    }
                }
            }
            for index in prices.indices {
                #expect(target[index] == tickgate_log_ratio(prices[index], references[index]), "\(index)")
            }
        }
    }

    @Test("have no logarithm of prices that are none, and one of those at the ends of the range")
    func logarithmsAtTheEnds() {
        for (price, reference) in [(0.0, 1.0), (1, 0), (-1, -1), (.nan, 1), (1, .infinity), (.infinity, .infinity)] {
            #expect(tickgate_log_ratio(price, reference).isNaN)
        }
        let most = Double.greatestFiniteMagnitude
        #expect(tickgate_log_ratio(most, most) == 0)
        #expect((tickgate_log_ratio(most, most / 2) - log(2)).magnitude < 1e-15)
        #expect((tickgate_log_ratio(most, 5e-324) - log(most) - 1074 * log(2)).magnitude < 1e-12)
        #expect((tickgate_log_ratio(5e-324, most) + log(most) + 1074 * log(2)).magnitude < 1e-12)
    }

    @Test("add powers and products of the same bits at every level")
    func levelsAgree() {
        var generator = SeededGenerator(seed: 5)
        let x = (0..<256).map { _ in Double.random(in: -1e3...1e5, using: &generator) }
        let y = (0..<256).map { _ in Double.random(in: -1...1, using: &generator) }
        func state(_ body: (UnsafeMutablePointer<Double>) -> Void) -> [UInt64] {
            var state = [Double](repeating: 0, count: 40)
            state.withUnsafeMutableBufferPointer { state in
                if let base = state.baseAddress { body(base) }
            }
            return state.map(\.bitPattern)
        }
        for powers: Int32 in 2...4 {
            let best = state { tickgate_add_powers(x, x.count, x[7], powers, TICKGATE_BEST, $0) }
            let baseline = state { tickgate_add_powers(x, x.count, x[7], powers, TICKGATE_BASELINE, $0) }
            #expect(best == baseline)
            #expect(best[(Int(powers) - 1) * 8] != 0)
        }
        let best = state { tickgate_add_products(x, y, x.count, x[1], y[2], TICKGATE_BEST, $0) }
        #expect(best == state { tickgate_add_products(x, y, x.count, x[1], y[2], TICKGATE_BASELINE, $0) })
        for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
            #expect(tickgate_all_below(x, x.count, 1e6, level) == 1)
            #expect(tickgate_all_below(x + [.nan], x.count + 1, 1e6, level) == 0)
            #expect(tickgate_all_below(y + [-1e6], y.count + 1, 1e6, level) == 0)
            #expect(tickgate_all_positive([1, 2, 5e-324], 3, level) == 1)
            #expect(tickgate_all_positive([1, 2, .infinity], 3, level) == 0)
            #expect(tickgate_all_positive([1, 0], 2, level) == 0)
        }
    }
}
