import Columnar
import MarketStore
import QueryLang
import TestSupport
import Testing

/// Random rows of some symbols, and what functions make of them in the plainest way.
private struct RandomBucket {
    struct Row {
        let time: Int64
        let open, high, low, close: Double
        let volume: Int64
    }

    static let symbols = ["A", "B", "C"]
    var rows: [String: [Row]] = [:]

    /// Rows at full minutes, or at any nanosecond with several at one time now and then.
    init(_ random: inout SeededGenerator, isVariable: Bool) {
        for symbol in Self.symbols {
            var time: Int64 = 1_698_000_000_000_000_000 / 60_000_000_000 * 60_000_000_000
            for _ in 0..<Int.random(in: 0...120, using: &random) {
                let steps = Int64.random(in: 1...(Bool.random(using: &random) ? 3 : 2_000), using: &random)
                let nanos = Int64.random(in: 0..<60_000_000_000, using: &random)
                time += isVariable ? (steps == 1 ? 0 : steps * nanos) : steps * 60_000_000_000
                let prices = (0..<4).map { _ in Double(Int.random(in: 1...400, using: &random)) / 4 }
                rows[symbol, default: []].append(
                    Row(
                        time: time,
                        open: prices[0],
                        high: prices[1],
                        low: prices[2],
                        close: prices[3],
                        volume: Int64.random(in: 0...1_000, using: &random)
                    )
                )
            }
        }
    }

    static func bucket(_ symbol: String, isVariable: Bool) -> Bucket {
        Bucket(
            key: BucketKey(symbol: symbol, timeframe: "1Min", attribute: isVariable ? "TICK" : "OHLCV"),
            columns: ["Open", "High", "Low", "Close"].map { Bucket.Column(name: $0, type: .float32) }
                + [Bucket.Column(name: "Volume", type: .int64)],
            isVariable: isVariable,
            table: isVariable ? "1Min/TICK" : "1Min/OHLCV"
        )
    }

    func fixture(isVariable: Bool, zone: ZoneRules) throws -> BucketFixture {
        let fixture = try BucketFixture(
            Self.symbols.map { Self.bucket($0, isVariable: isVariable) },
            zone: zone
        )
        for symbol in Self.symbols {
            let values = (rows[symbol] ?? []).map { row in
                (row.time, ["\(row.open)", "\(row.high)", "\(row.low)", "\(row.close)", "\(row.volume)"])
            }
            if !values.isEmpty { try fixture.add(Self.bucket(symbol, isVariable: isVariable), values) }
        }
        return fixture
    }

    /// Candles of rows of one symbol: each slot's start, prices, sum and mean of volumes.
    static func candles(_ rows: [Row], _ timeframe: Timeframe, _ zone: ZoneRules) -> [String] {
        var slots: [Int64: [Row]] = [:]
        for row in rows { slots[timeframe.floor(row.time, in: zone), default: []].append(row) }
        return slots.sorted { $0.key < $1.key }.map { start, rows in
            let high = rows.map(\.high).max() ?? 0
            let low = rows.map(\.low).min() ?? 0
            let sum = rows.reduce(0) { $0 + $1.volume }
            return "\(floorDivide(start, 1_000_000_000))|\(Float(rows[0].open))|\(Float(high))|\(Float(low))|"
                + "\(Float(rows[rows.count - 1].close))|\(Double(sum))|\(Double(sum) / Double(rows.count))"
        }
    }
}

@Suite("Functions over buckets, against the plainest way")
struct BucketPropertyTests {
    private static let timeframes = [
        "1Min", "2Min", "7Min", "30Min", "1H", "5H", "1D", "3D", "1W", "2W", "1M", "3M", "1Y",
    ]
    private static let zones = ["UTC", "America/New_York", "Asia/Tokyo", "Europe/Berlin"]

    @Test("candles are those of the slots of their timeframe, in every zone", arguments: UInt64(1)...12)
    func candles(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let isVariable = Bool.random(using: &random)
        let rows = RandomBucket(&random, isVariable: isVariable)
        let zone = try #require(ZoneRules(named: Self.zones[Int(seed) % Self.zones.count]))
        let fixture = try rows.fixture(isVariable: isVariable, zone: zone)
        for name in Self.timeframes {
            let timeframe = try #require(Timeframe(name))
            let count = Int.random(in: 1...3, using: &random)
            let symbols = Array(RandomBucket.symbols.prefix(count))
            let call = "candlecandler('\(name)',Open,High,Low,Close,Sum::Volume,Avg::Volume)"
            let answer = try fixture.pipelines.run(
                BucketSelection(
                    buckets: symbols.map { RandomBucket.bucket($0, isVariable: isVariable) },
                    functions: [call]
                )
            )
            let expected = symbols.map { RandomBucket.candles(rows.rows[$0] ?? [], timeframe, zone) }
            #expect(
                answer.rows == expected.flatMap { $0 },
                "seed \(seed), \(name), \(zone.name), variable \(isVariable)"
            )
            #expect(answer.spans.map(\.count) == expected.map(\.count))
            let first = RandomBucket.bucket(symbols[0], isVariable: isVariable)
            let sql = try fixture.pipelines.run(sql: "SELECT \(call) FROM `\(first.key)`;")
            #expect(sql.rows == expected[0], "seed \(seed), \(name), \(zone.name)")
            if name != "1Min" { try bars(fixture, rows, symbols, timeframe, zone, isVariable, &random) }
        }
    }

    /// Bars of a timeframe that is not stored are the candles with volumes.
    private func bars(
        _ fixture: BucketFixture,
        _ rows: RandomBucket,
        _ symbols: [String],
        _ timeframe: Timeframe,
        _ zone: ZoneRules,
        _ isVariable: Bool,
        _ random: inout SeededGenerator
    ) throws {
        let limit = Bool.random(using: &random) ? Int64.random(in: 1...5, using: &random) : nil
        let isFromStart = Bool.random(using: &random)
        let answer = try fixture.pipelines.run(
            BucketSelection(
                buckets: symbols.map { RandomBucket.bucket($0, isVariable: isVariable) },
                limit: limit,
                isLimitFromStart: isFromStart,
                timeframe: timeframe
            )
        )
        let expected = symbols.flatMap { symbol in
            let candles = RandomBucket.candles(rows.rows[symbol] ?? [], timeframe, zone).map { candle in
                let parts = candle.split(separator: "|")
                return parts[..<5].joined(separator: "|") + "|\(Int64(Double(parts[5]) ?? 0))"
            }
            guard let limit else { return candles }
            return Array(isFromStart ? candles.prefix(Int(limit)) : candles.suffix(Int(limit)))
        }
        #expect(answer.rows == expected, "\(timeframe) \(zone.name)")
    }

    @Test("gaps, aggregates and limits are those of the rows", arguments: UInt64(20)...28)
    func gaps(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let isVariable = Bool.random(using: &random)
        let rows = RandomBucket(&random, isVariable: isVariable)
        let fixture = try rows.fixture(isVariable: isVariable, zone: .utc)
        let buckets = RandomBucket.symbols.map { RandomBucket.bucket($0, isVariable: isVariable) }
        let limit = Int64.random(in: 1...60, using: &random)
        let isFromStart = Bool.random(using: &random)
        let minutes = Int64.random(in: 1...300, using: &random)
        let kept = RandomBucket.symbols.map { symbol in
            let own = rows.rows[symbol] ?? []
            return Array(isFromStart ? own.prefix(Int(limit)) : own.suffix(Int(limit)))
        }
        func run(_ function: String) throws -> Dataset {
            try fixture.pipelines.run(
                BucketSelection(buckets: buckets, limit: limit, isLimitFromStart: isFromStart, functions: [function])
            )
        }
        let gaps = kept.flatMap { rows in
            zip(rows, rows.dropFirst()).filter { $1.time - $0.time > minutes * 60_000_000_000 }.map { left, right in
                "\(left.time / 1_000_000_000)|\(right.time / 1_000_000_000)|\((right.time - left.time) / 1_000_000_000)"
            }
        }
        #expect(try run("gap('\(minutes)Min')").rows == gaps, "seed \(seed)")
        let counts = try run("count(*)").rows.map { $0.split(separator: "|")[1] }
        #expect(counts.map(String.init) == kept.map { "\($0.count)" })
        let highest = try run("max(High)").rows.map { $0.split(separator: "|")[1] }
        #expect(highest.map(String.init) == kept.map { "\($0.map { Float($0.high) }.max() ?? .nan)" })
        let lowest = try run("min(Volume)").rows.map { $0.split(separator: "|")[1] }
        #expect(lowest.map(String.init) == kept.map { "\($0.map { Float($0.volume) }.min() ?? .nan)" })
    }

    @Test("conditions mean what they say", arguments: UInt64(40)...48)
    func conditions(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let isVariable = Bool.random(using: &random)
        let rows = RandomBucket(&random, isVariable: isVariable)
        let fixture = try rows.fixture(isVariable: isVariable, zone: .utc)
        let all = rows.rows["A"] ?? []
        for _ in 0..<30 {
            let condition = RandomCondition(&random, all.map(\.time), depth: 3)
            let sql =
                "SELECT Epoch, Close FROM `\(RandomBucket.bucket("A", isVariable: isVariable).key)` "
                + "WHERE \(condition.text);"
            let expected = all.filter { condition.holds($0.time / 1_000_000_000, $0.close) }
                .map { "\($0.time / 1_000_000_000)|\(Float($0.close))" }
            #expect(try fixture.pipelines.run(sql: sql).rows == expected, "seed \(seed): \(sql)")
        }
    }
}

/// A condition on seconds and a price, as text and as a function.
private struct RandomCondition {
    let text: String
    let holds: (Int64, Double) -> Bool

    init(_ random: inout SeededGenerator, _ times: [Int64], depth: Int) {
        let kind = Int.random(in: depth > 0 ? 0...6 : 3...6, using: &random)
        let second =
            (times.randomElement(using: &random) ?? 0) / 1_000_000_000 + Int64.random(in: -1...1, using: &random)
        let other = (times.randomElement(using: &random) ?? 0) / 1_000_000_000
        let price = Double(Int.random(in: 1...100, using: &random))
        func inner() -> RandomCondition { RandomCondition(&random, times, depth: depth - 1) }
        switch kind {
        case 0:
            let (left, right) = (inner(), inner())
            text = "(\(left.text) OR \(right.text))"
            holds = { left.holds($0, $1) || right.holds($0, $1) }
        case 1:
            let (left, right) = (inner(), inner())
            text = "(\(left.text) AND \(right.text))"
            holds = { left.holds($0, $1) && right.holds($0, $1) }
        case 2:
            let operand = inner()
            text = "NOT (\(operand.text))"
            holds = { !operand.holds($0, $1) }
        case 3:
            let symbols = ["=", "<>", "<", "<=", ">", ">="]
            let place = Int.random(in: 0..<symbols.count, using: &random)
            let written =
                [
                    "\(second)", "\(second)000000000", "'\(Self.text(second))'",
                ].randomElement(using: &random) ?? ""
            text = "Epoch \(symbols[place]) \(written)"
            holds = { time, _ in
                [time == second, time != second, time < second, time <= second, time > second, time >= second][place]
            }
        case 4:
            text = "Epoch BETWEEN \(min(second, other)) AND '\(Self.text(max(second, other)))'"
            holds = { time, _ in time >= min(second, other) && time <= max(second, other) }
        case 5:
            text = "Epoch IN (\(second), \(other))"
            holds = { time, _ in time == second || time == other }
        default:
            text = "Close > \(price)"
            holds = { _, close in close > price }
        }
    }

    /// `2006-01-02-15:04:05`.
    private static func text(_ second: Int64) -> String {
        CivilTime.text(second * 1_000_000_000).replacing("T", with: "-").replacing("Z", with: "")
    }
}
