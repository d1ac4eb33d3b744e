import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

@Suite("Joins, against a nested loop")
struct JoinPropertyTests {
    /// Cases of one test run.
    private static let casesPerSeed = 20

    @Test("give what comparing every pair gives, however rows are cut and whichever operators run", arguments: 0..<20)
    func differential(seed: UInt64) throws {
        for index in 0..<Self.casesPerSeed {
            var cases = JoinRandomCases(seed: seed &* 1_000_003 &+ UInt64(index))
            let random = cases.makeCase()
            let expected = Result { try JoinOracle(random.join, left: random.left, right: random.right).rows() }
            for usesOptimizer in [true, false] {
                let options = ExecutionOptions(
                    batchRows: cases.generator.pick([1, 3, ExecutionOptions.batchRowsDefault]),
                    usesOptimizer: usesOptimizer,
                    usesStatistics: cases.generator.oneIn(2)
                )
                let source = MemoryTableSource(
                    random.tables,
                    sliceRows: cases.generator.pick([1, 2, 7, 100]),
                    forms: cases.generator.pick([.plain, .decimals, .mixed])
                )
                let actual = Result { try random.join.rows(source, options) }
                if let difference = Self.difference(actual, expected) {
                    Issue.record("seed \(seed), case \(index): \(difference); \(options)\n\(random.summary)")
                    return
                }
            }
        }
    }

    /// What differs first.
    private static func difference(
        _ actual: Result<[[Scalar]], any Error>,
        _ expected: Result<[[Scalar]], any Error>
    ) -> String? {
        switch (actual, expected) {
        case (.success(let actual), .success(let expected)):
            for (row, (left, right)) in zip(actual, expected).enumerated() {
                if let column = zip(left, right).enumerated().first(where: { !$1.0.isNearly($1.1) })?.offset {
                    return "row \(row), column \(column) is \(left[column]), not \(right[column])"
                }
            }
            return actual.count == expected.count ? nil : "\(actual.count) rows, not \(expected.count)"
        case (.failure(let actual as QueryError), .failure(let expected as QueryError)):
            return actual.code == expected.code ? nil : "\(actual), not \(expected)"
        case (.failure(let error), _): return "\(error)"
        case (.success, .failure(let error)): return "rows in place of \(error)"
        }
    }
}
