import Columnar
import Engine
import MarketStore
import Store
import Testing

/// A service over a store with the tables of a feed, which a test writes as the feed does.
final class FeedFixture {
    let base: ServiceFixture
    var service: MarketStoreService { base.service }

    init(zone: String = "UTC") throws {
        base = try ServiceFixture(zone: zone)
        for schema in MarketTables.schemas { try base.store.createTable(schema) }
        // The tables are there before the service, as in the gateway.
        try base.reopen()
    }

    /// Writes bars of an instrument, a minute each: open, high, low and close are these and a bit around, the volume 1.5 of it.
    func bars(_ instrument: String, from minute: Int64 = 0, _ prices: [Double]) async throws {
        let times = prices.indices.map { (minute + Int64($0)) * CivilTime.minute }
        let columns: [Vector?] = [
            .of(times), nil, .of(prices), .of(prices.map { $0 + 1 }), .of(prices.map { $0 - 1 }),
            .of(prices.map { $0 + 0.25 }), .of(prices.map { $0 * 1.5 }),
        ]
        let group = AppendGroup(
            table: MarketTables.bars,
            series: instrument,
            columns: columns,
            rowCount: prices.count
        )
        let store = base.store
        _ = try await withCheckedContinuation { continuation in
            store.append(AppendBatch(groups: [group]), durability: .sync) { continuation.resume(returning: $0) }
        }.get()
    }

    /// A client's bars of one price each.
    @discardableResult
    func write(_ key: String, from minute: Int64 = 0, _ prices: [Float], volumes: [Int64]? = nil) -> String? {
        let epochs = prices.indices.map { (minute + Int64($0)) * 60 }
        let columns = ["Open", "High", "Low", "Close"].map { Dataset.Column.of($0, "f4", prices) }
        let volume = Dataset.Column.of("Volume", "i8", volumes ?? prices.map { Int64($0) })
        return base.write(key, [.epoch(epochs)] + columns + [volume])
    }
}

extension Vector {
    fileprivate static func of(_ times: [Int64]) -> Vector {
        Vector(type: .timestamp, form: .int64(Buffer(times)))
    }

    fileprivate static func of(_ values: [Double]) -> Vector {
        Vector(type: .float64, form: .float64(Buffer(values)))
    }
}

@Suite("Bars of the gateway's own feed")
struct FeedBucketTests {
    private let fixture: FeedFixture
    private static let key = "BTC-USDT.BINANCE/1Min/OHLCV"

    init() async throws {
        fixture = try FeedFixture()
        try await fixture.bars("BTC-USDT.BINANCE", [100, 101, 102, 103, 104, 105])
        try await fixture.bars("ETH-USDT.BINANCE", [10])
        try await fixture.bars("ETH-USDT.COINBASE", [11])
    }

    @Test("are buckets with MarketStore's columns, which are listed and described")
    func listing() throws {
        #expect(
            fixture.service.list(.bucketKey) == [
                Self.key, "ETH-USDT.BINANCE/1Min/OHLCV", "ETH-USDT.COINBASE/1Min/OHLCV",
            ]
        )
        #expect(fixture.service.list(.symbol) == ["BTC-USDT.BINANCE", "ETH-USDT.BINANCE", "ETH-USDT.COINBASE"])
        let info = try #require(try fixture.service.info([Self.key]).first?.get())
        #expect(info.bucket.columns.map(\.name) == ["Open", "High", "Low", "Close", "Volume"])
        #expect(info.bucket.columns.allSatisfy { $0.type == .float64 })
        #expect(info.timeframe == CivilTime.minute && info.latestYear == 1970 && !info.bucket.isVariable)
    }

    @Test("are read with all that a query can ask")
    func reading() throws {
        let all = try fixture.base.query(Self.key)
        #expect(all.names == ["Epoch", "Open", "High", "Low", "Close", "Volume"])
        #expect(all.types == ["i8", "f8", "f8", "f8", "f8", "f8"])
        #expect(all.epochs == [0, 60, 120, 180, 240, 300])
        #expect(try all.column("Close").values(Double.self).first == 100.25)
        let some = try fixture.base.query(Self.key) {
            ($0.epochStart, $0.epochEnd, $0.limit, $0.columns) = (60, 240, 2, ["High"])
        }
        #expect(some.names == ["Epoch", "High"] && some.epochs == [180, 240])
        let first = try fixture.base.query("*/1Min/OHLCV") { ($0.limit, $0.isLimitFromStart) = (1, true) }
        #expect(first.spans.map(\.count) == [1, 1, 1] && first.epochs == [0, 0, 0])
        let candles = try fixture.base.query(Self.key) {
            $0.functions = ["candlecandler('5Min',Open,High,Low,Close,Sum::Volume)"]
        }
        #expect(candles.epochs == [0, 300])
        #expect(try candles.float("High") == [105, 106])
        let coarser = try fixture.base.query("BTC-USDT.BINANCE/5Min/OHLCV") { $0.columns = ["Open", "Volume"] }
        #expect(coarser.names == ["Epoch", "Open", "Volume"] && coarser.epochs == [0, 300])
        #expect(try coarser.column("Volume").values(Double.self) == [765, 157.5])
    }

    @Test("are found by a name without venue that is at one venue only")
    func shortNames() throws {
        let short = try fixture.base.query("BTC-USDT/1Min/OHLCV") { $0.limit = 1 }
        #expect(short.spans.map(\.key) == ["BTC-USDT/1Min/OHLCV:Symbol/Timeframe/AttributeGroup"])
        #expect(short.epochs == [300])
        let both = try fixture.base.query("BTC-USDT,ETH-USDT.BINANCE,BTC-USDT.BINANCE/1Min/OHLCV")
        #expect(both.spans.map(\.count) == [6, 6, 1])
        #expect(try fixture.base.query("BTC-USDT/3Min/OHLCV").epochs == [0, 180])
        #expect(
            fixture.base.failure("ETH-USDT/1Min/OHLCV")
                == "ETH-USDT is at several venues: name one of ETH-USDT.BINANCE, ETH-USDT.COINBASE"
        )
        #expect(fixture.base.failure("NOPE/1Min/OHLCV") == "no files returned from query parse")
        // A client's bucket has its name before the feed's.
        fixture.write("BTC-USDT/1Min/OHLCV", [7])
        #expect(try fixture.base.query("BTC-USDT/1Min/OHLCV").float("Open") == [7])
        #expect(try fixture.base.query(Self.key).rowCount == 6)
    }

    @Test("are names in statements")
    func names() throws {
        let rows = try fixture.base.sql("SELECT Epoch, Close FROM `BTC-USDT.BINANCE/1Min/OHLCV` WHERE Open > 104")
        #expect(rows.count == 1 && rows[0].hasSuffix("105.25)"), "\(rows)")
        #expect(try fixture.base.sql("SELECT * FROM `BTC-USDT/1Min/OHLCV`").count == 6)
        #expect(try fixture.base.sql("SELECT * FROM `BTC-USDT/1W/OHLCV`").count == 1)
        var query = DataQuery()
        query.sql = "SELECT Epoch, Open, Volume FROM `BTC-USDT.BINANCE/1Min/OHLCV` WHERE Epoch >= 240;"
        let answer = try fixture.service.query([query])[0]
        #expect(answer.names == ["Epoch", "Open", "Volume"] && answer.types == ["i8", "f8", "f8"])
        #expect(answer.epochs == [240, 300])
    }

    @Test("cannot be written, made or destroyed by clients")
    func refusals() throws {
        let refusal = "\(Self.key) holds the bars of the gateway's own feed, which clients can only read; "
        #expect(fixture.write(Self.key, [1])?.hasPrefix(refusal) == true)
        #expect(fixture.write("BTC-USDT.BINANCE/1Min/MINE", [1]) == nil)
        let creation = BucketCreation(
            key: Self.key + BucketKey.category,
            names: ["Epoch", "Open"],
            types: ["i8", "f4"],
            isVariable: false
        )
        #expect(fixture.service.create([creation])[0]?.message.hasPrefix(refusal) == true)
        for key in [Self.key, "BTC-USDT/1Min/OHLCV"] {
            #expect(fixture.service.destroy([key])[0]?.message.contains("own feed") == true)
        }
        var query = DataQuery()
        query.sql = "INSERT INTO `\(Self.key)` SELECT * FROM `ETH-USDT.BINANCE/1Min/OHLCV`;"
        #expect(throws: DataServiceError.self) { try fixture.service.query([query]) }
        #expect(try fixture.base.query(Self.key).rowCount == 6)
    }

    @Test("answer beside buckets of clients, with the columns and widest types of both")
    func together() throws {
        fixture.write("AAPL/1Min/OHLCV", [1, 2], volumes: [5, 6])
        fixture.write("BTC-USDT.ZZZ/1Min/OHLCV", [3])
        let both = try fixture.base.query("*/1Min/OHLCV") { $0.limit = 1 }
        #expect(both.types == ["i8", "f8", "f8", "f8", "f8", "f8"])
        let symbols = ["AAPL", "BTC-USDT.BINANCE", "BTC-USDT.ZZZ", "ETH-USDT.BINANCE", "ETH-USDT.COINBASE"]
        #expect(both.spans.map { String($0.key.prefix { $0 != "/" }) } == symbols)
        #expect(try both.column("Open").values(Double.self) == [2, 105, 3, 10, 11])
        #expect(try both.column("Volume").values(Double.self) == [6, 157.5, 3, 15, 16.5])
        // Buckets of clients alone keep their types.
        #expect(try fixture.base.query("AAPL,BTC-USDT.ZZZ/1Min/OHLCV").types == ["i8", "f4", "f4", "f4", "f4", "i8"])
        // Columns that one side lacks hold nothing.
        let extra: [Dataset.Column] = [.epoch([0]), .of("Open", "f4", [Float(9)]), .of("Trades", "i4", [Int32(4)])]
        #expect(fixture.base.write("X/1Min/OHLCV", extra) == nil)
        let mixed = try fixture.base.query("X,ETH-USDT.COINBASE/1Min/OHLCV")
        #expect(mixed.names == ["Epoch", "Open", "Trades", "High", "Low", "Close", "Volume"])
        #expect(try mixed.column("Trades").values(Int32.self) == [0, 4])
        #expect(try mixed.column("High").values(Double.self)[0] == 12)
        #expect(try mixed.column("High").values(Double.self)[1].isNaN)
        // Clients' own must be alike, as ever.
        #expect(fixture.base.failure("*/1Min/OHLCV")?.hasPrefix("symbols in a query must have the same") == true)
        let five = try fixture.base.query("AAPL,BTC-USDT/5Min/OHLCV")
        #expect(five.spans.map(\.count) == [1, 2])
        #expect(try five.column("Close").values(Double.self) == [2, 104.25, 105.25])
    }

    @Test("stand behind a client's bucket of their name, and come back when it goes")
    func precedence() async throws {
        fixture.write("SOL-USDT.BINANCE/1Min/OHLCV", [1])
        try await fixture.bars("SOL-USDT.BINANCE", [50, 51])
        #expect(try fixture.base.query("SOL-USDT.BINANCE/1Min/OHLCV").float("Open") == [1])
        #expect(fixture.write("SOL-USDT.BINANCE/1Min/OHLCV", from: 1, [2]) == nil)
        #expect(fixture.service.destroy(["SOL-USDT.BINANCE/1Min/OHLCV"]) == [nil])
        let bars = try fixture.base.query("SOL-USDT.BINANCE/1Min/OHLCV")
        #expect(try bars.column("Open").values(Double.self) == [50, 51])
        try fixture.base.reopen()
        #expect(fixture.service.list(.symbol).contains("SOL-USDT.BINANCE"))
        #expect(fixture.write("SOL-USDT.BINANCE/1Min/OHLCV", [1]) != nil)
    }

    @Test("are pushed as messages")
    func stream() throws {
        let values = [1, 2, 3, 4, 5].map { Vector?.some(.of([Double($0)])) }
        let group = AppendGroup(
            table: MarketTables.bars,
            series: "BTC-USDT.BINANCE",
            columns: [.of([360 * CivilTime.second]), nil] + values,
            rowCount: 1
        )
        var stream = RowStream(directory: fixture.service.directory)
        var keys: [String] = []
        var bytes: [UInt8] = []
        stream.take(group, now: 0, isFollowed: { _ in true }) { key, message in
            keys.append(key.description)
            bytes = message
        }
        #expect(keys == [Self.key])
        #expect(String(decoding: bytes, as: UTF8.self).contains("Volume"))
    }
}
