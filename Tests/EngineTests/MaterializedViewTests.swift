import Columnar
import Foundation
import QueryLang
import Store
import StoreSupport
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// A store with materialized views that are refreshed when a test says so.
private final class ViewFixture {
    let disk: SimulatedDisk
    private(set) var store: Store
    private(set) var engine: QueryEngine
    private(set) var views: MaterializedViews
    let clock: ViewClock

    init(seed: UInt64 = 1) throws {
        disk = SimulatedDisk(seed: seed)
        clock = ViewClock()
        store = try Store.open(directory: "/data", fileSystem: disk)
        (engine, views) = Self.over(store, clock)
        try run(
            "CREATE TABLE trades (time TIMESTAMP, symbol SYMBOL, price DOUBLE, size DOUBLE, side SYMBOL)"
        )
    }

    deinit { store.close(flush: false) }

    private static func over(_ store: Store, _ clock: ViewClock) -> (QueryEngine, MaterializedViews) {
        let system = VirtualTables()
        let engine = QueryEngine(source: store, writer: store, system: system)
        let views = MaterializedViews(store: store, system: system) { clock.now }
        views.follow()
        return (engine, views)
    }

    /// Loses what was not durable, and opens the directory again.
    func crash(seed: UInt64) throws {
        disk.crash(seed: seed)
        store.close(flush: false)
        disk.restart()
        store = try Store.open(directory: "/data", fileSystem: disk)
        (engine, views) = Self.over(store, clock)
    }

    @discardableResult
    func run(_ text: String) throws -> [[Scalar]] {
        let stream = try engine.execute(try engine.prepare(text))
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return rows
    }

    func failure(_ text: String) -> QueryError? {
        do {
            try run(text)
            return nil
        } catch {
            return error as? QueryError
        }
    }

    func insert(_ rows: [(time: Int64, symbol: String, price: Int, size: Int)]) throws {
        let values = rows.map { row in
            let side = row.size % 2 == 0 ? "buy" : "sell"
            return "('\(CivilTime.text(row.time))', '\(row.symbol)', \(row.price), \(row.size), '\(side)')"
        }
        try run("INSERT INTO trades VALUES \(values.joined(separator: ", "))")
    }

    /// The rows of a view are those of its query.
    func check(_ name: String, _ query: String, _ comment: Comment? = nil) throws {
        let kept = try run("SELECT * FROM \(name)").map(Self.text).sorted()
        let asked = try run(query).map(Self.text).sorted()
        #expect(Set(kept).symmetricDifference(asked).sorted() == [], comment)
        #expect(kept.count == asked.count, comment)
    }

    private static func text(_ row: [Scalar]) -> String { row.map { "\($0)" }.joined(separator: "|") }

    func state(_ name: String) throws -> String {
        try run("SELECT state FROM system.materialized_views WHERE name = '\(name)'").first?.first?.text ?? "absent"
    }
}

private final class ViewClock: Sendable {
    private let time = Atomic<Int64>(0)
    var now: Int64 { time.load(ordering: .relaxed) }
    func advance(_ nanoseconds: Int64) { time.add(nanoseconds, ordering: .relaxed) }
}

@Suite struct MaterializedViewTests {
    private static let minutes = "SELECT time, symbol, first(price), max(price), sum(size) FROM trades SAMPLE BY 1m"

    @Test func aViewHasTheRowsOfItsQueryFromTheStartAndAfterEveryWrite() throws {
        let fixture = try ViewFixture()
        try fixture.insert([(CivilTime.day, "A", 1, 2), (CivilTime.day + CivilTime.minute, "A", 5, 1)])
        try fixture.run("CREATE MATERIALIZED VIEW bars AS (\(Self.minutes))")
        #expect(try fixture.state("bars") == "filling")
        fixture.views.step()
        #expect(try fixture.state("bars") == "valid")
        try fixture.check("bars", Self.minutes)
        try fixture.insert([(CivilTime.day + CivilTime.minute + 5, "A", 9, 1), (CivilTime.day, "B", 3, 3)])
        #expect(try fixture.state("bars") == "behind")
        fixture.views.step()
        try fixture.check("bars", Self.minutes)
    }

    @Test func aLateRowRevisesItsBucketAndThoseOfViewsOverTheView() throws {
        let fixture = try ViewFixture()
        let hours = "SELECT time, symbol, sum(sum) AS total FROM bars SAMPLE BY 1h"
        try fixture.run(
            "CREATE MATERIALIZED VIEW bars AS SELECT time, symbol, sum(size) AS sum FROM trades SAMPLE BY 1m"
        )
        try fixture.run("CREATE MATERIALIZED VIEW hours AS (\(hours))")
        try fixture.insert((0..<200).map { (Int64($0) * CivilTime.minute, "A", 1, 1) })
        fixture.views.step()
        try fixture.check("hours", hours)
        #expect(try fixture.run("SELECT total FROM hours WHERE time = '1970-01-01'") == [[.float64(60)]])
        try fixture.insert([(CivilTime.minute * 3, "A", 1, 41)])
        fixture.views.step()
        #expect(try fixture.run("SELECT total FROM hours WHERE time = '1970-01-01'") == [[.float64(101)]])
        try fixture.check("hours", "SELECT time, symbol, sum(size) AS total FROM trades SAMPLE BY 1h")
    }

    @Test func removedRowsTakeTheirBucketsWithThem() throws {
        let fixture = try ViewFixture()
        try fixture.run("CREATE MATERIALIZED VIEW bars AS (\(Self.minutes))")
        try fixture.insert((0..<100).map { (Int64($0) * CivilTime.minute / 3, $0 % 2 == 0 ? "A" : "B", $0, 1) })
        fixture.views.step()
        try fixture.run("DELETE FROM trades WHERE time < '1970-01-01T00:10:20'")
        fixture.views.step()
        try fixture.check("bars", Self.minutes)
        try fixture.run("TRUNCATE TABLE trades")
        fixture.views.step()
        #expect(try fixture.run("SELECT * FROM bars").isEmpty)
    }

    @Test func aViewWaitsForItsTimeOrToBeAsked() throws {
        let fixture = try ViewFixture()
        try fixture.run("CREATE MATERIALIZED VIEW slow REFRESH EVERY 1m AS (\(Self.minutes))")
        try fixture.run("CREATE MATERIALIZED VIEW held REFRESH MANUAL AS (\(Self.minutes))")
        fixture.views.step()
        try fixture.insert([(0, "A", 1, 1)])
        fixture.views.step()
        #expect(try fixture.run("SELECT * FROM slow").isEmpty)
        fixture.clock.advance(CivilTime.minute)
        fixture.views.step()
        try fixture.check("slow", Self.minutes)
        #expect(try fixture.run("SELECT * FROM held").isEmpty)
        try fixture.run("REFRESH MATERIALIZED VIEW held")
        fixture.views.step()
        try fixture.check("held", Self.minutes)
        try fixture.run("REFRESH MATERIALIZED VIEW held FULL")
        fixture.views.step()
        try fixture.check("held", Self.minutes)
    }

    @Test func statementsThatMakeNoSenseAreRefusedWithAReason() throws {
        let fixture = try ViewFixture()
        let refused = [
            ("SELECT * FROM trades", "group by time"),
            ("SELECT time, sum(size) FROM trades SAMPLE BY 1m FILL(PREV)", "FILL"),
            ("SELECT sum(size) FROM trades SAMPLE BY 1m", "time of its buckets"),
            ("SELECT time, sum(size) FROM trades SAMPLE BY 1m LIMIT 3", "LIMIT"),
            ("SELECT time, sum(size) FROM trades SAMPLE BY 1m ALIGN TO FIRST OBSERVATION", "first row"),
            ("SELECT t.time, sum(t.size) FROM trades t ASOF JOIN trades u ON (symbol) SAMPLE BY 1m", "one table"),
        ]
        for (query, part) in refused {
            let error = fixture.failure("CREATE MATERIALIZED VIEW v AS (\(query))")
            #expect(error?.message.contains(part) == true, "\(query): \(error?.message ?? "accepted")")
        }
        try fixture.run("CREATE MATERIALIZED VIEW bars AS (\(Self.minutes))")
        for statement in [
            "INSERT INTO bars VALUES ('1970-01-01', 'A', 1, 1, 1)", "DROP TABLE bars", "TRUNCATE TABLE bars",
            "CREATE MATERIALIZED VIEW bars AS (\(Self.minutes))", "DROP MATERIALIZED VIEW bar",
            "CREATE TABLE bars (time TIMESTAMP)",
        ] {
            #expect(fixture.failure(statement) != nil, "\(statement)")
        }
        try fixture.run("CREATE MATERIALIZED VIEW IF NOT EXISTS bars AS (\(Self.minutes))")
        try fixture.run("DROP MATERIALIZED VIEW bars")
        fixture.views.step()
        #expect(fixture.failure("SELECT * FROM bars") != nil)
        #expect(try fixture.run("SHOW MATERIALIZED VIEWS").isEmpty)
    }

    @Test func theShownStatementMakesTheViewAgain() throws {
        let fixture = try ViewFixture()
        try fixture.run(
            "CREATE MATERIALIZED VIEW bars REFRESH EVERY 5m AS (\(Self.minutes)) PARTITION BY MONTH TTL 30d"
        )
        let shown = try fixture.run("SHOW CREATE MATERIALIZED VIEW bars").first?.first?.text ?? ""
        try fixture.run("DROP MATERIALIZED VIEW bars")
        try fixture.run(shown)
        #expect(try fixture.run("SHOW CREATE MATERIALIZED VIEW bars").first?.first?.text == shown)
    }

    /// Random writes, late ones too, removals, refreshes at random and crashes: a view that is refreshed is its query's answer.
    @Test(arguments: 0..<12) func viewsEqualTheirQueriesWhateverHappens(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) &* 7919 &+ 3)
        let fixture = try ViewFixture(seed: UInt64(seed))
        let queries = [
            "one": "SELECT time, symbol, first(price), last(price), sum(size), count() FROM trades SAMPLE BY 1m",
            "two": "SELECT time, side, avg(price), max(size) FROM trades WHERE price > 3 SAMPLE BY 7m",
            "day":
                "SELECT time, symbol, side, sum(price * size) AS n FROM trades SAMPLE BY 1d ALIGN TO CALENDAR TIME ZONE 'Europe/Berlin'",
            "top": "SELECT time, symbol, max(last) AS last, sum(count) AS n FROM one SAMPLE BY 1h",
        ]
        for name in ["one", "two"] { try fixture.run("CREATE MATERIALIZED VIEW \(name) AS (\(queries[name] ?? ""))") }
        var last: Int64 = 0
        for round in 0..<30 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0:
                let end = Int64.random(in: 0...last, using: &random)
                try fixture.run("DELETE FROM trades WHERE time < '\(CivilTime.text(end))' AND symbol = 'A'")
            case 1: try fixture.crash(seed: UInt64(round))
            case 2 where round > 10: try fixture.run("REFRESH MATERIALIZED VIEW one FULL")
            case 3: try fixture.store.flush()
            default:
                let rows = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                    let isLate = Int.random(in: 0..<6, using: &random) == 0
                    let time =
                        isLate
                        ? Int64.random(in: 0...last, using: &random)
                        : last + Int64.random(in: 0...CivilTime.minute, using: &random)
                    last = max(last, time)
                    return (
                        time, ["A", "B", "C"].randomElement(using: &random) ?? "A",
                        Int.random(in: 1...9, using: &random), Int.random(in: 1...9, using: &random)
                    )
                }
                try fixture.insert(rows)
            }
            if round == 8 {
                try fixture.run("CREATE MATERIALIZED VIEW day AS (\(queries["day"] ?? ""))")
                try fixture.run("CREATE MATERIALIZED VIEW top AS (\(queries["top"] ?? ""))")
            }
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            fixture.views.step()
            for name in round < 8 ? ["one", "two"] : ["one", "two", "day", "top"] {
                try fixture.check(name, queries[name] ?? "", "\(name), round \(round)")
            }
        }
    }

    @Test func rangesOfBucketsStaySortedAndNeverLoseOne() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var ranges = BucketRanges()
            var all: Set<Int64> = []
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                let start = Int64.random(in: 0..<200, using: &random)
                let end = start + Int64.random(in: 0..<6, using: &random)
                ranges.insert(start...end, rangesMax: 1_000)
                all.formUnion(start...end)
            }
            #expect(ranges.ranges.flatMap { Array($0) } == all.sorted())
            #expect(zip(ranges.ranges, ranges.ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
        }
        var few = BucketRanges()
        for start in stride(from: Int64(0), to: 100, by: 10) { few.insert(start...start, rangesMax: 4) }
        #expect(few.ranges.count <= 4 && few.ranges.first?.lowerBound == 0 && few.ranges.last?.upperBound == 90)
    }

    @Test func aJobThatIsStoppedBeforeItIsDoneGoesOnAfterTheNextStart() throws {
        let fixture = try ViewFixture()
        try fixture.run("CREATE MATERIALIZED VIEW bars AS (\(Self.minutes))")
        fixture.views.step()
        let system = VirtualTables()
        let hurried = MaterializedViews(store: fixture.store, system: system, stopNanoseconds: 0)
        fixture.store.removeListener(fixture.views)
        hurried.start()
        for start in 0..<20 {
            try fixture.insert((0..<50).map { (Int64(start * 50 + $0) * CivilTime.minute, "A", $0, 1) })
        }
        hurried.stop()
        try fixture.crash(seed: 3)
        fixture.views.step()
        try fixture.check("bars", Self.minutes)
    }

    @Test func theThreadOfTheJobKeepsAViewInStepAndStops() throws {
        let directory = TemporaryStore()
        let store = try Store.open(directory: directory.path)
        let system = VirtualTables()
        let engine = QueryEngine(source: store, writer: store, system: system)
        let views = MaterializedViews(store: store, system: system)
        views.start()
        func run(_ text: String) throws {
            let stream = try engine.execute(try engine.prepare(text))
            while try stream.next() != nil {}
        }
        try run("CREATE TABLE t (time TIMESTAMP, x BIGINT)")
        try run("CREATE MATERIALIZED VIEW v AS (SELECT time, sum(x) AS x FROM t SAMPLE BY 1m)")
        try run("INSERT INTO t VALUES ('2024-01-01', 4), ('2024-01-01T00:00:01', 5)")
        views.stop()
        let rows = try store.snapshot().scan(ScanRequest(table: "v", columns: [0, 1]))
        var cursor = try rows.open(series: 0)
        let slice = try #require(try cursor.next())
        #expect(try slice.vector(column: 1).scalar(at: 0) == .int64(9))
        store.close()
    }
}

/// A directory that goes with the value.
private final class TemporaryStore {
    let path: String

    init() { path = "\(NSTemporaryDirectory())/tickgate-views-\(UUID().uuidString)" }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
