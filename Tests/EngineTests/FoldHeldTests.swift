import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Folds that hold values")
struct FoldHeldTests {
    /// What `quantile` means, word by word.
    private func quantile(_ values: [Double], _ fraction: Double) -> Double? {
        if values.contains(where: \.isNaN) { return .nan }
        let sorted = values.sorted()
        guard let last = sorted.last else { return nil }
        let place = Double(sorted.count - 1) * fraction
        let low = sorted[Int(place)]
        let high = Int(place) + 1 < sorted.count ? sorted[Int(place) + 1] : last
        let weight = place - place.rounded(.down)
        return weight == 0 || low == high ? low : low * (1 - weight) + high * weight
    }

    @Test("find quantiles of values in any order", arguments: [UInt64](1...12))
    func quantiles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for count in [1, 2, 3, 16, 17, 40, 1000] {
            let distinct = generator.pick([2, 10, 100_000])
            var values = (0..<count).map { _ in Double(generator.int(-distinct...distinct)) / 7 }
            if generator.oneIn(3) { values.sort() }
            if generator.oneIn(4) { values.sort(by: >) }
            if generator.oneIn(5) { values[generator.int(0...count - 1)] = .infinity }
            var median = MedianFold()
            for value in values { median.update(value) }
            #expect(median.value == quantile(values, 0.5))
            let random = Double.random(in: 0...1, using: &generator)
            for fraction in [0, 0.01, 0.25, 0.5, 1 / 3, 0.999, 1, random] as [Double] {
                var fold = QuantileFold()
                let constant = Vector(type: .float64, form: .constant(.float64(fraction), count: count))
                fold.update(FoldArguments([.float64(values), constant], rowCount: count), rows: 0..<count)
                #expect(
                    try fold.finalize(output: 0).double == quantile(values, fraction),
                    "\(count) values, \(fraction)"
                )
            }
        }
    }

    @Test("know hostile orders, NaN, infinities and fractions that are none")
    func quantileEdges() throws {
        var organ = MedianFold()
        for index in 0..<20_001 { organ.update(Double(min(index, 20_000 - index))) }
        #expect(organ.value == 5000)
        var median = MedianFold()
        for value in [-Double.infinity, 1, .infinity] { median.update(value) }
        #expect(median.value == 1)
        median.update(.infinity)
        #expect(median.value == .infinity)
        median.update(.nan)
        #expect(median.value?.isNaN == true)
        var zeros = MedianFold()
        for value in [-0.0, 0.0, -0.0] { zeros.update(value) }
        #expect(zeros.value?.sign == .plus)
        for fraction in [-0.1, 1.1, .nan, .infinity] {
            var fold = QuantileFold()
            fold.update(FoldArguments([.float64([1]), .float64([fraction])], rowCount: 1), rows: 0..<1)
            #expect(throws: QueryError.self) { try fold.finalize(output: 0) }
        }
        #expect(try QuantileFold().finalize(output: 0) == .null)
        let nulls = FoldArguments([.float64([1, 2]), .nulls(.float64, count: 2)], rowCount: 2)
        var fold = QuantileFold()
        fold.update(nulls, rows: 0..<2)
        #expect(try fold.finalize(output: 0) == .null)
        #expect(fold.heldBytes == 0)
    }

    @Test("count different values", arguments: [UInt64](1...8))
    func distinct(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let distinct = generator.pick([1, 3, 100, 10_000])
        let integers = (0..<2000).map { _ in Int64(generator.int(-distinct...distinct)) &* generator.pick([1, 1 << 40])
        }
        func check(_ vector: Vector, _ expected: Int) throws {
            var fold = CountDistinctFold()
            fold.update(FoldArguments([vector], rowCount: vector.count), rows: 0..<vector.count)
            #expect(fold.count == Int64(expected))
            var left = CountDistinctFold()
            var right = CountDistinctFold()
            left.update(FoldArguments([vector], rowCount: vector.count), rows: 1000..<2000)
            right.update(FoldArguments([vector], rowCount: vector.count), rows: 0..<1001)
            left.merge(right)
            #expect(left == fold)
            #expect(left.encodeState() == fold.encodeState())
        }
        try check(.int64(integers), Set(integers).count)
        try check(.timestamps(integers), Set(integers).count)
        try check(.decimals(integers, scale: 4), Set(integers.map { ScaledInteger.double($0, scale: 4) }).count)
        let doubles = integers.map { $0 % 7 == 0 ? .nan : $0 % 7 == 1 ? -0.0 : Double($0 / 2) }
        let keys = doubles.map { $0.isNaN ? "nan" : "\($0 + 0)" }
        try check(.float64(doubles), Set(keys).count)
        try check(Vector(type: .int64, form: .constant(.int64(5), count: 2000)), 1)
        try check(Vector(type: .int64, form: .sequence(start: -4, step: 3, count: 2000)), 2000)
        try check(Vector(type: .boolean, form: .constant(.boolean(true), count: 2000)), 1)
        try check(.nulls(.float64, count: 2000), 0)
    }

    @Test("count different texts by their bytes")
    func distinctTexts() throws {
        let texts = ["a", "b", "é", "e\u{301}", "", "b", "a"]
        let codes: [UInt32] = [0, 1, 2, 3, 4, 1, 0]
        let symbols = Vector(type: .symbol, form: .dictionary(Buffer(codes), StringDictionary(Array(texts[..<5]))))
        for vector in [symbols, .strings(texts)] {
            var fold = TextCountDistinctFold()
            fold.update(FoldArguments([vector], rowCount: 7), rows: 0..<7)
            #expect(fold.count == 5)
            var parts = TextCountDistinctFold()
            for row in [3, 3, 6, 0] { parts.update(FoldArguments([vector], rowCount: 7), rows: row..<row + 1) }
            #expect(parts.count == 2)
            parts.merge(fold)
            #expect(parts == fold)
            #expect(fold.heldBytes >= 7)
            var decoded = TextCountDistinctFold()
            try decoded.decodeState(fold.encodeState())
            #expect(decoded.encodeState() == fold.encodeState())
        }
        let validity = Validity(texts.map { $0 != "b" })
        let hostile = Vector(
            type: .symbol,
            form: .dictionary(Buffer([0, .max, 1, 2, 3, .max, 0]), StringDictionary(["a", "é", "e\u{301}", ""])),
            validity: validity
        )
        var fold = TextCountDistinctFold()
        fold.update(FoldArguments([hostile], rowCount: 7), rows: 0..<7)
        #expect(fold.count == 4)
    }

    @Test("tell how many bytes they hold")
    func heldBytes() {
        let arguments = FoldArguments(
            [.int64(0..<1000), .float64([Double](repeating: 0.5, count: 1000))],
            times: .timestamps(0..<1000),
            rowCount: 1000
        )
        func bytes<F: Fold>(_ type: F.Type) -> Int {
            var fold = F()
            #expect(fold.heldBytes == 0)
            fold.update(arguments, rows: 0..<1000)
            return fold.heldBytes
        }
        for type in [MedianFold.self, QuantileFold.self, CountDistinctFold.self] as [any Fold.Type] {
            #expect(bytes(type) >= 8000)
        }
        #expect(bytes(TWAPFold.self) >= 16_000)
        #expect(bytes(OHLCVFold.self) == 0)
    }
}
