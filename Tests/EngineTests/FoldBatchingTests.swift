import Columnar
import Market
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Every fold")
struct FoldBatchingTests {
    private static let count = 400

    /// The state after rows in slices of a size.
    private func folded<F: Fold>(
        _ type: F.Type,
        sliceRows: Int,
        _ slice: (Range<Int>) -> FoldArguments
    ) -> F {
        var fold = F()
        for start in stride(from: 0, to: Self.count, by: sliceRows) {
            let range = start..<min(start + sliceRows, Self.count)
            fold.update(slice(range), rows: 0..<range.count)
        }
        return fold
    }

    private func check<F: Fold>(_ type: F.Type, _ slice: (Range<Int>) -> FoldArguments) throws {
        let whole = folded(type, sliceRows: Self.count, slice)
        for sliceRows in [1, 3, 7, 64, 399] {
            let parts = folded(type, sliceRows: sliceRows, slice)
            #expect(parts.encodeState() == whole.encodeState(), "\(type) in slices of \(sliceRows)")
        }
        var decoded = F()
        try decoded.decodeState(whole.encodeState())
        #expect(decoded.encodeState() == whole.encodeState())
        for output in 0..<F.outputCount {
            #expect(outcome(decoded, output) == outcome(whole, output))
        }
        #expect(throws: FoldStateError.self) { try decoded.decodeState(Array(whole.encodeState().dropLast())) }
        #expect(throws: FoldStateError.self) { try decoded.decodeState(whole.encodeState() + [0]) }
        #expect(throws: FoldStateError.self) { try decoded.decodeState([0xFE] + whole.encodeState().dropFirst()) }
        #expect(throws: FoldStateError.self) { try decoded.decodeState([]) }
        decoded.initialize()
        #expect(decoded.encodeState() == F().encodeState())
    }

    /// The value, or the error, as text: so NaN is NaN.
    private func outcome<F: Fold>(_ fold: F, _ output: Int) -> String {
        do throws(QueryError) {
            return "\(try fold.finalize(output: output))"
        } catch {
            return error.message
        }
    }

    /// The state after rows of which each has a form of its own, one by one and by way of bytes between them.
    private func checkRows<F: Fold>(_ type: F.Type, _ row: (Int) -> FoldArguments) throws {
        var whole = F()
        var stored = F()
        for index in 0..<60 {
            whole.update(row(index), rows: 0..<1)
            let bytes = stored.encodeState()
            stored = F()
            try stored.decodeState(bytes)
            stored.update(row(index), rows: 0..<1)
        }
        #expect(stored.encodeState() == whole.encodeState(), "\(type)")
    }

    private func checkAll(_ slice: (Range<Int>) -> FoldArguments) throws {
        for type in FoldList.numeric { try check(type, slice) }
    }

    @Test("has the same state however rows are cut, and keeps it through bytes", arguments: [UInt64](1...6))
    func batchingDoesNotMatter(seed: UInt64) throws {
        let trades = FoldTrades(seed: seed, count: Self.count, magnitude: 70_000_00000000)
        try checkAll { trades.arguments($0) }
        try checkAll { trades.arguments($0, priceScale: 2, sizeScale: 0) }
        try checkAll { trades.doubleArguments($0) }
        let huge = FoldTrades(seed: seed, count: Self.count, magnitude: .max / 2)
        try checkAll { huge.arguments($0) }
        try checkAll { huge.arguments($0, priceScale: 0, sizeScale: 22) }
        for case let type in FoldList.numeric {
            // Scales that rise and fall, integers and doubles between them, and rows without a value.
            try checkRows(type) { trades.mixedArguments($0) }
            try checkRows(type) { huge.mixedArguments($0) }
        }
    }

    @Test("over integers and text too")
    func batchingOfOtherTypes() throws {
        let trades = FoldTrades(seed: 3, count: Self.count, magnitude: 50)
        let integers: (Range<Int>) -> FoldArguments = { range in
            FoldArguments([.int64(Array(trades.prices[range]))], rowCount: range.count)
        }
        for type in FoldList.integer + FoldList.bits { try check(type, integers) }
        let texts: (Range<Int>) -> FoldArguments = { range in
            FoldArguments([.symbols(trades.prices[range].map { "s\($0)" })], rowCount: range.count)
        }
        try check(ScalarExtremeFold<Smallest>.self, texts)
        try check(ScalarExtremeFold<Largest>.self, texts)
        try check(FirstFold.self, texts)
        try check(TextCountDistinctFold.self, texts)
    }

    @Test("takes one row at a time by its typed step to the same state")
    func liveStepsAreTheSliceLoop() {
        let trades = FoldTrades(seed: 11, count: Self.count, magnitude: 70_000_00000000)
        var vwap = VWAPFold()
        var bar = OHLCVFold()
        var sum = SumFold()
        for index in 0..<Self.count {
            let price = Decimal(mantissa: trades.prices[index], scale: 8)
            let size = Decimal(mantissa: trades.sizes[index], scale: 8)
            vwap.update(price: price, size: size)
            bar.update(time: trades.times[index], price: price, size: size)
            sum.update(price)
        }
        #expect(vwap == folded(VWAPFold.self, sliceRows: 64) { trades.arguments($0) })
        #expect(bar == folded(OHLCVFold.self, sliceRows: 64) { trades.arguments($0) })
        #expect(sum == folded(SumFold.self, sliceRows: 64) { trades.arguments($0) })
        #expect(bar.bar?.close == ScaledInteger.double(trades.prices[Self.count - 1], scale: 8))
    }

    @Test("of decimals merges to the state over all rows", arguments: [UInt64](1...6))
    func mergeIsSequential(seed: UInt64) {
        let trades = FoldTrades(seed: seed, count: Self.count, magnitude: 70_000_00000000)
        func check<F: MergeableFold & Hashable>(_ type: F.Type) {
            for cut in [0, 1, 200, Self.count] {
                var left = F()
                left.update(trades.arguments(0..<Self.count), rows: 0..<cut)
                var right = F()
                right.update(trades.arguments(0..<Self.count), rows: cut..<Self.count)
                left.merge(right)
                #expect(left == folded(type, sliceRows: Self.count) { trades.arguments($0) }, "\(type) cut at \(cut)")
            }
        }
        for type in FoldList.hashable { check(type) }
    }

    @Test("of sequences and constants is that of the values", arguments: [(5, 3), (0, 0), (-7, 2), (9, -1)])
    func sequences(start: Int, step: Int) throws {
        let vector = Vector(type: .int64, form: .sequence(start: Int64(start), step: Int64(step), count: 40))
        let plain = Vector.int64((0..<40).map { Int64(start + $0 * step) })
        func check<F: Fold>(_ type: F.Type) {
            var left = F()
            left.update(FoldArguments([vector], rowCount: 40), rows: 3..<40)
            var right = F()
            right.update(FoldArguments([plain], rowCount: 40), rows: 3..<40)
            #expect(left.encodeState() == right.encodeState())
        }
        for type in FoldList.integer + FoldList.numeric { check(type) }
    }

    @Test("for first and last goes by time, then by arrival")
    func lateRows() throws {
        var first = FirstFold()
        var last = LastFold()
        var bar = OHLCVFold()
        for (time, value) in [(5, 1.0), (3, 2.0), (9, 3.0), (3, 4.0), (9, 5.0), (4, 6.0)] {
            first.update(time: Int64(time), value: .float64(value))
            last.update(time: Int64(time), value: .float64(value))
            bar.update(time: Int64(time), price: value, size: 1)
        }
        #expect(first.value == .float64(2))
        #expect(last.value == .float64(5))
        #expect(bar.bar == Bar(open: 2, high: 6, low: 1, close: 5, volume: 6))
    }
}
