import CKernels
import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Runs of rows in one call")
struct FoldRunTests {
    private static let rowCount = 400
    private static let groupCount = 9

    /// Rows cut into runs of 1 to 120, some of them twice into the same group, with gaps between them.
    private func runs(seed: UInt64) -> [FoldRun] {
        var generator = SeededGenerator(seed: seed)
        var runs: [FoldRun] = []
        var start = generator.int(0...5)
        while start < Self.rowCount {
            let longest = generator.oneIn(2) ? 8 : 120
            let end = min(Self.rowCount, start + generator.int(1...longest))
            runs.append(FoldRun(group: generator.int(0...Self.groupCount - 1), rows: start..<end))
            start = end + (generator.oneIn(4) ? generator.int(0...9) : 0)
        }
        return runs
    }

    /// Both ways, twice, so that the second call finds states that are not new.
    private func check<F: Fold>(_ type: F.Type, _ batches: [FoldArguments], _ runs: [FoldRun]) {
        var rows = [F](repeating: F(), count: Self.groupCount)
        var groups = rows
        for arguments in batches {
            for run in runs {
                for row in run.rows { rows[run.group].update(arguments, rows: row..<row + 1) }
            }
            groups.withUnsafeMutableBufferPointer { F.update($0.baseAddress!, arguments, runs: runs) }
        }
        for group in 0..<Self.groupCount {
            #expect(groups[group].encodeState() == rows[group].encodeState(), "\(type), group \(group)")
        }
    }

    @Test("gives every state that its rows one by one give", arguments: [UInt64](1...8))
    func runsAreTheirRows(seed: UInt64) {
        let runs = runs(seed: seed)
        let range = 0..<Self.rowCount
        // Products in 64 bits; in 128; over the bound of both; sums over the bound of 64 bits.
        for magnitude in [90_000, 70_000_00000000, 1 << 58, .max / 2, .max] as [Int64] {
            let trades = FoldTrades(seed: seed, count: Self.rowCount, magnitude: magnitude)
            let batches = [
                trades.arguments(range), trades.arguments(range, priceScale: 2, sizeScale: 5),
                trades.arguments(range, priceScale: 10, sizeScale: 9), trades.arguments(range),
            ]
            for type in FoldList.numeric { check(type, batches, runs) }
            for type in FoldList.numeric { check(type, [trades.doubleArguments(range), batches[0]], runs) }
            let integers = FoldArguments([.int64(trades.prices)], rowCount: Self.rowCount)
            for type in FoldList.integer { check(type, [integers, integers], runs) }
        }
    }

    @Test("skips rows without a value, from any place of the bitmap", arguments: [UInt64](1...4))
    func runsWithNulls(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let trades = FoldTrades(seed: seed, count: Self.rowCount + 70, magnitude: 70_000)
        func column(_ values: [Int64]) -> Vector {
            let validity = Validity(values.map { _ in !generator.oneIn(4) })
            let vector = Vector(type: .float64, form: .scaledInteger(Buffer(values), scale: 3), validity: validity)
            return vector.slice(37..<37 + Self.rowCount)
        }
        let arguments = FoldArguments(
            [column(trades.prices), column(trades.sizes)],
            times: .timestamps(trades.times[37..<37 + Self.rowCount]),
            rowCount: Self.rowCount
        )
        for type in FoldList.numeric { check(type, [arguments], runs(seed: seed)) }
        let valid = ValidRows(column(trades.prices).validity!)
        for range in [0..<0, 0..<1, 3..<64, 27..<28, 26..<400, 0..<400] {
            #expect(valid.count(in: range) == range.count { valid[$0] })
        }
    }

    @Test("reduces by vectors as without", arguments: [UInt64](1...20))
    func vectorsAreTheBaseline(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let shift = generator.int(0...62)
        let left = (0..<Self.rowCount).map { _ in Int64(bitPattern: generator.next()) >> Int64(shift) }
        let right = (0..<Self.rowCount).map { _ in Int64(bitPattern: generator.next()) >> Int64(generator.int(1...63)) }
        let runs = runs(seed: seed)
        func reduced(_ level: Int32) -> [[Int128]] {
            let kernels = RunKernels(runs, level: level)
            var bounds: [Int128] = []
            var sums: [Int128] = []
            var products: [Int128] = []
            kernels.withBounds(left) { minima, maxima in
                bounds = runs.indices.flatMap { [Int128(minima[$0]), Int128(maxima[$0])] }
            }
            let hasSums = kernels.withSums(left, rowCount: left.count) { values, bits in
                sums = runs.indices.map { Int128(values[$0]) } + [Int128(bits)]
            }
            let hasProducts = kernels.withProducts(left, right, rowCount: left.count) { values, bits in
                products = runs.indices.map { values[$0] } + [Int128(bits)]
            }
            #expect(hasSums || shift < 11)
            #expect(hasProducts || shift < 11)
            return [bounds, sums, products]
        }
        let best = reduced(TICKGATE_BEST)
        #expect(best == reduced(TICKGATE_BASELINE))
        #expect(best[0] == runs.flatMap { [Int128(left[$0.rows].min()!), Int128(left[$0.rows].max()!)] })
        if !best[1].isEmpty {
            #expect(best[1].dropLast() == runs.map { $0.rows.reduce(0) { $0 + Int128(left[$1]) } }[...])
        }
        if !best[2].isEmpty {
            let products = runs.map { $0.rows.reduce(0) { $0 + Int128(left[$1]) * Int128(right[$1]) } }
            #expect(best[2].dropLast() == products[...])
        }
    }

    @Test("adds a sum only where its values one by one would not overflow", arguments: [UInt64](1...30))
    func sumsAtTheEdge(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var held = 0
        for _ in 0..<300 {
            var sum = DecimalSum()
            let start = Int128(truncatingIfNeeded: generator.next()) << Int128(generator.int(0...63))
            sum.add(generator.oneIn(3) ? .max - (start.magnitude > 9 ? 9 : 0) : start, scale: generator.int(0...22))
            let bits = generator.int(3...126)
            let scale = generator.int(0...44)
            let top = (Int128(1) << Int128(bits - 2)) - 1
            let values = [top, generator.oneIn(2) ? top : -top, 1]
            guard sum.holds(bits: bits, scale: scale) else { continue }
            held += 1
            var rows = sum
            for value in values { rows.add(value, scale: scale) }
            sum.add(sum: values.reduce(0, +), scale: scale)
            #expect(sum == rows)
            #expect(sum.isExact)
        }
        #expect(held > 20)
        var full = DecimalSum()
        full.add(Int128.max - 5, scale: 0)
        #expect(!full.holds(bits: 3, scale: 0))
        #expect(!DecimalSum().holds(bits: 127, scale: 0))
    }

    @Test("finds the largest and smallest integers")
    func extremeIntegers() {
        let values: [Int64] = [.min, .max, 0, -1, .max, .min, 1, .max, .max, .max, .max, .max]
        let runs = [FoldRun(group: 0, rows: 0..<5), FoldRun(group: 0, rows: 1..<4), FoldRun(group: 0, rows: 7..<12)]
        for level in [TICKGATE_BEST, TICKGATE_BASELINE] {
            RunKernels(runs, level: level).withBounds(values) { minima, maxima in
                #expect((0..<3).map { minima[$0] } == [.min, -1, .max])
                #expect((0..<3).map { maxima[$0] } == [.max, .max, .max])
            }
            #expect(tickgate_magnitude_bits(values, values.count, level) == UInt64(Int64.max))
            #expect(tickgate_magnitude_bits([-1, 0, -8], 3, level) == 7)
            #expect(tickgate_magnitude_bits([], 0, level) == 0)
        }
    }
}
