import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

/// What makes groups of a few rows cheap, against what it stands for.
@Suite("Groups of a few rows") struct SmallGroupTests {
    private static let units: [Int64] = [1, 7, 1_000, CivilTime.second, CivilTime.minute, CivilTime.hour]

    @Test("of a sequence of times are those of the times", arguments: [UInt64](1...60))
    func sequencesAreTheirTimes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let step = random.pick(Self.units) * Int64(random.int(1...90))
            let count = random.int(0...400)
            let length = step * Int64(count + 1)
            let first: Int64 =
                switch random.int(0...4) {
                case 0: .min + Int64(random.int(0...90))
                case 1: .max - length
                case 2: -length / 2
                default: Int64(random.int(-1_000_000...1_000_000)) * CivilTime.minute
                }
            // Multiples of the step, its parts, and what has nothing to do with it.
            let bucket = random.pick([step * Int64(random.int(1...12)), max(1, step / 3), random.pick(Self.units) * 5])
            var sampling = Sampling(step: bucket)
            sampling.origin = Int64(random.int(-50...50)) * random.pick(Self.units)
            if random.oneIn(4) {
                sampling.step = 2 * CivilTime.day
                sampling.calendar = Sampling.Calendar(days: 1, zone: try #require(ZoneRules(named: "Europe/Berlin")))
            }
            if random.oneIn(3) { sampling.from = first &+ length / 3 }
            let buckets = Buckets(sampling)
            let times = (0..<Int64(count)).map { first + $0 * step }
            var expected: [FoldRun] = []
            times.withUnsafeBufferPointer { times in
                buckets.forEachRun(times) { expected.append(FoldRun(group: Int($0), rows: $1)) }
            }
            var found: [FoldRun] = []
            buckets.forEachRun(from: first, by: step, count: count) { found.append(FoldRun(group: Int($0), rows: $1)) }
            try #require(found == expected, "\(count) rows from \(first) by \(step), \(sampling)")
            for run in found { try #require(buckets.start(Int64(run.group)) == clamped(buckets, run.group)) }
        }
    }

    /// A bucket's start by 128 bits.
    private func clamped(_ buckets: Buckets, _ index: Int) -> Int64 {
        if let calendar = buckets.calendar { return Int64(clamping: calendar.start(Int64(index))) }
        return Int64(clamping: Int128(index) * Int128(buckets.step) + Int128(buckets.offset))
    }

    @Test("keep the first and last number that folds of any value keep", arguments: [UInt64](1...20))
    func endsAreThoseOfAnyValue(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let count = random.int(1...90)
            let trades = FoldTrades(seed: random.next(), count: count, magnitude: 70_000)
            let validity = random.oneIn(2) ? Validity((0..<count).map { _ in !random.oneIn(3) }) : nil
            let form: Vector.Form =
                switch random.int(0...4) {
                case 0: .float64(Buffer(trades.prices.map { random.oneIn(5) ? .nan : Double($0) / 7 }))
                case 1: .scaledInteger(Buffer(trades.prices), scale: 3)
                case 2: .int64(Buffer(trades.prices))
                case 3: .sequence(start: trades.prices[0], step: 3, count: count)
                default: .constant(.null, count: count)
                }
            let isInteger =
                switch form {
                case .int64, .sequence: true
                default: false
                }
            let vector = Vector(type: isInteger ? .int64 : .float64, form: form, validity: validity)
            let times: Vector =
                switch random.int(0...2) {
                case 0: .timestamps(trades.times)
                case 1: .timestamps(trades.times.map { -$0 / 4 }.sorted())
                default: Vector(type: .timestamp, form: .sequence(start: -9, step: 3, count: count))
                }
            let arguments = FoldArguments([vector], times: times, rowCount: count)
            let runs = runs(count, &random)
            if isInteger {
                try check(FirstIntegerFold.self, FirstFold.self, arguments, runs)
                try check(LastIntegerFold.self, LastFold.self, arguments, runs)
                try check(WholeSumFold.self, IntegerSumFold.self, arguments, runs)
            } else {
                try check(FirstDoubleFold.self, FirstFold.self, arguments, runs)
                try check(LastDoubleFold.self, LastFold.self, arguments, runs)
            }
        }
    }

    /// Runs of some groups, in any order.
    private func runs(_ count: Int, _ random: inout SeededGenerator) -> [FoldRun] {
        var runs: [FoldRun] = []
        var start = 0
        while start < count {
            let end = min(count, start + random.int(1...7))
            runs.append(FoldRun(group: random.int(0...4), rows: start..<end))
            start = end
        }
        return random.oneIn(2) ? runs : runs.reversed()
    }

    private func check<Own: MergeableFold, Other: MergeableFold>(
        _ own: Own.Type,
        _ other: Other.Type,
        _ arguments: borrowing FoldArguments,
        _ runs: [FoldRun]
    ) throws {
        var (own, other): ([Own], [Other]) = ([], [])
        Own.append(5, to: &own)
        for _ in 0..<5 { other.append(Other()) }
        own.withUnsafeMutableBufferPointer { Own.update($0.baseAddress!, arguments, runs: runs) }
        for run in runs { other[run.group].update(arguments, rows: run.rows) }
        own[4].merge(own[0])
        other[4].merge(other[0])
        for group in 0..<5 {
            let (left, right) = (try own[group].finalize(output: 0), try other[group].finalize(output: 0))
            #expect("\(left)" == "\(right)", "\(Own.self), group \(group)")
            var copy = Own()
            try copy.decodeState(own[group].encodeState())
            #expect(copy.encodeState() == own[group].encodeState())
        }
    }

    @Test("refuse a sum of integers beyond 64 bits, and give one that came back")
    func sumsBeyond64Bits() throws {
        let values: [Int64] = [.max, .max, .max, .min, .min, -1]
        let arguments = FoldArguments([.int64(values)], rowCount: values.count)
        var sum = WholeSumFold()
        sum.update(arguments, rows: 0..<3)
        #expect(throws: QueryError.self) { try sum.finalize(output: 0) }
        sum.update(arguments, rows: 3..<6)
        #expect(try sum.finalize(output: 0) == .int64(.max - 3))
    }
}
