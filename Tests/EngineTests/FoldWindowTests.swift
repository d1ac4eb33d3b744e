import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("A window that moves")
struct FoldWindowTests {
    private static let rowCount = 250

    /// Moves a window row by row, of a width that changes, and compares with the fold of its rows alone.
    private func check<F: WindowFold>(
        _ type: F.Type,
        _ arguments: FoldArguments,
        seed: UInt64,
        isExact: Bool,
        tolerance: Double = 1e-12
    ) throws {
        var generator = SeededGenerator(seed: seed)
        var window = F()
        var start = 0
        for row in 0..<arguments.rowCount {
            window.update(arguments, rows: row..<row + 1)
            let end = min(row + 1, start + generator.int(0...2) + (generator.oneIn(60) ? 80 : 0))
            window.evict(arguments, rows: start..<end)
            start = end
            if window.isResummationDue {
                #expect(!isExact)
                window.initialize()
                window.update(arguments, rows: start..<row + 1)
            }
            var expected = F()
            expected.update(arguments, rows: start..<row + 1)
            if start == row + 1, !isMovingExtreme(type) {
                #expect(window.encodeState() == F().encodeState(), "\(type)")
            }
            let (left, right) = (try window.finalize(output: 0), try expected.finalize(output: 0))
            if isExact {
                #expect("\(left)" == "\(right)", "\(type), rows \(start)...\(row)")
            } else if let left = left.double, let right = right.double, left.isFinite, right.isFinite {
                #expect(
                    (left - right).magnitude <= tolerance * max(1, right.magnitude),
                    "\(type), rows \(start)...\(row)"
                )
            } else {
                #expect("\(left)" == "\(right)", "\(type), rows \(start)...\(row)")
            }
        }
    }

    private func isMovingExtreme<F: Fold>(_ type: F.Type) -> Bool { "\(type)".hasPrefix("MovingExtreme") }

    private func column(_ values: [Int64], scale: Int, seed: UInt64) -> Vector {
        var generator = SeededGenerator(seed: seed)
        let validity = Validity(values.map { _ in !generator.oneIn(5) })
        return Vector(type: .float64, form: .scaledInteger(Buffer(values), scale: scale), validity: validity)
    }

    @Test("over decimals and integers is exactly the fold of its rows", arguments: [UInt64](1...6))
    func exact(seed: UInt64) throws {
        for magnitude in [90_000, 70_000_00000000, .max / 2] as [Int64] {
            let trades = FoldTrades(seed: seed, count: Self.rowCount, magnitude: magnitude)
            let arguments = FoldArguments(
                [column(trades.prices, scale: 8, seed: seed), column(trades.sizes, scale: 5, seed: seed + 1)],
                rowCount: Self.rowCount
            )
            for type in FoldList.windows { try check(type, arguments, seed: seed, isExact: true) }
            let small = trades.prices.map { $0 >> 20 }
            let integers = FoldArguments([.int64(small), .int64(trades.sizes)], rowCount: Self.rowCount)
            for type in FoldList.windows { try check(type, integers, seed: seed, isExact: true) }
            try check(IntegerSumFold.self, integers, seed: seed, isExact: true)
            try check(MovingExtremeFold<Smallest, IntegerKind>.self, integers, seed: seed, isExact: true)
            try check(MovingExtremeFold<Largest, IntegerKind>.self, integers, seed: seed, isExact: true)
        }
    }

    @Test(
        "over doubles is near the fold of its rows, with NaN and infinities that come and go",
        arguments: [UInt64](1...6)
    )
    func doubles(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        func values(_ oddOneIn: UInt64?) -> Vector {
            .float64(
                (0..<Self.rowCount).map { _ in
                    if let oddOneIn, generator.oneIn(oddOneIn) { return generator.pick([.nan, .infinity, -.infinity]) }
                    return 100 + Double.random(in: -1...1, using: &generator)
                }
            )
        }
        for odd in [nil, 40] as [UInt64?] {
            let arguments = FoldArguments([values(odd), values(odd)], rowCount: Self.rowCount)
            for type in FoldList.windows { try check(type, arguments, seed: seed, isExact: false, tolerance: 1e-11) }
        }
    }

    @Test("over decimals and doubles together is near the fold of its rows", arguments: [UInt64](1...4))
    func mixed(seed: UInt64) throws {
        let trades = FoldTrades(seed: seed, count: 200, magnitude: 90_000)
        func check<F: WindowFold>(_ type: F.Type) throws {
            var window = F()
            for row in 0..<200 {
                window.update(trades.mixedArguments(row), rows: 0..<1)
                if row >= 20 { window.evict(trades.mixedArguments(row - 20), rows: 0..<1) }
                var expected = F()
                for inside in max(0, row - 19)...row { expected.update(trades.mixedArguments(inside), rows: 0..<1) }
                guard let left = try window.finalize(output: 0).double,
                    let right = try expected.finalize(output: 0).double
                else {
                    #expect(try window.finalize(output: 0) == expected.finalize(output: 0), "\(type), row \(row)")
                    continue
                }
                #expect((left - right).magnitude <= 1e-11 * max(1, right.magnitude), "\(type), row \(row)")
            }
        }
        for type in FoldList.windows { try check(type) }
    }

    @Test("sums doubles anew after so many that left, and then is the fold of its rows bit for bit")
    func resummation() throws {
        let count = WindowFoldLimits.resummationEvictions + 20
        let arguments = FoldArguments(
            [.float64((0..<count).map { Double($0) / 7 }), .float64((0..<count).map { Double($0 % 13) / 3 })],
            rowCount: count
        )
        func check<F: WindowFold>(_ type: F.Type) throws {
            var window = F()
            var dueRows: [Int] = []
            for row in 0..<count {
                window.update(arguments, rows: row..<row + 1)
                if row >= 10 { window.evict(arguments, rows: row - 10..<row - 9) }
                guard window.isResummationDue else { continue }
                dueRows.append(row)
                window.initialize()
                window.update(arguments, rows: row - 9..<row + 1)
                var rows = F()
                rows.update(arguments, rows: row - 9..<row + 1)
                #expect(window.encodeState() == rows.encodeState())
            }
            #expect(dueRows == [WindowFoldLimits.resummationEvictions + 9], "\(type)")
        }
        for type in [SumFold.self, AverageFold.self, VWAPFold.self] + FoldList.moments as [any WindowFold.Type] {
            try check(type)
        }
    }

    @Test("keeps its state through bytes", arguments: [UInt64](1...3))
    func bytes(seed: UInt64) throws {
        let trades = FoldTrades(seed: seed, count: 100, magnitude: 90_000)
        func check<F: WindowFold>(_ type: F.Type) throws {
            var window = F()
            var stored = F()
            for row in 0..<100 {
                window.update(trades.doubleArguments(row..<row + 1), rows: 0..<1)
                stored.update(trades.doubleArguments(row..<row + 1), rows: 0..<1)
                if row >= 9 {
                    window.evict(trades.doubleArguments(row - 9..<row - 8), rows: 0..<1)
                    stored.evict(trades.doubleArguments(row - 9..<row - 8), rows: 0..<1)
                }
                let bytes = stored.encodeState()
                #expect(bytes == window.encodeState(), "\(type)")
                stored = F()
                try stored.decodeState(bytes)
            }
        }
        for type in FoldList.windows { try check(type) }
    }

    @Test("finds the extremes of text and truth values")
    func scalars() throws {
        var generator = SeededGenerator(seed: 3)
        let texts = (0..<200).map { _ in ["a", "b", "ab", "z", "é", "e\u{301}"][generator.int(0...5)] }
        let text = FoldArguments([.symbols(texts)], rowCount: 200)
        let flags = Vector(type: .boolean, form: .boolean(Buffer(texts.map { $0 == "z" ? 1 : 0 })))
        for arguments in [text, FoldArguments([flags], rowCount: 200)] {
            try check(MovingExtremeFold<Smallest, ScalarKind>.self, arguments, seed: 1, isExact: true)
            try check(MovingExtremeFold<Largest, ScalarKind>.self, arguments, seed: 2, isExact: true)
        }
        var ascending = MovingExtremeFold<Largest, IntegerKind>()
        let numbers = FoldArguments([.int64(0..<10_000)], rowCount: 10_000)
        ascending.update(numbers, rows: 0..<10_000)
        #expect(ascending.heldBytes <= 64)
        var descending = MovingExtremeFold<Smallest, IntegerKind>()
        descending.update(numbers, rows: 0..<10_000)
        #expect(descending.heldBytes >= 160_000)
        descending.evict(numbers, rows: 0..<10_000)
        #expect(descending.value == nil)
        #expect(descending.heldBytes == 0)
    }
}
