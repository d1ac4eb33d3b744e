import Engine
import Foundation
import QueryLang
import TestSupport
import Testing

/// Runs the text cases. `TICKGATE_COMPLETE=1 swift test --filter QueryCasesTests` writes what comes out into the files.
@Suite("Text cases of queries")
struct QueryCasesTests {
    private static let setups: [MemoryTableSource] = MemoryForms.allCases.flatMap { forms in
        [1, 3, 1024].flatMap { rows in
            [true, false].map { MemoryTableSource([], sliceRows: rows, givesStatistics: $0, forms: forms) }
        }
    }

    @Test("give what they say, however the rows lie", arguments: QueryCaseFile.names)
    func casesHold(name: String) throws {
        let file = try QueryCaseFile(name)
        #expect(!file.cases.isEmpty)
        if ProcessInfo.processInfo.environment["TICKGATE_COMPLETE"] == "1" {
            let results = file.cases.map { result(of: $0, file, Self.setups[Self.setups.count - 1]) }
            try file.rewritten(results).write(to: file.url, atomically: true, encoding: .utf8)
            return
        }
        for setup in Self.setups {
            for testCase in file.cases {
                let result = result(of: testCase, file, setup)
                #expect(
                    result == testCase.expected,
                    "\(name):\(testCase.line) slices of \(setup.sliceRows), \(setup.forms): \(testCase.text)"
                )
            }
        }
    }

    private func result(of testCase: QueryCase, _ file: QueryCaseFile, _ setup: MemoryTableSource) -> [String] {
        var source = setup
        source.memoryTables = file.tables
        let engine = QueryEngine(source: source)
        do {
            let prepared = try engine.prepare(testCase.text)
            if testCase.kind == .plan { return prepared.planDescription.split(separator: "\n").map(String.init) }
            let lines = try csv(engine, prepared)
            return testCase.kind == .header ? lines : Array(lines.dropFirst())
        } catch {
            return ["\(error.code.rawValue): \(error)"]
        }
    }

    private func csv(_ engine: QueryEngine, _ prepared: PreparedQuery) throws(QueryError) -> [String] {
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
