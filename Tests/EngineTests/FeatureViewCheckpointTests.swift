import Columnar
import Market
import QueryLang
import Store
import StoreSupport
import TestSupport
import Testing

@testable import Engine

/// Feature views that go on from their checkpoints.
@Suite struct FeatureViewCheckpointTests {
    // MARK: Random views

    private static let frames = [
        "ROWS 9 PRECEDING", "ROWS 200 PRECEDING", "RANGE 2s PRECEDING", "RANGE 1m PRECEDING",
        "ROWS UNBOUNDED PRECEDING", "RANGE UNBOUNDED PRECEDING", "ROWS BETWEEN 20 PRECEDING AND 5 PRECEDING",
        "RANGE BETWEEN 3s PRECEDING AND 1s PRECEDING",
    ]

    private static func expressions(_ x: String, _ y: String) -> [String] {
        let windowed = [
            "sum(\(x))", "avg(\(x))", "count(\(x))", "min(\(x))", "max(\(y))", "stddev_samp(\(x))",
            "var_pop(\(x) - \(y))", "corr(\(x), \(y))", "vwap(\(x), \(y))", "median(\(x))", "first(\(x))",
            "last(\(y))", "first_value(\(x))", "last_value(\(y))", "nth_value(\(x), 3)", "count_distinct(\(x))",
            "arg_max(\(x), \(y))", "skewness(\(x))", "kurtosis(\(x))", "regr_slope(\(x), \(y))", "sum(\(x) * \(y))",
            "avg(\(x) / \(y))", "product(\(x) / 100)",
        ]
        let plain = [
            "ema(\(x), 7)", "ema(\(x) - \(y), 300)", "sma(\(x), 12)", "lag(\(x), 5)", "diff(\(y), 3)", "cumsum(\(y))",
            "rsi(\(x), 14)", "row_number()",
        ]
        return windowed.map { "\($0) OVER (#)" } + plain
    }

    /// Makes views over trades, quotes, books and bars, and gives the statements of those that could be made.
    private static func statements(_ fixture: FeatureViewFixture, seed: UInt64) -> [String] {
        var random = SeededGenerator(seed: seed)
        let sources = [
            ("trades", expressions("price", "size")), ("quotes", expressions("bid", "ask_size")),
            ("book", expressions("mid()", "imbalance(3)") + ["sum(ofi()) OVER (#)", "sum(changes()) OVER (#)"]),
            ("trades", expressions("price * 1.5", "sqrt(size)")), ("\"1Min/OHLCV\"", expressions("close", "volume")),
        ]
        var made: [String] = []
        for number in 0..<9 {
            let (table, all) = sources[number % sources.count]
            let fields = (0..<4).map { index -> String in
                let text = random.pick(all).replacing("#", with: random.pick(frames))
                return "\(text) AS f\(index)"
            }
            let filter = table == "trades" && random.oneIn(3) ? " WHERE size > 0.4" : ""
            let storage = random.pick(["STORE NONE", "STORE ON CHANGE", "STORE EVERY 1s"])
            let select = "SELECT \(fields.joined(separator: ", ")) FROM \(table)\(filter)"
            made.append("CREATE FEATURE VIEW v\(number) \(storage) AS \(select)")
        }
        return made.filter { fixture.failure($0) == nil }
    }

    /// What was told after a restart is what an unbroken run told, from the first event on.
    private func check(_ broken: FeatureViewFixture, _ whole: FeatureViewFixture, _ note: String) -> Int {
        var compared = 0
        for symbol in FeatureViewFixture.symbols {
            for view in whole.recorder.viewNames where !view.hasPrefix("bar_") {
                let after = broken.recorder.states(view, symbol)
                guard let first = after.first?.seq else { continue }
                var before: [Int64: [ViewUpdate.Value]] = [:]
                for state in whole.recorder.states(view, symbol) { before[state.seq] = state.values }
                let known = Dictionary(after.map { ($0.seq, $0.values) }, uniquingKeysWith: { $1 })
                for (seq, values) in before where seq >= first && seq <= (after.last?.seq ?? first) {
                    compared += 1
                    if !isSame(known[seq], values) {
                        let told = String(describing: known[seq])
                        Issue.record("\(note): \(view) \(symbol) \(seq): \(told), not \(values)")
                        return compared
                    }
                }
                for state in after.dropFirst() where before[state.seq] == nil {
                    Issue.record("\(note): \(view) \(symbol) told of \(state.seq), which changed nothing")
                    return compared
                }
            }
        }
        return compared
    }

    private func isSame(_ left: [ViewUpdate.Value]?, _ right: [ViewUpdate.Value]) -> Bool {
        guard let left, left.count == right.count else { return false }
        return zip(left, right).allSatisfy {
            $0.field == $1.field && $0.status == $1.status && $0.value?.bitPattern == $1.value?.bitPattern
        }
    }

    @Test(arguments: [1, 2], [1, 3] as [UInt64])
    func afterAnyRestartTheDeltasAreThoseOfAnUnbrokenRun(shards: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &* 31 &+ UInt64(shards))
        let whole = try FeatureViewFixture(parityInterval: .max, [])
        let statements = Self.statements(whole, seed: random.next())
        #expect(statements.count > 5, "\(statements)")
        let events = RandomFeed.events(2_400, seed: seed, whole.registry)
        try whole.feed(events, sizes: [20])

        let broken = try FeatureViewFixture(
            shards: shards,
            checkpointInterval: seed % 3 == 0 ? 0 : .max,
            parityInterval: .max,
            statements
        )
        _ = RandomFeed.events(1, seed: seed, broken.registry)
        var place = 0
        var older: [String: [UInt8]] = [:]
        var (compared, resumed) = (0, 0)
        for cut in [0, 1, 2].map({ _ in random.int(200...2_200) }).sorted() + [events.events.count] {
            try broken.feed(events, place..<cut, sizes: [random.pick([1, 20, 500])])
            compared += check(broken, whole, "seed \(seed), from \(place) to \(cut)")
            resumed += broken.views.statistics.checkpointsResumed.value
            place = cut
            // A crash leaves an older checkpoint, whose rows are replayed.
            let isCrash = random.oneIn(2)
            try broken.restart {
                if isCrash { for (name, bytes) in older { try broken.files.replace(name, with: bytes) } }
            }
            for name in try broken.files.names() { older[name] = try broken.files.read(name, bytesMax: .max) }
        }
        #expect(compared > 1_000)
        #expect(resumed > 5)
        #expect(broken.views.statistics.failures.value == 0)
        #expect(broken.log.lines.filter { !$0.contains("behind it") } == [])
    }

    @Test func plansGoOnFromTheirCheckpoints() throws {
        let fixture = try Self.slow()
        let events = RandomFeed.events(2_000, seed: 5, fixture.registry)
        try fixture.feed(events, 0..<1_200, sizes: [20])
        try fixture.restart()
        try fixture.feed(events, 1_200..<2_000, sizes: [20])
        #expect(fixture.views.statistics.checkpointsResumed.value == 4)
        #expect(fixture.views.statistics.checkpointsIgnored.value == 0)
        // It is what history says.
        #expect(fixture.views.statistics.parityChecks.value > 0)
        #expect(fixture.views.statistics.parityMismatches.value == 0)
    }

    private static func slow(bytes: Int = FeatureCheckpointOptions.bytesDefault) throws -> FeatureViewFixture {
        try FeatureViewFixture(
            checkpointInterval: .max,
            checkpointBytes: bytes,
            [
                "CREATE FEATURE VIEW slow AS SELECT ema(price, 50) AS e, stddev_samp(price) OVER (RANGE 1h PRECEDING) AS d FROM trades",
                "CREATE FEATURE VIEW deep AS SELECT ema(imbalance(5), 50) AS e FROM book",
            ]
        )
    }

    // MARK: Checkpoints of no use

    /// Runs a feed with a restart in its middle, and says how the plans after it began.
    private func restarted(
        _ fixture: FeatureViewFixture,
        seed: UInt64 = 9,
        _ meanwhile: () throws -> Void
    ) throws -> (resumed: Int, ignored: Int) {
        let whole = try Self.slow()
        let events = RandomFeed.events(1_500, seed: seed, whole.registry)
        try whole.feed(events, sizes: [20])
        _ = RandomFeed.events(1, seed: seed, fixture.registry)
        try fixture.feed(events, 0..<900, sizes: [20])
        try fixture.restart(meanwhile)
        try fixture.feed(events, 900..<1_500, sizes: [20])
        #expect(check(fixture, whole, "seed \(seed)") > 100)
        #expect(fixture.views.statistics.parityMismatches.value == 0)
        let statistics = fixture.views.statistics
        return (statistics.checkpointsResumed.value, statistics.checkpointsIgnored.value)
    }

    @Test(arguments: 0..<24) func damageIsNoticedAndNothingIsLost(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let fixture = try Self.slow()
        let (resumed, ignored) = try restarted(fixture) {
            for name in try fixture.files.names() {
                var bytes = try #require(try fixture.files.read(name, bytesMax: .max))
                switch random.int(0...3) {
                case 0: bytes.removeLast(random.int(1...bytes.count))
                case 1: bytes += [0, 1, 2]
                default: bytes[random.int(0...bytes.count - 1)] ^= UInt8(1 << random.int(0...7))
                }
                try fixture.files.replace(name, with: bytes)
            }
        }
        #expect(ignored >= 2 && resumed <= 4)
        #expect(fixture.log.lines.count == ignored)
    }

    @Test func anotherVersionOfTheFormatIsIgnored() throws {
        let fixture = try Self.slow()
        let (resumed, ignored) = try restarted(fixture) {
            for name in try fixture.files.names() {
                var bytes = try #require(try fixture.files.read(name, bytesMax: .max))
                bytes[4] = CheckpointFile.version + 1
                try fixture.files.replace(name, with: bytes)
            }
        }
        #expect(resumed == 0 && ignored == 2)
        #expect(fixture.log.lines.allSatisfy { $0.contains("has version 2 of the format") }, "\(fixture.log.lines)")
    }

    @Test func whatHasNoRoomIsLeftOut() throws {
        let fixture = try Self.slow(bytes: 100)
        let (resumed, ignored) = try restarted(fixture) {
            #expect(fixture.views.statistics.checkpointsLeftOut.value == 4)
        }
        #expect(resumed == 0 && ignored == 0)
    }

    /// How many plans over trades go on from a checkpoint after something else was done to the store.
    private func resumedAfter(_ change: (FeatureViewFixture) throws -> Void) throws -> (Int, [String]) {
        let fixture = try FeatureViewFixture(
            checkpointInterval: .max,
            ["CREATE FEATURE VIEW slow AS SELECT ema(price, 50) AS e FROM trades"]
        )
        let events = RandomFeed.events(1_500, seed: 3, fixture.registry)
        try fixture.feed(events, 0..<900, sizes: [20])
        try fixture.restart()
        // Of the plans that are not met again, the checkpoints stay.
        let view = fixture.views
        view.stop()
        try change(fixture)
        try fixture.restart()
        try fixture.feed(events, 900..<1_500, sizes: [20])
        #expect(fixture.views.statistics.parityMismatches.value == 0)
        #expect(fixture.views.statistics.failures.value == 0)
        return (fixture.views.statistics.checkpointsResumed.value, fixture.log.lines)
    }

    @Test func rowsThatChangeBehindACheckpointAreNoticed() throws {
        #expect(try resumedAfter { _ in }.0 == 2)
        let old = "'1970-01-01T00:00:00'"
        let filled = try resumedAfter {
            try $0.run(
                """
                INSERT INTO trades (time, symbol, seq, receive_time, price, size) \
                VALUES (\(old), 'X-Y.T', 1, \(old), 1, 1)
                """
            )
        }
        #expect(filled.0 == 1 && filled.1.contains { $0.contains("rows behind it, and not") }, "\(filled)")
        let removed = try resumedAfter { fixture in
            let first = try #require(try fixture.run("SELECT min(time) FROM trades WHERE symbol = 'Z-Y.T'")[0][0].int64)
            try fixture.store.dropRows(
                of: "trades",
                series: .named(["Z-Y.T"]),
                time: TimeRange(start: first, end: first + 1)
            )
        }
        // Until the removal is carried out, nobody knows of which instrument the rows were.
        #expect(removed.0 <= 1 && removed.1.contains { $0.contains("behind it") }, "\(removed)")
    }

    @Test func aTableThatWasMadeAgainIsAnotherOne() throws {
        let schema = try #require(MarketTables.schemas.first { $0.name == MarketTables.trades })
        let (resumed, lines) = try resumedAfter { fixture in
            try fixture.store.dropTable(schema.name)
            try fixture.store.createTable(schema)
        }
        #expect(resumed == 0 && lines.contains { $0.contains("the view or its table was another one") }, "\(lines)")
    }

    @Test func whatIsNotKeptIsNotWrittenAfterwards() throws {
        let fixture = try FeatureViewFixture([])
        let files = AtomicFiles(directory: "/data/others", fileSystem: fixture.disk)
        var dependencies = FeatureViewRuntime.Dependencies(
            source: fixture.store,
            sink: fixture.store,
            publisher: fixture.recorder,
            generation: 1,
            clock: { 42 }
        )
        dependencies.checkpoints = FeatureCheckpointOptions(files: files, intervalNanoseconds: 0, bytesMax: 1_000)
        let writer = try #require(CheckpointWriter(dependencies, FeatureViewStatistics()))
        for name in ["gone", "kept"] {
            writer.write(CheckpointWriter.File(name: "\(name).checkpoint", view: name, bytes: [1], count: 1))
        }
        writer.keep(only: ["kept.checkpoint"])
        writer.stop()
        writer.run()
        #expect(try files.names() == ["kept.checkpoint"])
    }

    @Test func aDroppedViewLeavesNoFile() throws {
        let fixture = try Self.slow()
        let events = RandomFeed.events(400, seed: 5, fixture.registry)
        try fixture.feed(events, sizes: [20])
        try fixture.restart()
        #expect(try fixture.files.names().count == 2)
        try fixture.run("DROP FEATURE VIEW deep")
        try fixture.settle()
        #expect(try fixture.files.names().count == 1)
    }

    // MARK: Files

    @Test(arguments: 0..<40) func aCrashLeavesTheOldFileOrTheNewOne(seed: Int) throws {
        let disk = SimulatedDisk(seed: UInt64(seed))
        let files = AtomicFiles(directory: "/data/checkpoints", fileSystem: disk)
        let (old, new) = ([UInt8](repeating: 1, count: 9_000), [UInt8](repeating: 2, count: 12_000))
        try files.replace("a", with: old)
        disk.crashAt(call: seed / 5 + 1)
        var isDone = false
        do {
            try files.replace("a", with: new)
            isDone = true
        } catch {}
        if seed % 2 == 0 { disk.crash(seed: UInt64(seed)) } else { disk.kill() }
        disk.restart()
        let found = try files.read("a", bytesMax: .max)
        #expect(found == new || (!isDone && found == old))
        #expect(try files.names() == ["a"])
        try files.replace("a", with: old)
        #expect(try files.read("a", bytesMax: .max) == old)
        #expect(try files.read("a", bytesMax: 10) == nil)
        try files.remove("a")
        #expect(try files.names() == [])
    }
}
