import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Folds over time")
struct FoldTimeTests {
    /// What `twap` means, word by word, in exact arithmetic: times are small, prices are quarters.
    private func twap(_ rows: [(time: Int64, price: Int64)]) -> Double? {
        let sorted = rows.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
            .map(\.element)
        guard let first = sorted.first, let last = sorted.last else { return nil }
        if first.time == last.time {
            return BigInteger(sorted.reduce(0) { $0 + $1.price }) / BigInteger(Int64(4 * rows.count))
        }
        let area = zip(sorted, sorted.dropFirst()).reduce(Int128(0)) {
            $0 + Int128($1.0.price) * Int128($1.1.time - $1.0.time)
        }
        return BigInteger(area) / BigInteger(4 * Int128(last.time - first.time))
    }

    private func near(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return left == right }
        return (left - right).magnitude <= 2 * right.ulp
    }

    @Test("weigh prices by the time until the next, in whatever order rows come", arguments: [UInt64](1...12))
    func timeWeighted(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for count in [1, 2, 3, 200] {
            let latest = generator.pick([0, 5, 1_000_000])
            let rows = (0..<count).map { _ in
                (time: Int64(generator.int(0...latest)), price: Int64(generator.int(-1000...1000)))
            }
            let ordered = rows.sorted { $0.time < $1.time }
            var scattered = TWAPFold()
            var ascending = TWAPFold()
            var advanced = TWAPFold()
            for (row, other) in zip(rows, ordered) {
                scattered.update(time: row.time, price: Double(row.price) / 4)
                ascending.update(time: other.time, price: Double(other.price) / 4)
                advanced.update(time: other.time, price: Double(other.price) / 4)
                if generator.oneIn(4) { advanced.advance(watermark: other.time) }
            }
            #expect(near(scattered.value, twap(rows)))
            #expect(near(ascending.value, twap(ordered)))
            #expect(advanced.value == ascending.value)
            for cut in [0, count / 3, count] {
                var left = TWAPFold()
                var right = TWAPFold()
                for row in ordered[..<cut] { left.update(time: row.time, price: Double(row.price) / 4) }
                for row in ordered[cut...] { right.update(time: row.time, price: Double(row.price) / 4) }
                if let last = ordered[cut...].last { right.advance(watermark: last.time) }
                left.merge(right)
                #expect(near(left.value, ascending.value))
            }
        }
    }

    @Test("keep a price that stands still to the last digit")
    func standingPrice() {
        var fold = TWAPFold()
        for time in [0, 3, 1_723_161_300_000_000_007, 1_723_161_300_000_000_008] as [Int64] {
            fold.update(time: time, price: 61000.01)
        }
        #expect(fold.value == 61000.01)
        var moment = TWAPFold()
        for _ in 0..<3 { moment.update(time: 5, price: 0.1) }
        #expect(moment.value == 0.1)
        var whole = TWAPFold()
        whole.update(time: .min, price: 3)
        whole.update(time: .max, price: 5)
        #expect(whole.value == 3)
    }

    @Test("hold no more rows than may still move")
    func advanceFreesRows() {
        var fold = TWAPFold()
        for time in 0..<1000 {
            fold.update(time: Int64(time), price: 1)
            fold.advance(watermark: Int64(time))
        }
        #expect(fold.heldBytes <= 64 * 16)
        fold.update(time: 10, price: 1e6)  // too late
        #expect(fold.value == 1)
    }

    @Test("take NaN and infinities as IEEE 754 does")
    func nonFinite() {
        func value(_ prices: [Double]) -> Double? {
            var fold = TWAPFold()
            for (time, price) in prices.enumerated() { fold.update(time: Int64(time), price: price) }
            return fold.value
        }
        #expect(value([1, .nan, 2])?.isNaN == true)
        #expect(value([1, 2, .nan]) == 1.5)
        #expect(value([1, .infinity, 2]) == .infinity)
        #expect(value([-.infinity, .infinity, 2])?.isNaN == true)
        #expect(value([.greatestFiniteMagnitude, 1]) == .greatestFiniteMagnitude)
        #expect(value([.nan])?.isNaN == true)
        #expect(value([]) == nil)
    }

    @Test("find the value beside the smallest and the largest key", arguments: [UInt64](1...12))
    func argExtremes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = 300
        let times = (0..<count).map { Int64($0 / 4) }
        let values = Vector.symbols((0..<count).map { "v\($0)" })
        let doubles = (0..<count).map { _ in generator.oneIn(9) ? Double.nan : Double(generator.int(-5...5)) }
        let numbers = (0..<count).map { _ in Int64(generator.int(-5...5)) }
        let isThere = (0..<count).map { _ in !generator.oneIn(5) }
        let keys: [Vector] = [
            .float64(doubles), .decimals(numbers, scale: 1), .int64(numbers), .strings(numbers.map { "k\($0)" }),
            Vector(type: .boolean, form: .boolean(Buffer(numbers.map { $0 > 3 ? 1 : 0 }))),
            Vector(type: .int64, form: .sequence(start: 5, step: -1, count: count)),
        ]
        for key in keys {
            let key = Vector(type: key.type, form: key.form, validity: Validity(isThere))
            let arguments = FoldArguments([values, key], times: .timestamps(times), rowCount: count)
            func expected(_ isBetter: (Scalar, Scalar) -> Bool) -> Scalar {
                var best: Int?
                for row in 0..<count where !key.scalar(at: row).isNull && !key.scalar(at: row).isNaN {
                    if best.map({ isBetter(key.scalar(at: row), key.scalar(at: $0)) }) ?? true { best = row }
                }
                return best.map { values.scalar(at: $0) } ?? .null
            }
            let smallest = expected(ScalarOrder.isLess)
            let largest = expected { ScalarOrder.isLess($1, $0) }
            // Backwards in time too: the row decides, not the call.
            for ranges in [[0..<300], [0..<7, 7..<130, 130..<300], [200..<300, 100..<200, 0..<100]] {
                var least = ArgMinFold()
                var greatest = ArgMaxFold()
                for range in ranges {
                    least.update(arguments, rows: range)
                    greatest.update(arguments, rows: range)
                }
                #expect(try least.finalize(output: 0) == smallest)
                #expect(try greatest.finalize(output: 0) == largest)
            }
        }
    }

    @Test("pass over rows without a value beside the key")
    func argExtremeOfNull() throws {
        let values = Vector(type: .int64, form: .int64(Buffer([1, 2, 3])), validity: Validity([false, true, true]))
        let arguments = FoldArguments([values, .float64([0, 5, 7])], times: .timestamps([1, 2, 3]), rowCount: 3)
        var fold = ArgMinFold()
        fold.update(arguments, rows: 0..<3)
        #expect(try fold.finalize(output: 0) == .int64(2))
        var nothing = ArgMaxFold()
        nothing.update(FoldArguments([values, .float64([.nan, .nan, .nan])], rowCount: 3), rows: 0..<3)
        #expect(try nothing.finalize(output: 0) == .null)
    }

    @Test("make bars of prices alone")
    func bars() throws {
        var fold = OHLCFold()
        for (time, price) in [(5, 1.0), (3, 2.0), (9, .nan), (4, 6.0), (9, 5.0)] {
            fold.update(time: Int64(time), price: price)
        }
        #expect(try (0..<4).map { try fold.finalize(output: $0) } == [2, 6, 1, 5].map { .float64($0) })
        var nans = OHLCFold()
        nans.update(time: 1, price: .nan)
        #expect(try nans.finalize(output: 1) == .null)
        #expect(try nans.finalize(output: 0).double?.isNaN == true)
    }
}
