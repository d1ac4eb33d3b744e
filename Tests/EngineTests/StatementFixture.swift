import Columnar
import Engine
import QueryLang
import Store
import StoreSupport

/// An engine over a store on a simulated disk, which can be stopped as by `kill -9` and started again.
final class StatementFixture {
    let disk: SimulatedDisk
    private(set) var store: Store
    private(set) var engine: QueryEngine

    init(seed: UInt64 = 1) throws {
        disk = SimulatedDisk(seed: seed)
        store = try Store.open(directory: "/data", fileSystem: disk)
        engine = QueryEngine(source: store, writer: store)
    }

    deinit { store.close(flush: false) }

    /// Loses what was not durable, and opens the directory again.
    func crash(seed: UInt64 = 1) throws {
        disk.crash(seed: seed)
        store.close(flush: false)
        disk.restart()
        store = try Store.open(directory: "/data", fileSystem: disk)
        engine = QueryEngine(source: store, writer: store)
    }

    /// Rows of an answer as text: values by `|`.
    @discardableResult
    func run(_ text: String, limits: ExecutionLimits = ExecutionLimits()) throws(QueryError) -> [String] {
        let stream = try engine.execute(try engine.prepare(text), limits: limits)
        var rows: [String] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                rows.append(batch.columns.map { Self.text($0.scalar(at: row)) }.joined(separator: "|"))
            }
        }
        return rows
    }

    func failure(_ text: String) -> QueryError? {
        do throws(QueryError) {
            try run(text)
            return nil
        } catch {
            return error
        }
    }

    private static func text(_ value: Scalar) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .int64(let value): "\(value)"
        case .float64(let value): "\(value)"
        case .timestamp(let value): CivilTime.text(value)
        case .text(let value): value
        }
    }
}
