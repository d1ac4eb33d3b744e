import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("A slice that is known without being read")
struct FoldStatisticsTests {
    private static let rowCount = 60

    /// Exact facts about a column, as a segment has them.
    private func statistics(_ vector: Vector) -> ColumnStatistics {
        let values = (0..<vector.count).map { vector.scalar(at: $0) }
        let present = values.filter { !$0.isNull && !$0.isNaN }
        var known = ColumnStatistics(
            nullCount: values.count { $0.isNull },
            min: present.min(by: ScalarOrder.isLess),
            max: present.max(by: ScalarOrder.isLess),
            first: values.first,
            last: values.last
        )
        let doubles = values.compactMap(\.double)
        switch vector.form {
        case .scaledInteger(let mantissas, let scale):
            let valid = (0..<vector.count).filter { !values[$0].isNull }
            known.sum = .decimal(mantissa: valid.reduce(0) { $0 + Int128(mantissas[$1]) }, scale: scale)
        case .int64: known.sum = .integer(values.compactMap(\.int64).reduce(0) { $0 + Int128($1) })
        case .float64 where doubles.allSatisfy(\.isFinite):
            var sum = PreciseSum()
            for double in doubles { sum.add(double) }
            known.sum = .double(high: sum.value.high, low: sum.value.low)
        default: break
        }
        return known
    }

    private func slice(_ vectors: [Vector], known: [ColumnStatistics?]? = nil) -> (FoldArguments, SliceStatistics) {
        let times = (0..<Self.rowCount).map { Int64($0 / 2) + 100 }
        let arguments = FoldArguments(vectors, times: .timestamps(times), rowCount: Self.rowCount)
        let known = SliceStatistics(
            arguments: known ?? vectors.map(statistics),
            rowCount: Self.rowCount,
            firstTime: times[0],
            lastTime: times[Self.rowCount - 1]
        )
        return (arguments, known)
    }

    /// Rows before, the slice by rows or by what is known of it, rows after: the same value. Whether it sufficed.
    @discardableResult
    private func check<F: Fold>(
        _ type: F.Type,
        _ vectors: [Vector],
        known: [ColumnStatistics?]? = nil
    ) throws -> Bool {
        let (arguments, known) = slice(vectors, known: known)
        var expected = F()
        var actual = F()
        expected.update(arguments, rows: 7..<20)
        actual.update(arguments, rows: 7..<20)
        let before = actual.encodeState()
        let isAnswered = actual.update(statistics: known)
        if !isAnswered { #expect(actual.encodeState() == before, "\(type) changed") }
        expected.update(arguments, rows: 0..<Self.rowCount)
        if !isAnswered { actual.update(arguments, rows: 0..<Self.rowCount) }
        expected.update(arguments, rows: 3..<9)
        actual.update(arguments, rows: 3..<9)
        for output in 0..<F.outputCount {
            let (left, right) = (try actual.finalize(output: output), try expected.finalize(output: output))
            let isNear = left.double.flatMap { left in
                right.double.map { (left - $0).magnitude <= 1e-15 * left.magnitude }
            }
            #expect("\(left)" == "\(right)" || isNear == true, "\(type): \(left), by rows \(right)")
        }
        return isAnswered
    }

    private let answered: [any Fold.Type] = [
        CountFold.self, SumFold.self, AverageFold.self, MinFold.self, MaxFold.self, FirstFold.self, LastFold.self,
        RowEndFold<FirstRow>.self, RowEndFold<LastRow>.self,
        OHLCFold.self, OHLCVFold.self,
    ]

    @Test("answers sums, extremes, ends and bars", arguments: [UInt64](1...6))
    func answers(seed: UInt64) throws {
        let trades = FoldTrades(seed: seed, count: Self.rowCount, magnitude: 70_000_00)
        let decimals = [Vector.decimals(trades.prices, scale: 2), .decimals(trades.sizes, scale: 5)]
        let doubles = [
            Vector.float64(trades.prices.map { Double($0) / 7 }), .float64(trades.sizes.map { Double($0) / 3 }),
        ]
        let integers = [Vector.int64(trades.prices), .int64(trades.sizes)]
        for vectors in [decimals, doubles, integers] {
            for type in answered {
                #expect(try check(type, vectors), "\(type)")
                #expect(try !check(type, vectors, known: [nil, nil]), "\(type)")
            }
        }
        for type in FoldList.integer { #expect(try check(type, [integers[0]]), "\(type)") }
        // Without an argument the number of rows is enough.
        #expect(try check(CountFold.self, []))
    }

    @Test("is not enough where a value is missing that decides", arguments: [UInt64](1...6))
    func nulls(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let trades = FoldTrades(seed: seed, count: Self.rowCount, magnitude: 70_000_00)
        let validity = Validity((0..<Self.rowCount).map { _ in generator.oneIn(2) })
        let some = Vector(type: .float64, form: .scaledInteger(Buffer(trades.prices), scale: 2), validity: validity)
        let all = Vector.decimals(trades.sizes, scale: 5)
        for type in [CountFold.self, SumFold.self, AverageFold.self, MinFold.self, MaxFold.self] as [any Fold.Type] {
            #expect(try check(type, [some]), "\(type)")
        }
        #expect(try check(FirstFold.self, [some]) == validity[0])
        #expect(try check(LastFold.self, [some]) == validity[Self.rowCount - 1])
        #expect(try !check(OHLCFold.self, [some]))
        #expect(try !check(OHLCVFold.self, [some, all]))
        #expect(try !check(OHLCVFold.self, [all, some]))
        // Rows without any value change nothing but a count of rows.
        let none = Vector.nulls(.float64, count: Self.rowCount)
        for type in answered { #expect(try check(type, [none, all]), "\(type)") }
        #expect(try check(OHLCVFold.self, [all, none]))
    }

    @Test("knows of no sum where there is NaN, and extremes pass over it")
    func notANumber() throws {
        let doubles = (0..<Self.rowCount).map { $0 % 7 == 3 ? Double.nan : Double($0) }
        let numbers = Vector.float64(doubles)
        let sizes = Vector.float64((0..<Self.rowCount).map { Double($0) })
        for type in [MinFold.self, MaxFold.self, FirstFold.self, LastFold.self, OHLCFold.self] as [any Fold.Type] {
            #expect(try check(type, [numbers]), "\(type)")
        }
        #expect(try check(OHLCVFold.self, [numbers, sizes]))
        #expect(try !check(OHLCVFold.self, [sizes, numbers]))
        #expect(try !check(SumFold.self, [numbers]))
        #expect(try !check(AverageFold.self, [numbers]))
        let nans = Vector.float64([Double](repeating: .nan, count: Self.rowCount))
        #expect(try check(OHLCFold.self, [nans]))
        #expect(try !check(MinFold.self, [nans]))
        #expect(try !check(CountDistinctFold.self, [nans]))
    }

    @Test("answers text, truth values and the number of different values where there is one")
    func others() throws {
        let count = Self.rowCount
        let symbol = Vector.symbols([String](repeating: "BTC", count: count))
        let sides = Vector.symbols((0..<count).map { $0 % 3 == 0 ? "buy" : "sell" })
        let flags = Vector(type: .boolean, form: .boolean(Buffer((0..<count).map { UInt8($0 % 2) })))
        for vector in [symbol, sides, flags] {
            let types: [any Fold.Type] = [
                ScalarExtremeFold<Smallest>.self, ScalarExtremeFold<Largest>.self, FirstFold.self, LastFold.self,
            ]
            for type in types { #expect(try check(type, [vector]), "\(type)") }
        }
        #expect(try check(TextCountDistinctFold.self, [symbol]))
        #expect(try !check(TextCountDistinctFold.self, [sides]))
        #expect(try check(CountDistinctFold.self, [flags]))
        #expect(try check(CountDistinctFold.self, [.int64([Int64](repeating: 7, count: count))]))
        #expect(try check(CountDistinctFold.self, [.decimals([Int64](repeating: 0, count: count), scale: 3)]))
        #expect(try !check(CountDistinctFold.self, [.int64(0..<Int64(count))]))
    }

    @Test("of late slices keeps the earliest and the latest")
    func lateSlices() throws {
        func known(_ first: Int64, _ last: Int64, _ value: Double) -> SliceStatistics {
            let column = ColumnStatistics(
                nullCount: 0,
                min: .float64(value),
                max: .float64(value + 1),
                sum: .double(high: 2 * value + 1, low: 0),
                first: .float64(value),
                last: .float64(value + 1)
            )
            return SliceStatistics(arguments: [column, column], rowCount: 2, firstTime: first, lastTime: last)
        }
        var bar = OHLCVFold()
        var first = FirstFold()
        var last = LastFold()
        for slice in [known(50, 60, 5), known(10, 20, 1), known(30, 40, 3), known(60, 60, 7)] {
            #expect(bar.update(statistics: slice) && first.update(statistics: slice) && last.update(statistics: slice))
        }
        #expect(bar.bar == Bar(open: 1, high: 8, low: 1, close: 8, volume: 36))
        #expect(first.value == .float64(1))
        #expect(last.value == .float64(8))
    }
}
