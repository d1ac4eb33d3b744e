import Columnar
import Engine
import QueryLang
import QuerySupport
import TestSupport
import Testing

extension QueryEngine {
    /// All rows of an answer.
    func allRows(_ text: String) throws -> [[Scalar]] { try EngineAnswer(self, try prepare(text)).rows }
}

@Suite("The query engine against a row-by-row interpreter")
struct QueryDifferentialTests {
    /// A few seeds; `make torture` runs as many as one likes, optimised. `TORTURE_SEED=n` shows one failure again.
    @Test("gives the same rows in the same order, however the rows lie and however it goes about it")
    func agreesWithTheInterpreter() {
        var runner = QueryTortureRunner(seedsMax: 120, seconds: 50)
        runner.setupsPerCase = 3
        let (seeds, report) = runner.run()
        print("query torture: \(seeds) seeds; \(report)")
        for failure in report.failures { Issue.record("\(failure)") }
        #expect(report.right >= report.cases * 7 / 10, "most queries are valid, and rounding decides few of them")
        for (reason, count) in report.reasons.sorted(by: { $0.value > $1.value }).prefix(5) {
            print("  invalid \(count) times: \(reason)")
        }
    }

    @Test(
        "also where batches are full and runs of a series are long",
        arguments: [
            "SELECT * FROM trades", "SELECT seq, price FROM trades WHERE level > 0", "SELECT * FROM trades LIMIT 5000",
            "SELECT symbol, seq, size FROM trades ORDER BY price DESC, size LIMIT 4500",
            "SELECT note, seq FROM trades ORDER BY raw", "SELECT seq, raw FROM trades ORDER BY raw DESC LIMIT 20",
            "SELECT symbol, seq FROM trades ORDER BY time DESC LIMIT 4200",
            "SELECT time, symbol, count(), sum(raw), ohlcv(price, size) FROM trades SAMPLE BY 1s",
            "SELECT time, count(), first(note), last(raw) FROM trades SAMPLE BY 250ms",
            "SELECT time, side, sum(price), last(seq) FROM trades SAMPLE BY 1m",
            "SELECT seq % 5000 AS k, count(), min(raw) FROM trades",
        ]
    )
    func largeTables(text: String) throws {
        switch CaseCheck([LargeTable.trades], text, seed: 5).run(LargeTable.setups) {
        case .right: return
        case .wrong(let failure): Issue.record("\(text): \(String(describing: failure.setup))\n\(failure.message)")
        case .invalid(let error): Issue.record("\(text): \(error)")
        case .undecided(let what): Issue.record("\(text): rounding decides \(what)")
        case .refused: Issue.record("\(text): refused")
        }
    }
}

/// Some thousands of trades: now one series alone for long, now all of them in turn.
private enum LargeTable {
    static let trades: MemoryTable = {
        var tables = RandomTables(seed: 6)
        var generator = SeededGenerator(seed: 5)
        var time = RandomTables.origin
        var series = 0
        let rows = (0..<9000).map { index -> [Scalar] in
            time += Int64(generator.int(0...2)) * 50_000_000
            if index / 3000 == 1 || generator.oneIn(1500) { series = generator.int(0...2) }
            return tables.trade(time, "S\(series)", Int64(index))
        }
        return MemoryTable(RandomTables.trades, rows: rows)
    }()

    static let setups: [ExecutionSetup] = MemoryForms.allCases.flatMap { forms in
        [700, 10_000].map { rows in
            ExecutionSetup(
                .memory(sliceRows: rows, forms: forms, givesStatistics: true),
                ExecutionOptions(threads: rows == 700 ? 2 : 1)
            )
        }
    }
}
