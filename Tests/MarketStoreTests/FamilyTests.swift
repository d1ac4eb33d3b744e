import Columnar
import MarketStore
import QueryLang
import Store
import Synchronization
import Testing

@testable import Engine

@Suite("Families of buckets in statements")
struct FamilyTests {
    private let fixture: FeedFixture

    init() async throws {
        fixture = try FeedFixture()
        try await fixture.bars("BTC-USDT.BINANCE", [100, 101])
        fixture.write("AAPL/1Min/OHLCV", [1, 2], volumes: [5, 6])
        fixture.write("ZM/1Min/OHLCV", from: 1, [3], volumes: [7])
        let extra: [Dataset.Column] = [.epoch([60]), .of("Open", "f4", [Float(9)]), .texts("Note", ["x"])]
        fixture.base.write("X/1Min/OHLCV", extra)
    }

    private func rows(_ text: String) throws -> [String] {
        let stream = try fixture.base.engine.execute(try fixture.base.engine.prepare(text))
        var rows: [String] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                rows.append(batch.columns.map { Self.text($0.scalar(at: row)) }.joined(separator: "|"))
            }
        }
        return rows
    }

    private static func text(_ value: Scalar) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .int64(let value): "\(value)"
        case .float64(let value): "\(value)"
        case .timestamp(let value): CivilTime.text(value)
        case .text(let value): value
        }
    }

    @Test("are the union of their tables, by the names of columns")
    func union() throws {
        #expect(
            try rows("SELECT symbol, time, Open, volume, \"Note\" FROM \"1Min/OHLCV\" ORDER BY symbol, time") == [
                "AAPL|1970-01-01T00:00:00Z|1.0|5.0|null", "AAPL|1970-01-01T00:01:00Z|2.0|6.0|null",
                "BTC-USDT.BINANCE|1970-01-01T00:00:00Z|100.0|150.0|null",
                "BTC-USDT.BINANCE|1970-01-01T00:01:00Z|101.0|151.5|null", "X|1970-01-01T00:01:00Z|9.0|null|x",
                "ZM|1970-01-01T00:01:00Z|3.0|7.0|null",
            ]
        )
        #expect(
            try rows(
                "SELECT \"1Min/OHLCV\".symbol, max(high), count() AS n FROM \"1Min/OHLCV\" SAMPLE BY 1h ORDER BY 1"
            )
                == ["AAPL|2.0|2", "BTC-USDT.BINANCE|102.0|2", "X|null|1", "ZM|3.0|1"]
        )
        #expect(
            try rows("SELECT symbol, open FROM \"1Min/OHLCV\" LATEST ON time PARTITION BY symbol ORDER BY symbol")
                == ["AAPL|2.0", "BTC-USDT.BINANCE|101.0", "X|9.0", "ZM|3.0"]
        )
        let some = "SELECT sum(volume), min(open) FROM \"1Min/OHLCV\" WHERE symbol IN ('AAPL', 'ZM')"
        #expect(try rows(some) == ["18.0|1.0"])
        #expect(try rows("SELECT count(*) FROM \"1min/ohlcv\"") == ["6"])
        #expect(
            try rows(
                "SELECT a.symbol, b.open FROM \"1Min/OHLCV\" a ASOF JOIN \"1Min/OHLCV\" b ON (symbol) WHERE a.open > 99"
            ) == ["BTC-USDT.BINANCE|100.0", "BTC-USDT.BINANCE|101.0"]
        )
        // Each table has a name of its own.
        #expect(try rows("SELECT count() FROM \"1Min/OHLCV~1\"") == ["2"])
        #expect(try rows("SELECT count() FROM \"1Min/OHLCV~2\"") == ["3"])
        // A bucket's name is its own rows, with its own types.
        #expect(try rows("SELECT Volume FROM `AAPL/1Min/OHLCV`") == ["5", "6"])
    }

    @Test("have a client's bucket in the place of the feed's of its name, in every range of time")
    func hidden() async throws {
        fixture.write("SOL.BINANCE/1Min/OHLCV", [1])
        try await fixture.bars("SOL.BINANCE", from: 5, [50])
        #expect(try rows("SELECT open FROM \"1Min/OHLCV\" WHERE symbol = 'SOL.BINANCE'") == ["1.0"])
        let later = "SELECT open FROM \"1Min/OHLCV\" WHERE symbol = 'SOL.BINANCE' AND time > '1970-01-01T00:04'"
        #expect(try rows(later) == [])
    }

    @Test("say their columns, as every view does")
    func columns() throws {
        #expect(
            try rows("SHOW COLUMNS FROM \"1Min/OHLCV\"") == [
                "time|timestamp|true|false", "symbol|symbol|false|true", "open|float64|false|false",
                "high|float64|false|false", "low|float64|false|false", "close|float64|false|false",
                "volume|float64|false|false", "Note|string|false|false",
            ]
        )
        #expect(
            try rows("SHOW COLUMNS FROM `BTC-USDT/1Min/OHLCV`") == [
                "Epoch|timestamp|true|false", "Open|float64|false|false", "High|float64|false|false",
                "Low|float64|false|false", "Close|float64|false|false", "Volume|float64|false|false",
            ]
        )
        #expect(try rows("SHOW COLUMNS FROM AAPL.`1Min`.OHLCV").last == "Volume|int64|false|false")
        _ = try rows("CREATE VIEW highs AS SELECT time, symbol, high AS top FROM \"1Min/OHLCV\"")
        #expect(
            try rows("SHOW COLUMNS FROM highs") == [
                "time|timestamp|true|false", "symbol|symbol|false|true", "top|float64|false|false",
            ]
        )
        _ = try rows("CREATE FEATURE VIEW paid AS SELECT price * size AS paid FROM trades")
        #expect(try rows("SHOW COLUMNS FROM paid").contains("paid|float64|false|false"))
        _ = try rows(
            "CREATE MATERIALIZED VIEW hours AS SELECT time, symbol, max(high) AS top FROM \"1Min/OHLCV\" SAMPLE BY 1h"
        )
        #expect(try rows("SHOW COLUMNS FROM hours").last == "top|float64|false|false")
        #expect(throws: QueryError.self) { try rows("SHOW COLUMNS FROM `NOPE/1Min/OHLCV`") }
    }

    // MARK: Followed

    /// Does the work of live queries when it is told to.
    private final class Waiting: LiveExecutor {
        private let work = Mutex<[@Sendable () -> Void]>([])

        func execute(_ work: @escaping @Sendable () -> Void) { self.work.withLock { $0.append(work) } }

        func run() {
            while true {
                let waiting = work.withLock { work in
                    defer { work = [] }
                    return work
                }
                if waiting.isEmpty { return }
                for piece in waiting { piece() }
            }
        }
    }

    private final class Told: LiveQuerySubscriber {
        private let told = Mutex<[String]>([])

        func take() -> [String] {
            told.withLock { told in
                defer { told = [] }
                return told
            }
        }

        func receive(_ event: LiveEvent, of query: LiveQuery) {
            told.withLock { told in
                switch event {
                case .snapshot(let snapshot): told += snapshot.rows.map { Self.text($0) }
                case .change(let change): told += change.rows.map { Self.text($0) }
                case .ended(let error): told.append("\(error)")
                }
            }
        }

        private static func text(_ row: LiveRow) -> String {
            row.values.map { FamilyTests.text($0) }.joined(separator: "|")
        }
    }

    @Test("are followed whole, whoever writes")
    func followed() async throws {
        let executor = Waiting()
        let live = LiveQueries(source: FamilyFeed(fixture.base.store), executor: executor)
        defer { live.close() }
        let (raw, bars) = (Told(), Told())
        let engine = fixture.base.engine
        let rows = "SELECT symbol, time, open, volume FROM \"1Min/OHLCV\" WHERE time >= '1970-01-01T01:00'"
        _ = try live.subscribe(try engine.prepare(rows), raw)
        let hours = "SELECT symbol, time, sum(volume) AS volume FROM \"1Min/OHLCV\" WHERE open < 50 SAMPLE BY 1h"
        _ = try live.subscribe(try engine.prepare(hours), bars)
        executor.run()
        #expect(raw.take() == [])
        let hour = "1970-01-01T00:00:00Z"
        #expect(bars.take().sorted() == ["AAPL|\(hour)|11.0", "X|\(hour)|null", "ZM|\(hour)|7.0"])
        try await fixture.bars("BTC-USDT.BINANCE", from: 61, [40])
        fixture.write("AAPL/1Min/OHLCV", from: 61, [41], volumes: [8])
        executor.run()
        let minute = "1970-01-01T01:01:00Z"
        #expect(raw.take() == ["BTC-USDT.BINANCE|\(minute)|40.0|60.0", "AAPL|\(minute)|41.0|8.0"])
        // The hour that is over is told once more, as it stays.
        let next = "1970-01-01T01:00:00Z"
        #expect(bars.take().sorted() == ["AAPL|\(hour)|11.0", "AAPL|\(next)|8.0", "BTC-USDT.BINANCE|\(next)|60.0"])
        // Of a symbol that a client has a bucket of, the feed's bars are not the family's.
        fixture.write("SOL.BINANCE/1Min/OHLCV", from: 62, [1], volumes: [2])
        try await fixture.bars("SOL.BINANCE", from: 63, [45])
        executor.run()
        #expect(raw.take() == ["SOL.BINANCE|1970-01-01T01:02:00Z|1.0|2.0"])
        // Another table of the family comes: the queries begin again with it.
        let more: [Dataset.Column] = [.epoch([3_900]), .of("Open", "f8", [6.0]), .of("Bid", "f8", [1.0])]
        #expect(fixture.base.write("Q/1Min/OHLCV", more) == nil)
        executor.run()
        #expect(raw.take().last == "Q|1970-01-01T01:05:00Z|6.0|null")
    }

    @Test("are followed anew where a later table takes a symbol over")
    func takenOver() async throws {
        let executor = Waiting()
        let live = LiveQueries(source: FamilyFeed(fixture.base.store), executor: executor)
        defer { live.close() }
        let bars = Told()
        let text =
            "SELECT symbol, time, max(open) AS top FROM \"1Min/OHLCV\" WHERE symbol = 'BTC-USDT.BINANCE' SAMPLE BY 1h"
        _ = try live.subscribe(try fixture.base.engine.prepare(text), bars)
        executor.run()
        let hour = "BTC-USDT.BINANCE|1970-01-01T00:00:00Z"
        #expect(bars.take() == ["\(hour)|101.0"])
        func insert(_ minute: Int, _ open: Int) throws {
            _ = try rows(
                "INSERT INTO \"1Min/OHLCV~2\" (time, symbol, Open) "
                    + "VALUES ('1970-01-01T00:0\(minute):00Z', 'BTC-USDT.BINANCE', \(open))"
            )
            executor.run()
        }
        try insert(2, 7)
        #expect(bars.take() == ["\(hour)|7.0"])
        #expect(try rows(text) == ["\(hour)|7.0"])
        // From then on its rows are told as they come, and those of the feed are not.
        try insert(3, 8)
        #expect(bars.take() == ["\(hour)|8.0"])
        try await fixture.bars("BTC-USDT.BINANCE", from: 4, [200])
        executor.run()
        #expect(bars.take() == [])
        #expect(try rows(text) == ["\(hour)|8.0"])
    }

    @Test("as a whole are no table that a statement could name")
    func internalNames() throws {
        for statement in [
            "SELECT count() FROM \"1Min/OHLCV~*\"", "DROP TABLE \"1Min/OHLCV~*\"",
            "INSERT INTO \"1Min/OHLCV~*\" (time, symbol) VALUES ('1970-01-01', 'A')",
            "CREATE FEATURE VIEW v AS SELECT open FROM \"1Min/OHLCV~*\"",
            "CREATE MATERIALIZED VIEW v AS SELECT time, symbol, max(open) FROM \"1Min/OHLCV~*\" SAMPLE BY 1h",
            "SELECT count() FROM \"1Min/OHLCV~*~1\"",
        ] {
            let error = #expect(throws: QueryError.self) { try rows(statement) }
            #expect(error?.code == .unknownTable, "\(statement)")
        }
        for name in ["1Min/OHLCV~1", "2Min/OHLCV~1", "1Min/OHLCV~*", "2Min/OHLCV~*"] {
            #expect(throws: QueryError.self) { try rows("CREATE TABLE \"\(name)\" (time timestamp, symbol symbol)") }
        }
    }
}
