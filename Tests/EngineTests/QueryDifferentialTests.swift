import Columnar
import Engine
import Foundation
import QueryLang
import TestSupport
import Testing

/// How an execution is set up; the answer must not depend on it.
struct QuerySetup: Hashable, CustomStringConvertible {
    var sliceRows: Int
    var givesStatistics: Bool
    var forms: MemoryForms

    var description: String { "slices of \(sliceRows), statistics \(givesStatistics), forms \(forms)" }

    static let all: [QuerySetup] = MemoryForms.allCases.flatMap { forms in
        [1, 3, 1024].flatMap { rows in
            [true, false].map { QuerySetup(sliceRows: rows, givesStatistics: $0, forms: forms) }
        }
    }

    func run(_ prepared: PreparedQuery, _ table: MemoryTable) throws -> [[Scalar]] {
        let source = MemoryTableSource([table], sliceRows: sliceRows, givesStatistics: givesStatistics, forms: forms)
        return try QueryEngine(source: source).allRows(prepared)
    }
}

extension QueryEngine {
    /// All rows of an answer.
    func allRows(_ prepared: PreparedQuery, limits: ExecutionLimits = ExecutionLimits()) throws -> [[Scalar]] {
        let stream = try execute(prepared, limits: limits)
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            #expect(batch.rowCount > 0)
            #expect(batch.columns.map(\.type) == stream.columns.map(\.type))
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        #expect(try stream.next() == nil)
        #expect(stream.statistics.rowsReturned == rows.count)
        return rows
    }
}

/// Whether two answers are the same, but for the rounding of sums.
func isSame(_ left: [[Scalar]], _ right: [[Scalar]], exactly: Bool) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { a, b in
        a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1, exactly: exactly) }
    }
}

private func isSame(_ left: Scalar, _ right: Scalar, exactly: Bool) -> Bool {
    guard case .float64(let a) = left, case .float64(let b) = right else { return left == right }
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
    if a == b { return true }
    return !exactly && (a - b).magnitude <= 1e-11 * max(1, a.magnitude, b.magnitude)
}

@Suite("The query engine against a row-by-row interpreter")
struct QueryDifferentialTests {
    /// `TICKGATE_QUERY_SEEDS=500 swift test --filter QueryDifferentialTests` looks further.
    static let querySeeds: [UInt64] = {
        let count = ProcessInfo.processInfo.environment["TICKGATE_QUERY_SEEDS"].flatMap { UInt64($0) } ?? 12
        return Array(1...max(count, 1))
    }()

    @Test("gives the same rows in the same order, however the rows lie", arguments: querySeeds)
    func agreesWithTheInterpreter(seed: UInt64) throws {
        var cases = QueryRandomCases(seed: seed)
        for _ in 0..<4 {
            let table = cases.table()
            let catalog = MemoryTableSource([table])
            for _ in 0..<8 {
                let text = cases.query()
                let prepared: PreparedQuery
                do {
                    prepared = try QueryEngine(source: catalog).prepare(text)
                } catch {
                    Issue.record("seed \(seed): \(text): \(error)")
                    continue
                }
                guard case .select(let select) = prepared.statement else { continue }
                check(
                    prepared,
                    table,
                    expected: QueryInterpreter(table: table, select: select).rows(),
                    "seed \(seed): \(text)"
                )
            }
        }
    }

    @Test(
        "also where batches are full and runs of a series are long",
        arguments: [
            "SELECT * FROM ticks", "SELECT seq, price FROM ticks WHERE level > 0", "SELECT * FROM ticks LIMIT 5000",
            "SELECT symbol, seq, size FROM ticks ORDER BY price DESC, size LIMIT 4500",
            "SELECT note, seq FROM ticks ORDER BY raw", "SELECT seq, raw FROM ticks ORDER BY raw DESC LIMIT 20",
            "SELECT symbol, seq FROM ticks ORDER BY time DESC LIMIT 4200",
            "SELECT time, symbol, count(), sum(raw), ohlcv(price, size) FROM ticks SAMPLE BY 1s",
            "SELECT time, count(), first(note), last(raw) FROM ticks SAMPLE BY 250ms",
            "SELECT time, side, sum(price), last(seq) FROM ticks SAMPLE BY 1m",
            "SELECT seq % 5000 AS k, count(), min(raw) FROM ticks",
        ]
    )
    func largeTables(text: String) throws {
        var generator = SeededGenerator(seed: 5)
        var time = QueryRandomCases.origin
        var series = 0
        var cases = QueryRandomCases(seed: 6)
        let rows = (0..<9000).map { index -> [Scalar] in
            time += Int64(generator.int(0...2)) * 50_000_000
            // Now one series alone for long, now all of them in turn.
            if index / 3000 == 1 || generator.oneIn(1500) { series = generator.int(0...2) }
            return cases.row(time, "S\(series)", Int64(index))
        }
        let table = MemoryTable(QueryRandomCases.schema, rows: rows)
        let prepared = try QueryEngine(source: MemoryTableSource([table])).prepare(text)
        guard case .select(let select) = prepared.statement else { return }
        let expected = QueryInterpreter(table: table, select: select).rows()
        for forms in MemoryForms.allCases {
            for sliceRows in [700, 10_000] {
                let setup = QuerySetup(sliceRows: sliceRows, givesStatistics: true, forms: forms)
                let rows = try setup.run(prepared, table)
                if !isSame(rows, expected, exactly: false) {
                    Issue.record("\(text): \(setup)\n\(difference(rows, expected))")
                }
            }
        }
    }

    private func check(_ prepared: PreparedQuery, _ table: MemoryTable, expected: [[Scalar]], _ label: String) {
        var first: [MemoryForms: [[Scalar]]] = [:]
        for setup in QuerySetup.all {
            let rows: [[Scalar]]
            do {
                rows = try setup.run(prepared, table)
            } catch {
                Issue.record("\(label): \(setup): \(error)\n\(prepared.planDescription)")
                return
            }
            guard isSame(rows, expected, exactly: false) else {
                Issue.record("\(label): \(setup)\n\(prepared.planDescription)\n\(difference(rows, expected))")
                return
            }
            guard setup.forms != .mixed else { continue }
            // Neither the size of slices nor statistics may change a bit, also not of a sum of doubles.
            if let first = first[setup.forms], !isSame(rows, first, exactly: true) {
                Issue.record("\(label): \(setup): not bit for bit\n\(difference(rows, first))")
                return
            }
            first[setup.forms] = rows
        }
    }

    private func difference(_ rows: [[Scalar]], _ expected: [[Scalar]]) -> String {
        for index in 0..<max(rows.count, expected.count) {
            let got = index < rows.count ? rows[index] : nil
            let wanted = index < expected.count ? expected[index] : nil
            if let got, let wanted, isSame([got], [wanted], exactly: false) { continue }
            return
                "row \(index) of \(rows.count) (expected \(expected.count)):\n got \(got ?? [])\n expected \(wanted ?? [])"
        }
        return "the rows differ in rounding"
    }
}
