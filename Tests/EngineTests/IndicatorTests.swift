import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Indicators")
struct IndicatorTests {
    private static let rowCount = 180

    /// A walk of bars: columns by the names of inputs; nil where there is no value.
    private struct Market {
        var columns: [String: [Double?]] = [:]

        init(seed: UInt64, count: Int, nullsIn nulls: UInt64 = 0) {
            var generator = SeededGenerator(seed: seed)
            var close = 100.0
            for name in ["x", "y", "open", "high", "low", "close", "volume", "periods"] { columns[name] = [] }
            for _ in 0..<count {
                let open = close
                // Now and then nothing moves.
                if !generator.oneIn(4) { close = max(5, close + Double(generator.int(-300...300)) / 100) }
                let high = max(open, close) + Double(generator.int(0...100)) / 100
                let low = min(open, close) - Double(generator.int(0...100)) / 100
                let values: [String: Double] = [
                    "x": close, "y": 50 + Double(generator.int(-100...100)) / 10, "open": open, "high": high,
                    "low": low,
                    "close": close, "volume": Double(generator.int(0...1000)), "periods": Double(generator.int(0...40)),
                ]
                for name in values.keys.sorted() {
                    columns[name]?.append(nulls > 0 && generator.oneIn(nulls) ? nil : values[name])
                }
            }
        }

        /// Only the rows that have a value in all these columns, and which those are.
        func complete(_ names: [String]) -> (market: Market, rows: [Int]) {
            var kept = self
            let count = columns["x"]?.count ?? 0
            let rows = (0..<count).filter { row in names.allSatisfy { columns[$0]?[row] != nil } }
            for (name, values) in columns { kept.columns[name] = rows.map { values[$0] } }
            return (kept, rows)
        }
    }

    private func calls(_ indicator: IndicatorSignature) -> [WindowCall] {
        (0..<max(indicator.outputs.count, 1)).map { output in
            let call = IndicatorCall(
                function: indicator.function,
                parameters: indicator.parameters.map { parameter in
                    // Short ones, so that there are values.
                    if case .whole = parameter.values { min(parameter.default, 12) } else { parameter.default }
                },
                output: output
            )
            return WindowCall(
                function: .indicator(call),
                arguments: indicator.inputs.map { .column($0.utf8.reduce(0) { $0 &+ Int($1) }, .float64) },
                partition: [],
                order: [],
                frame: .whole,
                type: indicator.type
            )
        }
    }

    private func vector(_ values: ArraySlice<Double?>) -> Vector {
        let hasNulls = values.contains { $0 == nil }
        if values.allSatisfy({ $0 == nil }) { return .nulls(.float64, count: values.count) }
        return Vector(
            type: .float64,
            form: .float64(Buffer(values.map { $0 ?? .nan })),
            validity: hasNulls ? Validity(values.map { $0 != nil }) : nil
        )
    }

    private func machine(_ calls: [WindowCall]) -> WindowMachine {
        WindowMachine(calls, hold: { (_) throws(QueryError) in }, checkpoint: { () throws(QueryError) in })
    }

    /// The values of calls over one partition, taken in batches.
    private func run(
        _ calls: [WindowCall],
        _ inputs: [String],
        _ market: Market,
        batch: Int,
        on machine: WindowMachine? = nil
    ) throws -> [[Scalar]] {
        let machine = machine ?? self.machine(calls)
        let columns = inputs.map { market.columns[$0] ?? [] }
        var values = [[Scalar]](repeating: [], count: calls.count)
        func take() throws {
            let taken = try machine.take(machine.decidedCount)
            for (index, vector) in taken.enumerated() {
                for row in 0..<vector.count { values[index].append(vector.scalar(at: row)) }
            }
        }
        try machine.beginPartition()
        let count = columns.first?.count ?? 0
        for start in stride(from: 0, to: count, by: batch) {
            let rows = start..<min(start + batch, count)
            let vectors = columns.map { vector($0[rows]) }
            try machine.append(
                WindowInput(
                    arguments: calls.map { _ in vectors },
                    axis: nil,
                    nextAxis: nil,
                    times: nil,
                    rowCount: rows.count
                )
            )
            try take()
        }
        machine.endPartition()
        try take()
        return values
    }

    /// The same bits, NaN included.
    private func isSame(_ left: [[Scalar]], _ right: [[Scalar]]) -> Bool {
        func bits(_ value: Scalar) -> String {
            if case .float64(let double) = value { "\(double.bitPattern)" } else { "\(value)" }
        }
        return left.map { $0.map(bits) } == right.map { $0.map(bits) }
    }

    static let everyIndicator = IndicatorCatalog.all

    @Test("give the same bits however rows come, and begin anew with each partition", arguments: everyIndicator)
    func batches(indicator: IndicatorSignature) throws {
        let calls = calls(indicator)
        for nulls: UInt64 in [0, 7] {
            let market = Market(seed: 5, count: Self.rowCount, nullsIn: nulls)
            let whole = try run(calls, indicator.inputs, market, batch: .max >> 1)
            let machine = machine(calls)
            for batch in [1, 3, 64] {
                let cut = try run(calls, indicator.inputs, market, batch: batch, on: machine)
                #expect(isSame(cut, whole), "\(indicator.name), batches of \(batch)")
            }
            #expect(whole.allSatisfy { $0.count == Self.rowCount })
            #expect(whole[0].contains { !$0.isNull }, "\(indicator.name) has no value at all")
            let alone = try calls.map { try run([$0], indicator.inputs, market, batch: 50)[0] }
            #expect(isSame(alone, whole), "\(indicator.name), each output alone")
        }
    }

    @Test("give null for a row with a null, which changes nothing", arguments: everyIndicator)
    func nulls(indicator: IndicatorSignature) throws {
        let calls = calls(indicator)
        let market = Market(seed: 11, count: Self.rowCount, nullsIn: 6)
        let values = try run(calls, indicator.inputs, market, batch: 32)
        let (complete, rows) = market.complete(indicator.inputs)
        let expected = try run(calls, indicator.inputs, complete, batch: 32)
        for (output, column) in values.enumerated() {
            #expect(isSame([rows.map { column[$0] }], [expected[output]]), "\(indicator.name)")
            let others = Set(column.indices).subtracting(rows)
            #expect(others.allSatisfy { column[$0].isNull }, "\(indicator.name)")
        }
    }

    @Test("take NaN, infinities and numbers of any size without a fault", arguments: everyIndicator)
    func extremes(indicator: IndicatorSignature) throws {
        let calls = calls(indicator)
        let strange = [Double.nan, .infinity, -.infinity, 0, -0.0, 1e308, -1e308, .leastNonzeroMagnitude, -7]
        var market = Market(seed: 3, count: Self.rowCount)
        var generator = SeededGenerator(seed: 9)
        for name in market.columns.keys.sorted() {
            for row in 0..<Self.rowCount where generator.oneIn(9) {
                market.columns[name]?[row] = generator.pick(strange)
            }
        }
        let whole = try run(calls, indicator.inputs, market, batch: .max >> 1)
        #expect(isSame(try run(calls, indicator.inputs, market, batch: 1), whole), "\(indicator.name)")
    }

    @Test("hold no more with a longer partition")
    func memory() throws {
        final class Account { var bytes = 0, most = 0 }
        func most(_ rows: Int) throws -> Int {
            let account = Account()
            let calls = Self.everyIndicator.prefix(20).flatMap(self.calls)
            let machine = WindowMachine(
                calls,
                hold: { (bytes) throws(QueryError) in
                    account.bytes += bytes
                    account.most = max(account.most, account.bytes)
                },
                checkpoint: { () throws(QueryError) in }
            )
            let market = Market(seed: 1, count: 64)
            try machine.beginPartition()
            for _ in 0..<rows / 64 {
                let vectors = calls.map { call in call.arguments.map { _ in vector((market.columns["x"] ?? [])[...]) } }
                try machine.append(WindowInput(arguments: vectors, axis: nil, nextAxis: nil, times: nil, rowCount: 64))
                _ = try machine.take(machine.decidedCount)
            }
            return account.most
        }
        #expect(try most(4096) <= most(1024))
    }
}
