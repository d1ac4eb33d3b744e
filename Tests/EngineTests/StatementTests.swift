import Columnar
import Engine
import QueryLang
import Store
import StoreSupport
import Testing

/// Statements that change something, over a real store on a simulated disk.
@Suite struct StatementTests {
    @Test func tableIsMadeFilledReadAndDropped() throws {
        let fixture = try StatementFixture()
        #expect(
            try fixture.run("CREATE TABLE t (time timestamp, symbol symbol, price float64, note string)") == ["created"]
        )
        #expect(try fixture.run("CREATE TABLE IF NOT EXISTS t (x int64)") == ["exists"])
        #expect(fixture.failure("CREATE TABLE t (x int64)")?.code == .tableExists)
        let insert = "INSERT INTO t VALUES ('2024-01-02', 'B', 1 + 1.5, NULL), ('2024-01-01', 'A', 3, 'it''s')"
        #expect(try fixture.run(insert) == ["2"])
        #expect(try fixture.run("INSERT INTO t (symbol, time) VALUES ('A', '2024-01-03T10')") == ["1"])
        #expect(
            try fixture.run("SELECT * FROM t") == [
                "2024-01-01T00:00:00Z|A|3.0|it's", "2024-01-02T00:00:00Z|B|2.5|null",
                "2024-01-03T10:00:00Z|A|null|null",
            ]
        )
        #expect(try fixture.run("DROP TABLE t") == ["dropped"])
        #expect(fixture.failure("SELECT * FROM t")?.code == .unknownTable)
        #expect(try fixture.run("DROP TABLE IF EXISTS t") == ["absent"])
    }

    /// What an answer told of is there after a crash that loses all that was not synced.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func whatWasAnsweredSurvivesACrash(seed: UInt64) throws {
        let fixture = try StatementFixture(seed: seed)
        try fixture.run("CREATE TABLE t (time timestamp, symbol symbol, n int64) TTL 9999d")
        try fixture.run("CREATE TABLE log (line string)")
        try fixture.run("INSERT INTO t VALUES ('2024-01-01', 'A', 1), ('2024-01-02', 'A', 2), ('2024-01-02', 'B', 3)")
        try fixture.run("INSERT INTO log VALUES ('one'), ('two')")
        try fixture.run("CREATE VIEW v AS SELECT symbol, sum(n) AS total FROM t")
        try fixture.crash(seed: seed)
        #expect(try fixture.run("SELECT n FROM t") == ["1", "2", "3"])
        #expect(try fixture.run("SELECT * FROM v") == ["A|3", "B|3"])
        try fixture.run("DELETE FROM t WHERE time < '2024-01-02' AND symbol = 'A'")
        try fixture.run("ALTER TABLE t ADD COLUMN flag boolean")
        try fixture.run("INSERT INTO t VALUES ('2024-01-03', 'A', 4, true)")
        try fixture.run("INSERT INTO log VALUES ('three')")
        try fixture.run("CREATE OR REPLACE VIEW v AS SELECT count() AS rows FROM t")
        try fixture.crash(seed: seed + 100)
        #expect(try fixture.run("SELECT n, flag FROM t") == ["2|null", "3|null", "4|true"])
        #expect(try fixture.run("SELECT * FROM log") == ["one", "two", "three"])
        #expect(try fixture.run("SELECT * FROM v") == ["3"])
        try fixture.run("DROP VIEW v")
        try fixture.run("TRUNCATE TABLE log")
        try fixture.run("DROP TABLE t")
        try fixture.crash(seed: seed + 200)
        #expect(fixture.failure("SELECT * FROM v")?.code == .unknownTable)
        #expect(try fixture.run("SELECT * FROM log").isEmpty)
        #expect(try fixture.run("SHOW TABLES") == ["log|event|null|null|null|1"])
    }

    /// VALUES is one batch: after a crash at any moment all rows of a statement are there, or none.
    @Test func valuesAreThereWholeOrNotAtAll() throws {
        for call in 1... {
            let fixture = try StatementFixture(seed: UInt64(call))
            try fixture.run("CREATE TABLE t (time timestamp, symbol symbol, n int64)")
            fixture.disk.crashAt(call: call)
            let error = fixture.failure("INSERT INTO t VALUES ('2024', 'A', 1), ('2025', 'B', 2), ('2025', 'A', 3)")
            guard fixture.disk.cancelPlan() else {
                #expect(error != nil)
                try fixture.crash(seed: UInt64(call))
                let rows = try fixture.run("SELECT n FROM t ORDER BY n")
                #expect(rows.isEmpty || rows == ["1", "2", "3"], "call \(call): \(rows)")
                continue
            }
            #expect(error == nil && call > 2)
            break
        }
    }

    // MARK: Order of arrival

    @Test func tableWithoutTimestampKeepsTheOrderOfArrival() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE t (name string, n int64)")
        let numbers = (0..<300).map { ($0 * 7919) % 300 }
        for part in stride(from: 0, to: 300, by: 50) {
            let rows = numbers[part..<part + 50].map { "('x\($0)', \($0))" }
            try fixture.run("INSERT INTO t VALUES \(rows.joined(separator: ", "))")
            if part % 100 == 0 { try fixture.store.flush() }
        }
        let expected = numbers.map { "x\($0)|\($0)" }
        #expect(try fixture.run("SELECT * FROM t") == expected)
        #expect(try fixture.run("SELECT t.* FROM t LIMIT 3") == Array(expected.prefix(3)))
        #expect(try fixture.run("SELECT * FROM t LIMIT -2") == Array(expected.suffix(2)))
        #expect(try fixture.run("SELECT first(n), last(n), count() FROM t") == ["\(numbers[0])|\(numbers[299])|300"])
        #expect(try fixture.run("SELECT n FROM t ORDER BY n LIMIT 3") == ["0", "1", "2"])
        #expect(try fixture.run("SELECT a.n FROM t a JOIN t b ON (n) WHERE a.n < 3 ORDER BY n") == ["0", "1", "2"])
        #expect(fixture.failure("SELECT count() FROM t SAMPLE BY 1m")?.code == .semantic)
        #expect(fixture.failure("SELECT a.n FROM t a ASOF JOIN t b ON (n)")?.code == .semantic)
        #expect(fixture.failure("SELECT \"@arrival\" FROM t")?.code == .unknownColumn)
        try fixture.run("ALTER TABLE t ADD COLUMN more symbol")
        try fixture.run("INSERT INTO t (more, n) VALUES ('m', 1)")
        #expect(try fixture.run("SELECT * FROM t LIMIT -1") == ["null|1|m"])
        #expect(try fixture.run("SHOW COLUMNS FROM t").count == 3)
        try fixture.store.compact()
        #expect(try fixture.run("SELECT n FROM t").prefix(300) == numbers.map { "\($0)" }[...])
    }

    // MARK: INSERT … SELECT

    @Test func selectedRowsAreInsertedInBatches() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE a (time timestamp, symbol symbol, n int64)")
        for day in 1...3 {
            let rows = (0..<1_000).map {
                "('2024-01-0\(day)T00:00:\($0 % 60 < 10 ? "0" : "")\($0 % 60)', 'S\($0 % 3)', \($0))"
            }
            try fixture.run("INSERT INTO a VALUES \(rows.joined(separator: ","))")
        }
        #expect(try fixture.run("CREATE TABLE b AS (SELECT * FROM a)") == ["3000"])
        for _ in 0..<5 { try fixture.run("INSERT INTO b SELECT * FROM b") }
        #expect(try fixture.run("SELECT count(), sum(n) FROM b") == ["96000|\(32 * 3 * 499_500)"])
        // Two batches: more rows than one holds.
        let before = fixture.store.statistics.batchesAppended
        #expect(try fixture.run("INSERT INTO a (time, symbol, n) SELECT time, symbol, n FROM b") == ["96000"])
        #expect(fixture.store.statistics.batchesAppended - before == 2)
        #expect(try fixture.run("SELECT symbol, count() FROM a") == ["S0|33066", "S1|32967", "S2|32967"])
        #expect(try fixture.run("SHOW CREATE TABLE b")[0].contains("SERIES KEY (symbol)"))
    }

    @Test func typesTurnIntoThoseOfTheColumns() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE a (time timestamp, symbol symbol, n int64, s string, f float64)")
        try fixture.run("INSERT INTO a VALUES ('2024', 'X', 5, 'text', 1.5), ('2025', 'Y', NULL, NULL, NULL)")
        try fixture.run("CREATE TABLE b (time timestamp, symbol symbol, f float64, y symbol, at timestamp, i int64)")
        #expect(try fixture.run("INSERT INTO b SELECT time, s, n, symbol, n, time FROM a WHERE n > 0") == ["1"])
        #expect(
            try fixture.run("SELECT * FROM b") == [
                "2024-01-01T00:00:00Z|text|5.0|X|1970-01-01T00:00:00.000000005Z|1704067200000000000"
            ]
        )
        let error = fixture.failure("INSERT INTO b SELECT time, s, n, symbol, n, time FROM a")
        #expect(error?.message == "the series key 'symbol' of a row is NULL; no row was written")
    }

    @Test func failedSelectLeavesNoTable() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE a (time timestamp, n int64)")
        try fixture.run("INSERT INTO a VALUES ('2024', 1), ('2025', 2)")
        let limits = ExecutionLimits(memoryBytesMax: 1)
        #expect(throws: QueryError.self) {
            try fixture.run("CREATE TABLE b AS (SELECT n FROM a ORDER BY n)", limits: limits)
        }
        #expect(fixture.failure("SELECT * FROM b")?.code == .unknownTable)
    }

    @Test func regularTableHasOneRowASlot() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE bars (time timestamp, symbol symbol, close float64) TIMEFRAME 1Min")
        try fixture.run("INSERT INTO bars VALUES ('2024-01-01T00:00:30', 'A', 1), ('2024-01-01T00:00:59', 'A', 2)")
        #expect(try fixture.run("SELECT * FROM bars") == ["2024-01-01T00:00:00Z|A|2.0"])
    }

    @Test func dedupKeyKeepsTheLastRow() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE d (ts TIMESTAMP, k SYMBOL, v DOUBLE) TIMESTAMP(ts) DEDUP UPSERT KEYS(ts, k)")
        try fixture.run("INSERT INTO d VALUES ('2024', 'a', 1), ('2024', 'b', 2), ('2024', 'a', 3)")
        #expect(try fixture.run("SELECT k, v FROM d ORDER BY k") == ["a|3.0", "b|2.0"])
    }

    // MARK: DELETE

    @Test func deletionTakesTheRowsThatAreToldAndNoOthers() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE t (time timestamp, symbol symbol, n int64)")
        let rows = (0..<60).map { "('2024-01-01T00:\($0 < 10 ? "0" : "")\($0)', '\($0 % 2 == 0 ? "A" : "B")', \($0))" }
        try fixture.run("INSERT INTO t VALUES \(rows.joined(separator: ","))")
        #expect(
            try fixture.run(
                "DELETE FROM t WHERE symbol = 'A' AND (time < '2024-01-01T00:10' OR time >= '2024-01-01T00:50')"
            ) == ["deleted"]
        )
        var expected = (0..<60).filter { $0 % 2 == 1 || (10..<50).contains($0) }
        #expect(try fixture.run("SELECT n FROM t") == expected.map(String.init))
        #expect(fixture.failure("DELETE FROM t WHERE n = 5")?.code == .semantic)
        try fixture.run("DELETE FROM t WHERE time IN '2024-01-01T00:11'")
        expected.removeAll { $0 == 11 }
        #expect(try fixture.run("SELECT n FROM t") == expected.map(String.init))
        try fixture.run("DELETE FROM t")
        #expect(try fixture.run("SELECT n FROM t").isEmpty)
        try fixture.run("INSERT INTO t VALUES ('2024', 'A', 1)")
        #expect(try fixture.run("SELECT n FROM t") == ["1"])
    }

    // MARK: Looking

    @Test func systemTablesAndShowTellWhatThereIs() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE t (time timestamp, symbol symbol, n int64) PARTITION BY WEEK TTL 30d")
        try fixture.run("CREATE TABLE plain (a string)")
        try fixture.run("INSERT INTO t VALUES ('2024', 'BTC-USDT', 1), ('2024', 'ETH-USDT', 1), ('2024', 'BTC-EUR', 1)")
        try fixture.run("CREATE VIEW v AS SELECT n FROM t")
        #expect(
            try fixture.run("SELECT name, partition_by, ttl, designated_timestamp FROM system.tables") == [
                "plain|NONE|null|null", "t|WEEK|30d|time",
            ]
        )
        #expect(
            try fixture.run(
                "SELECT columns.\"column\", position FROM system.columns WHERE \"table\" = 't' AND series_key"
            ) == [
                "symbol|2"
            ]
        )
        #expect(try fixture.run("SHOW SYMBOLS") == ["t|BTC-EUR", "t|BTC-USDT", "t|ETH-USDT"])
        #expect(try fixture.run("SHOW SYMBOLS FROM t LIKE 'BTC%'") == ["t|BTC-EUR", "t|BTC-USDT"])
        #expect(try fixture.run("SHOW SYMBOLS LIKE '%_-USDT'") == ["t|BTC-USDT", "t|ETH-USDT"])
        #expect(try fixture.run("SELECT count() FROM system.symbols WHERE symbol = 'BTC-EUR'") == ["1"])
        #expect(try fixture.run("SHOW VIEWS") == ["v|SELECT n FROM t"])
        #expect(try fixture.run("SHOW CREATE VIEW v") == ["CREATE VIEW v AS SELECT n FROM t"])
        #expect(
            try fixture.run("SHOW CREATE TABLE t") == [
                "CREATE TABLE t (time timestamp, symbol symbol, n int64) TIMESTAMP (time) SERIES KEY (symbol) "
                    + "PARTITION BY WEEK TTL 30d"
            ]
        )
        #expect(try fixture.run("SELECT summary FROM system.functions WHERE name = 'sqrt'") == ["Square root."])
        let allFunctions = FunctionCatalog.all + WindowCatalog.all + IndicatorCatalog.signatures
        let ofBook = MicrostructureCatalog.bookFunctions
        let count = allFunctions.count + ofBook.count + BucketFunction.own.count
        #expect(try fixture.run("SHOW FUNCTIONS").count == count)
        let imbalance = try fixture.run(
            "SELECT call, summary FROM system.functions WHERE kind = 'book' AND name = 'imbalance'"
        )
        #expect(imbalance == ["imbalance([levels])|Bid size less ask size over their sum, over the best levels."])
        let listed = try fixture.run("SELECT name FROM system.functions WHERE kind = 'book'")
        #expect(Set(listed) == Set(ofBook.map(\.function.rawValue)))
        for name in ["mid", "vpin", "stoikov_microprice", "tick_rule", "lee_ready", "corwin_schultz", "amihud"] {
            #expect(try !fixture.run("SELECT call FROM system.functions WHERE name = '\(name)'").isEmpty, "\(name)")
        }
        #expect(fixture.failure("SHOW QUERIES")?.code == .unknownTable)
        #expect(fixture.failure("SELECT * FROM system.nope")?.code == .unknownTable)
        // The table of definitions is no table of the user's.
        #expect(try fixture.run("SHOW TABLES").count == 2)
        #expect(fixture.failure("DROP TABLE system.view_definitions")?.code == .semantic)
    }

    @Test func engineWithoutAWriterRefuses() throws {
        let fixture = try StatementFixture()
        try fixture.run("CREATE TABLE t (a int64)")
        let reader = QueryEngine(source: fixture.store)
        let stream = try reader.execute(reader.prepare("DROP TABLE t"))
        #expect(throws: QueryError.self) { try stream.next() }
        #expect(try fixture.run("SELECT * FROM t").isEmpty)
    }

    @Test func weeksBeginOnMonday() {
        let monday = CivilTime.days(year: 2024, month: 1, day: 1)
        let week = PartitionUnit.week.index(of: Int64(monday) * CivilTime.day)
        #expect(PartitionUnit.week.name(of: week) == "2024-W01")
        #expect(PartitionUnit.week.name(of: week - 1) == "2023-W52")
        #expect(PartitionUnit.week.range(of: week).start == Int64(monday) * CivilTime.day)
        #expect(PartitionUnit.week.range(of: week).end == Int64(monday + 7) * CivilTime.day)
        for time in [Int64.min, -1, 0, 1, 1_700_000_000_000_000_000, .max] {
            let unit = PartitionUnit.week
            #expect(unit.range(of: unit.index(of: time)).contains(time), "\(time)")
            #expect(!unit.name(of: unit.index(of: time)).isEmpty)
        }
    }
}
