import Columnar
import Engine
import Foundation
import QueryLang
import QuerySupport
import TestSupport

/// Tables, and answers to queries over them.
struct Probe {
    private var tables: [MemoryTable] = []
    private var runner = EngineRunner([], seed: 0)

    /// The answer to a line, without the end of it.
    mutating func answer(_ line: String) -> String {
        do {
            switch try ProbeRequest(line) {
            case .tables(let tables, let seed):
                self.tables = tables
                runner = EngineRunner(tables, seed: seed)
                return "{\"tables\":\(tables.count)}"
            case .query(let text, let setup):
                let setups = ExecutionSetup.covering
                let answer = try runner.answer(text, setup.map { setups[$0 % setups.count] } ?? .plainest)
                return ProbeAnswer.text(answer)
            }
        } catch let error as QueryError {
            return ProbeAnswer.text(error: error.code.rawValue, "\(error)")
        } catch {
            return ProbeAnswer.text(error: "probe", "\(error)")
        }
    }
}
