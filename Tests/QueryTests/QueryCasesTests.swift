import Engine
import Foundation
import QueryLang
import QuerySupport
import TestSupport
import Testing

/// Runs the text cases. `make query-cases` writes what comes out into the files, for plans above all.
@Suite("Text cases of queries")
struct QueryCasesTests {
    @Test(
        "give what they say, however the rows lie and however the engine goes about it",
        arguments: QueryCaseFile.names
    )
    func casesHold(name: String) throws {
        let file = try QueryCaseFile(name)
        #expect(!file.cases.isEmpty)
        let runner = EngineRunner(file.tables, seed: 1)
        if ProcessInfo.processInfo.environment["TICKGATE_COMPLETE"] == "1" {
            let setup = ExecutionSetup(
                .memory(sliceRows: 1024, forms: .plain, givesStatistics: true),
                ExecutionOptions()
            )
            let results = try file.cases.map { try result(of: $0, runner.engine(setup)) }
            try file.rewritten(results).write(to: file.url, atomically: true, encoding: .utf8)
            return
        }
        for testCase in file.cases {
            // Plans are those of the optimizer.
            let isPlan = testCase.kind == .plan || testCase.text.hasPrefix("EXPLAIN")
            for setup in ExecutionSetup.covering where !isPlan || setup.options.usesOptimizer {
                let result = try result(of: testCase, runner.engine(setup))
                if testCase.accepts(result) { continue }
                let lines = result.joined(separator: "\n")
                Issue.record("\(name):\(testCase.line): \(setup)\n\(testCase.text)\n\(lines)")
                break
            }
        }
    }

    /// What was reasoned by hand is what the interpreter says too: it is the measure of all random cases.
    @Test("mean what the interpreter takes them to mean", arguments: QueryCaseFile.names)
    func interpreterAgrees(name: String) throws {
        let file = try QueryCaseFile(name)
        for testCase in file.cases where testCase.kind == .query || testCase.kind == .header {
            switch CaseCheck(file.tables, testCase.text, seed: 1).run([.plainest]) {
            case .right, .refused, .undecided: continue
            case .invalid(let error): Issue.record("\(name):\(testCase.line): \(error)")
            case .wrong(let failure): Issue.record("\(name):\(testCase.line): \(testCase.text)\n\(failure.message)")
            }
        }
    }

    private func result(of testCase: QueryCase, _ engine: QueryEngine) throws -> [String] {
        do {
            let prepared = try engine.prepare(testCase.text)
            if testCase.kind == .plan { return prepared.planDescription().split(separator: "\n").map(String.init) }
            let lines = try csv(engine, prepared)
            return testCase.kind == .header ? lines : Array(lines.dropFirst())
        } catch let error as QueryError {
            return ["\(error.code.rawValue): \(error)"]
        }
    }

    private func csv(_ engine: QueryEngine, _ prepared: PreparedQuery) throws -> [String] {
        let stream = try engine.execute(prepared)
        var writer = ResultWriter(format: .csv, columns: stream.columns)
        var bytes: [UInt8] = []
        writer.begin(into: &bytes)
        while let batch = try stream.next() { writer.write(batch, into: &bytes) }
        writer.end(stream.statistics, into: &bytes)
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        return Array(lines.dropLast())
    }
}
