import Columnar
import Engine
public import QueryLang
public import TestSupport

/// A query over tables, to be answered by the engine in several setups and by the oracle.
public struct CaseCheck {
    /// The tables.
    public var tables: [MemoryTable]
    /// The query.
    public var query: String
    /// Decides how a store came by the rows.
    public var seed: UInt64

    /// Creates a case.
    public init(_ tables: [MemoryTable], _ query: String, seed: UInt64) {
        self.tables = tables
        self.query = query
        self.seed = seed
    }

    /// What came of it.
    public enum Outcome: Sendable {
        /// All answers are right.
        case right
        /// The text is refused.
        case invalid(QueryError)
        /// Rounding decides the answer, so nothing was checked.
        case undecided(String)
        /// The answer is an error, as it should be.
        case refused
        /// Something is wrong.
        case wrong(Failure)
    }

    /// An answer that is wrong.
    public struct Failure: Error, Sendable {
        /// The setup in which it came; nil if the oracle is at fault.
        public var setup: ExecutionSetup?
        /// What is wrong with it.
        public var message: String
    }

    /// Runs the case in the setups.
    public func run(_ setups: [ExecutionSetup]) -> Outcome {
        let catalog = MemoryTableSource(tables)
        let select: BoundSelect
        do {
            let statement = try QueryCompiler.compile(query, catalog: catalog)
            guard case .select(let bound) = statement else { return .right }
            select = bound
        } catch {
            return .invalid(error)
        }
        do throws(OracleFailure) {
            let expected = try Interpreter(tables).rows(select)
            return compare(setups, expected)
        } catch {
            switch error {
            case .undecided(let what): return .undecided(what)
            case .refused(let code): return expectRefusal(setups, code)
            case .unknown(let what): return .wrong(Failure(setup: nil, message: "the oracle does not know \(what)"))
            }
        }
    }

    private func compare(_ setups: [ExecutionSetup], _ expected: [[Value]]) -> Outcome {
        let runner = EngineRunner(tables, seed: seed)
        var first: [[Scalar]]?
        for setup in setups {
            do {
                let answer = try runner.answer(query, setup)
                let difference =
                    AnswerComparison.difference(answer.rows, expected)
                    ?? first.flatMap { AnswerComparison.change($0, answer.rows, expected) }
                if let difference { return .wrong(Failure(setup: setup, message: difference)) }
                first = first ?? answer.rows
                if setup.options.threads > 1, try !isSameAlone(answer, setup, runner) {
                    return .wrong(Failure(setup: setup, message: "one thread alone gives other bits"))
                }
            } catch {
                return .wrong(Failure(setup: setup, message: "failed: \(error)"))
            }
        }
        return .right
    }

    /// Whether one thread gives the same to the bit: how rows are cut into parts depends on the data alone.
    private func isSameAlone(_ answer: EngineAnswer, _ setup: ExecutionSetup, _ runner: EngineRunner) throws -> Bool {
        var alone = setup
        alone.options.threads = 1
        let other = try runner.answer(query, alone)
        return zip(answer.rows, other.rows).allSatisfy { zip($0, $1).allSatisfy(Lifting.isSameBits) }
    }

    /// Every setup must refuse, or at least not answer something else: one that reads less may have missed the reason.
    private func expectRefusal(_ setups: [ExecutionSetup], _ code: String) -> Outcome {
        let runner = EngineRunner(tables, seed: seed)
        for setup in setups {
            do {
                _ = try runner.answer(query, setup)
            } catch let error as QueryError {
                if error.code.rawValue == code { continue }
                return .wrong(Failure(setup: setup, message: "expected \(code), got \(error.code.rawValue): \(error)"))
            } catch {
                return .wrong(Failure(setup: setup, message: "failed: \(error)"))
            }
        }
        return .refused
    }
}

/// Compares answers.
enum AnswerComparison {
    /// What is wrong with an answer; nil if nothing is.
    static func difference(_ given: [[Scalar]], _ expected: [[Value]]) -> String? {
        for row in 0..<max(given.count, expected.count) {
            guard row < given.count, row < expected.count else {
                return "\(given.count) rows, expected \(expected.count)\n\(rows(given, expected, near: row))"
            }
            guard given[row].count == expected[row].count else { return "row \(row) has \(given[row].count) columns" }
            for column in given[row].indices where !expected[row][column].accepts(given[row][column]) {
                let wanted = expected[row][column]
                let error = wanted.error > 0 ? " ± \(wanted.error)" : ""
                return """
                    row \(row), column \(column): \(text(given[row][column])), expected \(text(wanted.scalar))\(error)
                    \(rows(given, expected, near: row))
                    """
            }
        }
        return nil
    }

    /// What changed between two right answers that must be the same to the bit; nil if nothing did.
    static func change(_ first: [[Scalar]], _ second: [[Scalar]], _ expected: [[Value]]) -> String? {
        for row in first.indices {
            for column in first[row].indices {
                let wanted = expected[row][column]
                guard wanted.isReproducible, !wanted.isExact,
                    !Lifting.isSameBits(first[row][column], second[row][column])
                else { continue }
                return """
                    row \(row), column \(column): not the same to the bit, \(text(first[row][column])) and \
                    \(text(second[row][column]))
                    """
            }
        }
        return nil
    }

    private static func rows(_ given: [[Scalar]], _ expected: [[Value]], near row: Int) -> String {
        let range = max(0, row - 2)..<max(given.count, expected.count)
        return range.prefix(6).map { index in
            let got = index < given.count ? given[index].map(text).joined(separator: " ") : "-"
            let wanted = index < expected.count ? expected[index].map { text($0.scalar) }.joined(separator: " ") : "-"
            return "  \(index) got      \(got)\n  \(index) expected \(wanted)"
        }.joined(separator: "\n")
    }

    /// A value in short.
    static func text(_ value: Scalar) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .int64(let value): "\(value)"
        case .float64(let value): "\(value)"
        case .timestamp(let value): CivilTime.text(value)
        case .text(let value): "'\(value)'"
        }
    }
}
