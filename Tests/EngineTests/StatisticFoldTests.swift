import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// Random bars of a price that walks: open, high, low, close, all positive.
private struct Bars {
    var columns: [[Double]] = [[], [], [], []]

    init(seed: UInt64, count: Int) {
        var generator = SeededGenerator(seed: seed)
        var price = 100.0
        for _ in 0..<count {
            let open = price * Double.random(in: 0.995...1.005, using: &generator)
            let close = open * Double.random(in: 0.98...1.02, using: &generator)
            let high = max(open, close) * Double.random(in: 1...1.01, using: &generator)
            let low = min(open, close) * Double.random(in: 0.99...1, using: &generator)
            for (index, value) in [open, high, low, close].enumerated() { columns[index].append(value) }
            price = close
        }
    }

    var count: Int { columns[0].count }

    /// The rows of a range; arguments that are constants take their places.
    func arguments(_ range: Range<Int>, _ constants: [Int: Scalar] = [:]) -> FoldArguments {
        var vectors = columns.map { Vector.float64(Array($0[range])) }
        for (index, constant) in constants {
            vectors[index] = Vector(type: .float64, form: .constant(constant, count: range.count))
        }
        return FoldArguments(vectors, times: .timestamps(range.map { Int64($0) }), rowCount: range.count)
    }
}

@Suite("Statistics and volatility")
struct StatisticFoldTests {
    private static let tolerance = 1e-11

    /// The arguments that a fold takes for constants, by their places.
    private static func constants(_ type: any MergeableFold.Type) -> [Int: Scalar] {
        switch type {
        case is AutocorrelationFold.Type, is VarianceRatioFold.Type: [1: .int64(5)]
        case is PermutationEntropyFold.Type: [1: .int64(4)]
        case is EWMAVolatilityFold.Type, is SeasonalScoreFold.Type: [1: .float64(0.94)]
        case is EWMAComovementFold<EWMACovariance>.Type, is EWMAComovementFold<EWMACorrelation>.Type:
            [2: .float64(0.94)]
        case is FractionFold<DiscreteQuantile>.Type, is FractionFold<QuantileSketch>.Type: [1: .float64(0.3)]
        default: [:]
        }
    }

    private func isNear(_ left: Scalar, _ right: Scalar) -> Bool {
        guard case .float64(let a) = left, case .float64(let b) = right else { return left == right }
        return a == b || (a - b).magnitude <= Self.tolerance * max(a.magnitude, b.magnitude) || (a.isNaN && b.isNaN)
    }

    @Test("of parts, joined, are those of all rows", arguments: [UInt64](1...2))
    func mergeIsSequential(seed: UInt64) throws {
        let bars = Bars(seed: seed, count: 160)
        func check<F: MergeableFold>(_ type: F.Type) throws {
            let arguments = bars.arguments(0..<bars.count, Self.constants(type))
            var whole = F()
            whole.update(arguments, rows: 0..<bars.count)
            let expected = try whole.finalize(output: 0)
            // No price is below 0, which is all that this one looks at.
            #expect(expected != .null || type is SortinoFold.Type, "\(type)")
            for cuts in [[0], [1], [2], [3], [30], [159], [160], [1, 2], [1, 2, 3, 4], [3, 4, 9], [20, 40, 120]] {
                var joined = F()
                for (start, end) in zip([0] + cuts, cuts + [bars.count]) {
                    var part = F()
                    part.update(arguments, rows: start..<end)
                    joined.merge(part)
                }
                let value = try joined.finalize(output: 0)
                #expect(isNear(value, expected), "\(type) cut at \(cuts): \(value), not \(expected)")
            }
        }
        for type in FoldList.statistics { try check(type) }
    }

    @Test("over windows are those of the rows inside", arguments: [UInt64](1...2))
    func evictionLeavesTheRest(seed: UInt64) throws {
        let bars = Bars(seed: seed, count: 150)
        func check<F: WindowFold>(_ type: F.Type) throws {
            let arguments = bars.arguments(0..<bars.count)
            var window = F()
            for row in 0..<bars.count {
                window.update(arguments, rows: row..<row + 1)
                if row >= 40 { window.evict(arguments, rows: row - 40..<row - 39) }
                guard row % 37 == 36 else { continue }
                var anew = F()
                anew.update(arguments, rows: max(0, row - 39)..<row + 1)
                let (value, expected) = (try window.finalize(output: 0), try anew.finalize(output: 0))
                #expect(isNear(value, expected), "\(type) at \(row): \(value), not \(expected)")
            }
        }
        for type in FoldList.windowedStatistics { try check(type) }
    }

    @Test("of bars have the same state however they are cut, also through bytes")
    func stateOfBars() throws {
        let bars = Bars(seed: 9, count: 100)
        func check<F: MergeableFold>(_ type: F.Type) throws {
            let constants = Self.constants(type)
            var whole = F()
            whole.update(bars.arguments(0..<bars.count, constants), rows: 0..<bars.count)
            var stored = F()
            for row in 0..<bars.count {
                try stored.decodeState(stored.encodeState())
                stored.update(bars.arguments(row..<row + 1, constants), rows: 0..<1)
            }
            #expect(stored.encodeState() == whole.encodeState(), "\(type)")
            #expect(throws: FoldStateError.unknownVersion(0xFE)) {
                try stored.decodeState([0xFE] + whole.encodeState().dropFirst())
            }
        }
        for type in FoldList.statistics { try check(type) }
    }

    @Test("do not care how far from zero, or from the first value, the others lie")
    func higherMomentsAreSound() throws {
        var generator = SeededGenerator(seed: 4)
        let values = (0..<2000).map { _ in Double(generator.int(-1000...1000)) / 1024 }
        func moments(_ values: [Double]) -> (Double, Double) {
            var skewness = HigherMomentFold<PopulationSkewness>()
            var kurtosis = HigherMomentFold<PopulationKurtosis>()
            for value in values {
                skewness.update(value)
                kurtosis.update(value)
            }
            return (skewness.value ?? .nan, kurtosis.value ?? .nan)
        }
        let near = moments(values)
        let far = moments(values.map { $0 + 1e9 })
        #expect((near.0 - far.0).magnitude < 1e-12 * max(near.0.magnitude, 1))
        #expect((near.1 - far.1).magnitude < 1e-12)
        // The outlier comes first, or last: the state is another, the value is not.
        let first = moments([1e6] + values)
        let last = moments(values + [1e6])
        #expect((first.0 - last.0).magnitude < 1e-11 * last.0.magnitude)
        #expect((first.1 - last.1).magnitude < 1e-11 * last.1.magnitude)
    }

    @Test("of higher moments forget an outlier that left the window")
    func outliersLeaveNothing() throws {
        var generator = SeededGenerator(seed: 8)
        let values = [1e9, 1e7] + (0..<200).map { _ in Double(generator.int(-1000...1000)) / 1024 }
        let arguments = FoldArguments([.float64(values)], rowCount: values.count)
        func check<F: WindowFold>(_ type: F.Type) throws {
            var window = F()
            for row in values.indices {
                window.update(arguments, rows: row..<row + 1)
                guard row >= 30 else { continue }
                window.evict(arguments, rows: row - 30..<row - 29)
                let inside = row - 29..<row + 1
                if window.isResummationDue {
                    window.initialize()
                    window.update(arguments, rows: inside)
                }
                var anew = F()
                anew.update(arguments, rows: inside)
                let (value, expected) = (try window.finalize(output: 0), try anew.finalize(output: 0))
                #expect(isNear(value, expected), "\(type) at \(row): \(value), not \(expected)")
            }
        }
        try check(HigherMomentFold<SampleSkewness>.self)
        try check(HigherMomentFold<SampleKurtosis>.self)
    }

    @Test("approximate: a quantile's rank is as near as it is said to be", arguments: [0, 1, 2])
    func sketchKeepsItsBound(order: Int) {
        let count = 50_000
        var generator = SeededGenerator(seed: 12)
        var values = (0..<count).map(Double.init)
        if order == 1 { values.reverse() }
        if order == 2 { values.shuffle(using: &generator) }
        var parts = [QuantileSketch](repeating: QuantileSketch(), count: 5)
        for (index, value) in values.enumerated() { parts[index * 5 / count].append(value) }
        var sketch = QuantileSketch()
        for part in parts { sketch.merge(part) }
        // ⌈log₂(n / k)⌉ levels, each 1/k, and the seven of a merge of parts beside them.
        let bound = Double(count) * 8 / Double(QuantileSketch.levelMax)
        for fraction in [0, 0.01, 0.1, 0.5, 0.77, 0.999, 1] {
            let value = sketch.value(fraction) ?? .nan
            #expect((value - fraction * Double(count - 1)).magnitude <= bound, "\(fraction): \(value)")
        }
        #expect(sketch.byteCount < 1 << 20)
    }

    @Test("approximate: a count of different values is near, and depends on the set alone")
    func distinctSketch() throws {
        for count in [0, 1, 2048, 2049, 50_000] {
            func sketch(_ range: Range<Int>) -> ApproximateCountDistinctFold {
                var fold = ApproximateCountDistinctFold()
                let values = Vector.int64(range.map { Int64($0) &* 7919 })
                fold.update(FoldArguments([values], rowCount: range.count), rows: 0..<range.count)
                return fold
            }
            let whole = sketch(0..<count)
            var joined = sketch(count / 3..<count)
            joined.merge(sketch(0..<count / 2))
            #expect(joined == whole)
            let error = (Double(whole.count) - Double(count)).magnitude
            #expect(count <= 2048 ? error == 0 : error < 0.04 * Double(count), "\(whole.count) of \(count)")
        }
    }

    @Test("take texts for different if their bytes are")
    func textsByBytes() throws {
        let texts = ["e\u{301}", "\u{e9}", "e\u{301}"]
        for vector in [Vector.symbols(texts), Vector.strings(texts)] {
            let arguments = FoldArguments([vector], rowCount: 3)
            var mode = FrequencyFold<Mode>()
            mode.update(arguments, rows: 0..<3)
            guard case .text(let text) = try mode.finalize(output: 0) else {
                Issue.record("no text")
                return
            }
            #expect(text.utf8.elementsEqual("e\u{301}".utf8))
            var count = TextCountDistinctFold()
            count.update(arguments, rows: 0..<3)
            #expect(count.count == 2)
            var approximate = ApproximateCountDistinctFold()
            approximate.update(arguments, rows: 0..<3)
            #expect(approximate.count == 2)
        }
    }

    @Test("join truth values and texts from parts")
    func logic() throws {
        let truths = Vector(type: .boolean, form: .boolean(Buffer<UInt8>([1, 0, 1])))
        let arguments = FoldArguments([truths], rowCount: 3)
        func value<F: MergeableFold>(_ type: F.Type, _ arguments: FoldArguments) throws -> Scalar {
            var left = F()
            left.update(arguments, rows: 0..<1)
            var right = F()
            right.update(arguments, rows: 1..<3)
            left.merge(right)
            var stored = F()
            try stored.decodeState(left.encodeState())
            return try stored.finalize(output: 0)
        }
        #expect(try value(TruthFold<EveryTruth>.self, arguments) == .boolean(false))
        #expect(try value(TruthFold<AnyTruth>.self, arguments) == .boolean(true))
        #expect(try value(TruthFold<CountIf>.self, arguments) == .int64(2))
        let separator = Vector(type: .string, form: .constant(.text(", "), count: 3))
        let texts = FoldArguments([.strings(["b", "a", "c"]), separator], rowCount: 3)
        #expect(try value(StringAggregateFold.self, texts) == .text("b, a, c"))
        #expect(try TruthFold<EveryTruth>().finalize(output: 0) == .null)
        #expect(try StringAggregateFold().finalize(output: 0) == .null)
    }
}
