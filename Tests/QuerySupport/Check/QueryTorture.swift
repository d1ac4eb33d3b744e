import Columnar
import Engine
import QueryLang
import TestSupport

/// Random queries over random tables, checked in several setups.
public struct QueryTorture {
    /// Counts of what came of the cases.
    public struct Report: Sendable, CustomStringConvertible {
        /// Answers that were right.
        public internal(set) var right = 0
        /// Errors that had to come.
        public internal(set) var refused = 0
        /// Texts that the language refuses.
        public internal(set) var invalid = 0
        /// Cases whose answer rounding decides.
        public internal(set) var undecided = 0
        /// Executions of the engine.
        public internal(set) var executions = 0
        /// Reports of failures.
        public internal(set) var failures: [String] = []
        /// Why texts were refused, with how often.
        public internal(set) var reasons: [String: Int] = [:]

        /// An empty report.
        public init() {}

        /// Cases of all kinds.
        public var cases: Int { right + refused + invalid + undecided + failures.count }

        /// Adds another report.
        public mutating func add(_ other: Report) {
            right += other.right
            refused += other.refused
            invalid += other.invalid
            undecided += other.undecided
            executions += other.executions
            failures += other.failures
            reasons.merge(other.reasons, uniquingKeysWith: +)
        }

        /// One line for logs.
        public var description: String {
            """
            \(cases) queries: \(right) right, \(refused) refused as they should be, \(undecided) decided by rounding, \
            \(invalid) invalid, \(failures.count) wrong; \(executions) executions
            """
        }
    }

    /// Queries of a seed.
    public static let queriesPerSeed = 24
    /// Queries of a seed share tables, so many at a time.
    private static let queriesPerTables = 6

    private let seed: UInt64
    private let setupsPerCase: Int

    /// The cases of one seed, each in so many setups.
    public init(seed: UInt64, setupsPerCase: Int = 4) {
        self.seed = seed
        self.setupsPerCase = setupsPerCase
    }

    /// Runs them.
    public func run() -> Report {
        var report = Report()
        var makers = RandomTables(seed: seed)
        var writer = QueryWriter(seed: seed &* 31 &+ 7)
        var tables: [MemoryTable] = []
        for index in 0..<Self.queriesPerSeed {
            if index % Self.queriesPerTables == 0 { tables = makers.tables() }
            check(writer.query(), tables, index, &report)
        }
        return report
    }

    /// The plainest setup and some others: all of them come in turn.
    private func setups(_ index: Int) -> [ExecutionSetup] {
        let all = ExecutionSetup.covering
        let start = Int(seed % 1000) * Self.queriesPerSeed + index
        return [.plainest] + (0..<setupsPerCase).map { all[(start * setupsPerCase + $0) % all.count] }
    }

    private func check(_ query: SelectText, _ tables: [MemoryTable], _ index: Int, _ report: inout Report) {
        let setups = setups(index)
        switch CaseCheck(tables, query.description, seed: seed).run(setups) {
        case .right:
            report.right += 1
            report.executions += setups.count
        case .refused: report.refused += 1
        case .undecided: report.undecided += 1
        case .invalid(let error):
            report.invalid += 1
            report.reasons["\(error.code.rawValue): \(error)", default: 0] += 1
        case .wrong(let failure): report.failures.append(explain(failure, query, tables, index))
        }
    }

    /// The failure with the smallest case that shows it.
    private func explain(
        _ failure: CaseCheck.Failure,
        _ query: SelectText,
        _ tables: [MemoryTable],
        _ index: Int
    ) -> String {
        let setups = failure.setup.map { $0 == .plainest ? [.plainest] : [.plainest, $0] } ?? [.plainest]
        func fails(_ query: SelectText, _ tables: [MemoryTable]) -> CaseCheck.Failure? {
            if case .wrong(let failure) = CaseCheck(tables, query.description, seed: seed).run(setups) {
                failure
            } else {
                nil
            }
        }
        var shrinker = Shrinker { fails($0, $1) != nil }
        let (smallQuery, smallTables) = shrinker.shrink(query, tables)
        let shown = fails(smallQuery, smallTables) ?? failure
        let plan = shown.setup.flatMap { try? EngineRunner(smallTables, seed: seed).plan(smallQuery.description, $0) }
        return """
            seed \(seed), query \(index): \(query)
            smallest: \(smallQuery)
            \(shown.setup.map { "\($0)" } ?? "the oracle")
            \(shown.message)
            plan:
            \(plan ?? "none")
            \(smallTables.filter { smallQuery.description.contains($0.schema.name) }.map(Self.text).joined(separator: "\n"))
            """
    }

    private static func text(_ table: MemoryTable) -> String {
        let head = "table \(table.schema.name): \(table.schema.columns.map(\.name).joined(separator: " "))"
        return ([head] + table.rows.map { "  " + $0.map(AnswerComparison.text).joined(separator: " ") }).joined(
            separator: "\n"
        )
    }
}
