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
                check(prepared, table, expected: QueryInterpreter(table: table, select: select).rows(), "seed \(seed): \(text)")
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
            return "row \(index) of \(rows.count) (expected \(expected.count)):\n got \(got ?? [])\n expected \(wanted ?? [])"
        }
        return "the rows differ in rounding"
    }
}
