import Columnar
import Market
import QueryLang
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// Statements about feature views, over a store.
@Suite struct FeatureViewStatementTests {
    private static let micro = "CREATE FEATURE VIEW micro AS SELECT spread_bps(), imbalance(5) AS imbalance FROM book"

    @Test func anotherTextIsAnotherVersionAndTheSameTextIsNone() throws {
        let fixture = try FeatureViewFixture([])
        #expect(try fixture.run(Self.micro) == [[.text("created micro@v1")]])
        let sameInOtherLetters = Self.micro.lowercased().replacing("micro as", with: "MICRO   as")
        #expect(try fixture.run(sameInOtherLetters) == [[.text("exists micro@v1")]])
        let other =
            "CREATE FEATURE VIEW micro STORE NONE TTL 5m OWNER 'desk' UNITS (mid 'price') AS SELECT mid() FROM book"
        #expect(try fixture.run(other) == [[.text("created micro@v2")]])
        let versions = try fixture.run("SELECT DISTINCT version FROM system.features WHERE view = 'micro'")
        #expect(versions == [[.int64(1)], [.int64(2)]])
        #expect(
            try fixture.run("SELECT feature, unit, store, ttl_ns, owner, live FROM system.features WHERE version = 2")
                == [
                    [
                        .text("mid"), .text("price"), .text("NONE"), .int64(300_000_000_000), .text("desk"),
                        .boolean(true),
                    ]
                ]
        )
        #expect(try fixture.run("SHOW CREATE FEATURE VIEW micro") == [[.text(other)]])
        #expect(try fixture.run("DROP FEATURE VIEW micro@v2") == [[.text("dropped")]])
        #expect(
            try fixture.run(other) == [[.text("created micro@v3")]],
            "a dropped version's number is not given again"
        )
        #expect(try fixture.run("DROP FEATURE VIEW micro") == [[.text("dropped")]])
        #expect(fixture.failure("SELECT * FROM micro")?.code == .unknownTable)
        #expect(try fixture.run("DROP FEATURE VIEW IF EXISTS micro") == [[.text("absent")]])
        try fixture.restart()
        #expect(try fixture.run(Self.micro) == [[.text("created micro@v4")]], "nor after a restart")
        #expect(fixture.failure("CREATE TABLE micro (n int64)")?.code == .tableExists)
        #expect(fixture.failure("CREATE VIEW micro AS SELECT price FROM trades")?.code == .tableExists)
    }

    @Test(
        arguments: [
            "SELECT last(price) FROM trades", "SELECT price FROM trades SAMPLE BY 1m", "SELECT * FROM trades",
            "SELECT price FROM trades LIMIT 1", "SELECT price FROM trades ORDER BY price", "SELECT side FROM trades",
            "SELECT price, now() AS n FROM trades", "SELECT lead(price, 1) AS p FROM trades",
            "SELECT avg(price) OVER (ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS p FROM trades",
            "SELECT avg(price) OVER (PARTITION BY side) AS p FROM trades",
            "SELECT price FROM (SELECT price FROM trades)",
            "SELECT size FROM book", "SELECT time, symbol FROM trades",
        ]
    )
    func whatIsNoRowAnEventOrLooksAheadIsRefused(_ query: String) throws {
        let fixture = try FeatureViewFixture([])
        let error = fixture.failure("CREATE FEATURE VIEW v AS \(query)")
        #expect(error?.code == .semantic || error?.code == .type, "\(String(describing: error))")
        #expect(error?.message.hasPrefix("BUG") == false)
    }

    @Test(
        arguments: [
            ("SELECT price FROM trades ORDER BY «time»", "ORDER BY"), ("SELECT price FROM trades LIMIT «3»", "LIMIT"),
            ("SELECT price FROM trades GROUP BY «symbol»", "GROUP BY"),
            ("SELECT price AS «time» FROM trades", "'time'"), ("SELECT price AS «Seq» FROM trades", "'Seq'"),
        ]
    )
    func whatIsRefusedIsShownWhereItStands(_ marked: String, said: String) throws {
        let fixture = try FeatureViewFixture([])
        let begin = "CREATE FEATURE VIEW v AS "
        let start = begin.utf8.count + marked.prefix { $0 != "«" }.utf8.count
        let text = begin + marked.filter { $0 != "«" && $0 != "»" }
        let error = try #require(fixture.failure(text))
        #expect(error.message.contains(said), "\(error.message)")
        #expect(error.span?.start == start, "\(error.message) at \(String(describing: error.span))")
    }

    @Test func aFlowOverAWindowIsItsSum() throws {
        let fixture = try FeatureViewFixture([
            "CREATE FEATURE VIEW short AS SELECT ofi() OVER (RANGE 1s), changes() OVER (ROWS 9 PRECEDING) FROM book",
            """
            CREATE FEATURE VIEW long AS SELECT sum(ofi()) OVER (RANGE BETWEEN 1s PRECEDING AND CURRENT ROW) AS ofi, \
            sum(changes()) OVER (ROWS 9 PRECEDING) AS changes FROM book
            """,
        ])
        try fixture.feed(RandomFeed.events(500, seed: 5, fixture.registry), sizes: [50])
        let rows = try fixture.run("SELECT symbol, seq, ofi, changes FROM short")
        #expect(rows.count > 100)
        #expect(rows.contains { $0[2] != .float64(0) && $0[2] != .null })
        #expect(try fixture.run("SELECT symbol, seq, ofi, changes FROM long").map(bits) == rows.map(bits))
    }

    /// Values of a view with a time to live are as fresh as its last event, though that left them as they were.
    @Test func eventsThatChangeNothingAreToldOfViewsThatGetOld() throws {
        let fixture = try FeatureViewFixture([
            "CREATE FEATURE VIEW steady TTL 1s AS SELECT price > 0 AS heavy FROM trades",
            "CREATE FEATURE VIEW ageless AS SELECT price > 0 AS heavy FROM trades",
        ])
        try fixture.feed(RandomFeed.events(500, seed: 7, fixture.registry), sizes: [20])
        let confirmations = fixture.recorder.state.withLock { $0.confirmations }
        for symbol in FeatureViewFixture.symbols {
            let told = confirmations.filter { $0.event.instrument == symbol }
            #expect(Set(told.map(\.view)) == ["steady@v1"])
            #expect(told.count > fixture.recorder.updates(of: "steady@v1", symbol).count)
            let last = try fixture.run("SELECT max(time) FROM trades WHERE symbol = '\(symbol)'")
            #expect(last == [[.timestamp(told.last?.event.exchangeTime ?? 0)]])
        }
    }

    @Test func builtInViewsAreListedAndGiveWhatTheRuntimeStores() throws {
        let fixture = try FeatureViewFixture([])
        try fixture.feed(RandomFeed.events(3_000, seed: 3, fixture.registry), sizes: [50])
        let names = try fixture.run("SELECT DISTINCT view FROM system.features WHERE built_in").map { $0[0] }
        #expect(Set(names) == [.text("book_features"), .text("trade_features"), .text("bar_features")])
        // Without its version the name means the query over raw events, with it the stored table.
        let features = FeatureCatalog.features[FeatureCatalog.bookRange].map(\.name).joined(separator: ", ")
        let stored = try fixture.run("SELECT symbol, seq, \(features) FROM \"book_features@v1\"")
        let computed = try fixture.run("SELECT symbol, seq, \(features) FROM book_features")
        let bySeq = Dictionary(computed.map { ([$0[0], $0[1]], $0) }, uniquingKeysWith: { first, _ in first })
        #expect(stored.count > 20)
        for row in stored where bySeq[[row[0], row[1]]].map({ bits($0) != bits(row) }) ?? true {
            Issue.record("\(row) is not \(String(describing: bySeq[[row[0], row[1]]]))")
        }
        #expect(fixture.failure("CREATE FEATURE VIEW book_features AS SELECT mid() FROM book")?.code == .tableExists)
        let bars = try fixture.run("SELECT count() FROM \"1Min/OHLCV\"")
        #expect(try fixture.run("SELECT count() FROM bar_features") == bars)
    }
}

/// Rows as bits.
func bits(_ row: [Scalar]) -> [String] {
    row.map { value in
        if case .float64(let number) = value { String(number.bitPattern, radix: 16) } else { "\(value)" }
    }
}

/// Live updates, stored rows and history of feature views are the same.
@Suite struct FeatureViewParityTests {
    static let statements = [
        "CREATE FEATURE VIEW micro AS SELECT spread_bps(), imbalance(5) AS imbalance, microprice(), ofi_cum() FROM book",
        """
        CREATE FEATURE VIEW flow STORE ON CHANGE AS SELECT sum(ofi()) OVER (RANGE 1s PRECEDING) AS ofi_1s, changes() \
        FROM book
        """,
        "CREATE FEATURE VIEW tape AS SELECT price * size AS notional, price FROM trades WHERE size > 0.5",
        """
        CREATE FEATURE VIEW trend AS SELECT sum(size) OVER (RANGE 2s PRECEDING) AS volume_2s, price - lag(price, 3) AS change, \
        avg(price) OVER (ROWS 9 PRECEDING) AS mean FROM trades
        """,
        """
        CREATE FEATURE VIEW slow AS SELECT ema(price, 5) AS ema, \
        stddev_samp(price) OVER (RANGE 1s PRECEDING) AS deviation FROM trades
        """,
        "CREATE FEATURE VIEW top LATENCY 3ms AS SELECT (ask - bid) / bid AS spread, bid_size > ask_size AS heavy FROM quotes",
        """
        CREATE FEATURE VIEW taker LATENCY 1ms AS SELECT t.price - q.bid AS over_bid, q.ask AS ask, q.bid_size / t.size AS r, \
        sum(t.size) OVER (RANGE 1s PRECEDING) AS volume_1s FROM trades t ASOF JOIN quotes q ON (symbol)
        """,
        """
        CREATE FEATURE VIEW drift STORE ON CHANGE AS SELECT ema(t.price - q.bid, 4) AS drift, q.bid AS bid FROM trades t \
        LT JOIN quotes q ON (symbol) TOLERANCE 200ms WHERE t.size > 0.3
        """,
        "CREATE FEATURE VIEW bars STORE NONE AS SELECT close, close - lag(close, 1) AS change FROM \"1Min/OHLCV\"",
    ]
    static let views = [
        "micro@v1", "flow@v1", "tape@v1", "trend@v1", "slow@v1", "top@v1", "taker@v1", "drift@v1", "bars@v1",
    ]

    /// Checks what was published of a view against its query over history, and what it stored.
    private func checkHistory(_ fixture: FeatureViewFixture, _ view: String, _ symbol: String) throws {
        let answer = try fixture.engine.prepare("SELECT * FROM \"\(view)\"")
        let names = answer.columns.map(\.name)
        let head = names.contains("book_state") ? 6 : 5
        let rows = try fixture.run("SELECT * FROM \"\(view)\" WHERE symbol = '\(symbol)'")
        let states = fixture.recorder.states(view, symbol)
        let first = try #require(states.first?.seq, "\(view) of \(symbol) has no update")
        var place = 0
        var present = 0
        for row in rows {
            guard case .int64(let seq) = row[2], seq >= first else { continue }
            while place + 1 < states.count, states[place + 1].seq <= seq { place += 1 }
            for (field, live) in states[place].values.enumerated() {
                var value = row[head + field].double
                if case .boolean(let flag) = row[head + field] { value = flag ? 1 : 0 }
                if case .float64(let number) = row[head + field], !number.isFinite { value = nil }
                switch live.status {
                case .present, .stale:
                    present += 1
                    if live.value?.bitPattern != value?.bitPattern {
                        let name = names[head + field]
                        Issue.record("\(view) \(symbol) \(seq) \(name): \(row[head + field]), live \(live)")
                        return
                    }
                case .null: #expect(value == nil, "\(view) \(seq)")
                default: break
                }
            }
        }
        #expect(present > (view == "bars@v1" ? -1 : 50), "\(view) \(symbol): \(present) values, \(rows.count) rows")
    }

    private func checkStored(_ fixture: FeatureViewFixture, _ view: String, _ symbol: String) throws {
        let rows = try fixture.run("SELECT * FROM \"\(view)\" WHERE symbol = '\(symbol)'")
        let stored = try fixture.run("SELECT * FROM \"\(view)/stored\" WHERE symbol = '\(symbol)'")
        var expected: [[Scalar]] = []
        for (index, row) in rows.enumerated() {
            if ["flow@v1", "drift@v1"].contains(view) {
                if index == 0 || bits(Array(rows[index - 1][5...])) != bits(Array(row[5...])) { expected.append(row) }
            } else if index + 1 < rows.count {
                let (own, next) = (row[0].int64 ?? 0, rows[index + 1][0].int64 ?? 0)
                if next / CivilTime.second > own / CivilTime.second { expected.append(row) }
            }
        }
        #expect(stored.count == expected.count, "\(view) \(symbol)")
        for (one, other) in zip(stored, expected) where bits(one) != bits(other) {
            Issue.record("\(view) \(symbol): stored \(one), computed \(other)")
            return
        }
    }

    @Test(arguments: [1, 2]) func updatesDependOnNoBatchAndAreTheQueryOverHistory(seed: Int) throws {
        var canonical: [String: [String]] = [:]
        for (number, sizes) in [[1], [3, 11, 1, 40], [100_000]].enumerated() {
            let fixture = try FeatureViewFixture(shards: number == 1 ? 2 : 1, Self.statements)
            let events = RandomFeed.events(2_500, seed: UInt64(seed), fixture.registry)
            try fixture.feed(events, sizes: sizes)
            #expect(fixture.recorder.viewNames.filter { !$0.hasPrefix("bar_") } == Self.views.sorted())
            #expect(fixture.views.statistics.failures.value == 0)
            #expect(fixture.views.statistics.parityChecks.value > 0)
            #expect(fixture.views.statistics.parityMismatches.value == 0)
            for symbol in FeatureViewFixture.symbols {
                for view in Self.views {
                    let updates = fixture.recorder.canonical(view, symbol)
                    let key = "\(view) \(symbol)"
                    if let known = canonical[key] {
                        let same = zip(known, updates).prefix { $0 == $1 }.count
                        #expect(
                            known.count == updates.count && same == known.count,
                            "\(key) at \(same): \(known.dropFirst(same).prefix(2)) and \(updates.dropFirst(same).prefix(2))"
                        )
                    } else {
                        canonical[key] = updates
                    }
                    try checkHistory(fixture, view, symbol)
                    if view != "bars@v1" { try checkStored(fixture, view, symbol) }
                }
            }
        }
        // A lost book begins an epoch.
        let epochs = Set((canonical["micro@v1 X-Y.T"] ?? []).compactMap { $0.split(separator: " ").first })
        #expect(epochs.contains("k1") && epochs.count > 2, "\(epochs)")
    }

    @Test func afterARestartValuesAreThoseOfAnUnbrokenRun() throws {
        let whole = try FeatureViewFixture(Self.statements)
        let events = RandomFeed.events(3_000, seed: 11, whole.registry)
        try whole.feed(events, sizes: [20])
        let broken = try FeatureViewFixture(Self.statements)
        _ = RandomFeed.events(1, seed: 11, broken.registry)
        try broken.feed(events, 0..<1_600, sizes: [20])
        try broken.restart()
        try broken.feed(events, 1_600..<3_000, sizes: [20])
        for symbol in FeatureViewFixture.symbols {
            for view in Self.views where view != "bars@v1" {
                let after = broken.recorder.states(view, symbol)
                let before = Dictionary(
                    whole.recorder.states(view, symbol).map { ($0.seq, $0.values) },
                    uniquingKeysWith: { first, _ in first }
                )
                #expect(after.count > 50, "\(view) \(symbol)")
                // The first one tells all; later ones come where the other run tells something too.
                for (index, state) in after.enumerated() where index > 0 || before[state.seq] != nil {
                    #expect(before[state.seq] == state.values, "\(view) \(symbol) \(state.seq)")
                }
                try checkStored(broken, view, symbol)
            }
        }
        #expect(broken.recorder.updates(of: "micro@v1", "X-Y.T").first?.epoch == "k2")
        #expect(broken.views.statistics.parityMismatches.value == 0)
    }

    @Test(.enabled(if: Recordings.isPresent, "TICKGATE_SHARED is absent"))
    func recordedFeedGivesTheSameLiveStoredAndOverHistory() throws {
        let fixture = try FeatureViewFixture(shards: 2, registry: Recordings.registry, Self.statements)
        try fixture.feed(Recordings.events, sizes: [500, 1, 77])
        for view in ["micro@v1", "flow@v1", "tape@v1", "trend@v1"] {
            try checkHistory(fixture, view, "BTC-USDT.BINANCE")
            try checkStored(fixture, view, "BTC-USDT.BINANCE")
        }
        #expect(fixture.views.statistics.parityMismatches.value == 0)
    }

    /// A quote of an earlier time that came after the trade is no part of it: neither as it comes, nor in history ever after.
    @Test(arguments: [1, 4]) func aJoinedRowKnowsOnlyWhatHadArrived(batchSize: Int) throws {
        let fixture = try FeatureViewFixture([])
        for table in ["hits", "tops"] {
            let value = table == "hits" ? "price" : "bid"
            try fixture.run(
                "CREATE TABLE \(table) (time timestamp, symbol symbol, seq int64, receive_time timestamp, \(value) float64)"
            )
        }
        try fixture.run(
            "CREATE FEATURE VIEW known STORE NONE AS SELECT h.price AS price, t.bid AS bid FROM hits h ASOF JOIN tops t ON (symbol)"
        )
        // From here on its tables are followed.
        try fixture.settle()
        // Table, millisecond, value; the number of an event is its place.
        let events: [(String, Int, Double)] = [
            ("hits", 10, 1), ("tops", 20, 100), ("hits", 30, 2), ("tops", 25, 101), ("hits", 31, 3), ("tops", 40, 102),
            ("hits", 35, 4), ("tops", 33, 103), ("tops", 34, 104), ("hits", 36, 5), ("hits", 40, 6),
        ]
        let expected: [Double?] = [nil, 100, 101, 101, 104, 102]
        func row(_ place: Int) -> String {
            let (_, time, value) = events[place]
            let at = "'2024-01-01T00:00:00.\(format(time))'"
            return "(\(at), 'A', \(place + 1), \(at), \(value))"
        }
        func format(_ time: Int) -> String { time < 100 ? "0\(time)" : "\(time)" }
        for place in events.indices {
            try fixture.run("INSERT INTO \(events[place].0) VALUES \(row(place))")
            if place % batchSize == 0 { try fixture.settle() }
        }
        try fixture.settle()
        let history = try fixture.run("SELECT price, bid FROM known").map { $0[1].double }
        #expect(history == expected)
        let general = QueryEngine(source: fixture.store, options: ExecutionOptions(usesOptimizer: false))
        let stream = try general.execute(try general.prepare("SELECT price, bid FROM known"))
        var rows: [Double?] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { rows.append(batch.columns[1].scalar(at: row).double) }
        }
        #expect(rows == expected)
        let live = fixture.recorder.states("known@v1", "A").map(\.values)
        #expect(live.map { $0[1].value } == expected)
        #expect(fixture.views.statistics.parityMismatches.value == 0)
        #expect(fixture.views.statistics.failures.value == 0)
    }
}
