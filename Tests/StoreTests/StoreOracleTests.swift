import Columnar
import Store
import Testing

/// The store against arrays that are sorted.
@Suite struct StoreOracleTests {
    /// What the rows of a table should be, kept the simple way.
    struct Oracle {
        let isRegular: Bool
        var rows: [String: [(time: Int64, values: [Scalar])]] = [:]

        mutating func add(_ group: AppendGroup, schema: TableSchema) {
            for row in 0..<group.rowCount {
                var values = schema.columns.indices.map { group.columns[$0]?.scalar(at: row) ?? .null }
                guard case .timestamp(var time) = values[0] else { continue }
                if case .regular(let timeframe) = schema.kind { time = CivilTime.floor(time, to: timeframe) }
                values[0] = .timestamp(time)
                values[1] = .text(group.series)
                rows[group.series, default: []].append((time, values))
            }
        }

        func answer(_ range: TimeRange) -> [String: [[Scalar]]] {
            var result: [String: [[Scalar]]] = [:]
            for (series, rows) in rows {
                // By time, then arrival.
                let ordered = rows.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
                var kept: [[Scalar]] = []
                for (index, row) in ordered.enumerated() where range.contains(row.element.time) {
                    let next = index + 1 < ordered.count ? ordered[index + 1].element.time : nil
                    if isRegular, next == row.element.time { continue }
                    kept.append(row.element.values)
                }
                if !kept.isEmpty { result[series] = kept }
            }
            return result
        }
    }

    private struct Script {
        var generator: SeededGenerator
        var clock: Int64 = 1_700_000_000_000_000_000
        var sequence: Int64 = 0

        /// Times that mostly ascend, sometimes repeat, sometimes are late by up to two days, sometimes extreme.
        mutating func times() -> [Int64] {
            let count = Int.random(in: 1...([1, 3, 40, 300].randomElement(using: &generator) ?? 1), using: &generator)
            let lateness = Int.random(in: 0..<10, using: &generator)
            return (0..<count).map { _ in
                if lateness == 9, Bool.random(using: &generator) {
                    return clock - Int64.random(in: 0...(2 * CivilTime.day), using: &generator)
                }
                if lateness == 8, Int.random(in: 0..<50, using: &generator) == 0 {
                    return [Int64.min, .max, 0, -1].randomElement(using: &generator) ?? 0
                }
                clock += Int64([0, 0, 1, 1_000_000, 900_000_000, CivilTime.hour].randomElement(using: &generator) ?? 0)
                return clock
            }
        }

        mutating func group(_ schema: TableSchema, series: String, times: [Int64]? = nil) -> AppendGroup {
            let times = times ?? self.times()
            let form = Int.random(in: 0..<5, using: &generator)
            let prices = times.map { _ in Int64.random(in: 1...100_000, using: &generator) }
            let price: Vector? =
                switch form {
                case 0: nil
                case 1: .float64(prices.map { Double($0) / 3 })
                case 2: .decimals(prices.map { $0 * 1_000 }, scale: 5)
                default: .decimals(prices, scale: 2)
                }
            sequence += Int64(times.count)
            let start = sequence
            var columns: [Vector?] = [.timestamps(times), nil, price]
            if schema.columns.count == 5 {
                let sides = times.map { _ in ["buy", "sell", "\(start % 11)"].randomElement(using: &generator) ?? "" }
                let isPresent = times.map { _ in form != 3 || Bool.random(using: &generator) }
                let side = Vector.symbols(sides)
                columns.append(Vector(type: .symbol, form: side.form, validity: form == 3 ? Validity(isPresent) : nil))
                columns.append(
                    Vector(type: .int64, form: .sequence(start: start, step: 1, count: times.count))
                )
            }
            return AppendGroup(table: schema.name, series: series, columns: columns, rowCount: times.count)
        }

        mutating func range() -> TimeRange {
            if Int.random(in: 0..<3, using: &generator) == 0 { return .all }
            let start = clock - Int64.random(in: 0...(3 * CivilTime.day), using: &generator)
            return TimeRange(start: start, end: start + Int64.random(in: 1...(2 * CivilTime.day), using: &generator))
        }
    }

    @Test(arguments: 1...24 as ClosedRange<UInt64>)
    func randomWorkEndsWithTheOraclesRows(seed: UInt64) throws {
        var script = Script(generator: SeededGenerator(seed: seed))
        let schema = seed % 3 == 0 ? Fixture.bars : Fixture.ticks
        var oracle = Oracle(isRegular: seed % 3 == 0)
        let directory = TemporaryDirectory()
        var options = StoreOptions()
        options.memtableFlushBytes = seed % 4 == 1 ? 100_000 : 64 << 20
        var store = try Store.open(directory: directory.path, options: options, fileSystem: FaultyFileSystem.quick)
        try store.createTable(schema)
        for _ in 0..<60 {
            switch Int.random(in: 0..<12, using: &script.generator) {
            case 0: try store.flush()
            case 1:
                store.close(flush: Bool.random(using: &script.generator))
                store = try Store.open(directory: directory.path, options: options, fileSystem: FaultyFileSystem.quick)
            case 2, 3:
                let range = script.range()
                let isForward = Bool.random(using: &script.generator)
                #expect(try store.rows(schema.name, range, isForward: isForward) == oracle.answer(range))
            default:
                var batch = AppendBatch()
                // Many series of a few rows, which share chunks in memory.
                for _ in 0..<(seed % 2 == 0 ? Int.random(in: 0...30, using: &script.generator) : 0) {
                    let times = [script.clock - Int64.random(in: 0...3, using: &script.generator)]
                    let series = "small-\(Int.random(in: 0..<20, using: &script.generator))"
                    let group = script.group(schema, series: series, times: times)
                    batch.groups.append(group)
                    oracle.add(group, schema: schema)
                }
                for _ in 0..<Int.random(in: 1...4, using: &script.generator) {
                    let series = "S\(Int.random(in: 0..<6, using: &script.generator))"
                    let group = script.group(schema, series: series)
                    batch.groups.append(group)
                    oracle.add(group, schema: schema)
                }
                try store.append(batch, durability: .interval)
            }
        }
        for isForward in [true, false] {
            #expect(try store.rows(schema.name, isForward: isForward) == oracle.answer(.all))
        }
        let named = try store.rows(schema.name, series: .named(["S1", "S1", "absent"]))
        #expect(named == oracle.answer(.all).filter { $0.key == "S1" })
        store.close()
    }
}
