public import Columnar
public import Engine
public import QueryLang
public import TestSupport

/// What the engine gave, row by row.
public struct EngineAnswer: Sendable {
    /// The columns.
    public var columns: [ResultColumn]
    /// The rows, in order.
    public var rows: [[Scalar]]

    /// A promise of the engine's interface that it did not keep.
    public struct BrokenPromise: Error, CustomStringConvertible {
        /// Which one.
        public let description: String
    }

    /// Executes a statement to its end, and checks what the engine promises of batches.
    public init(_ engine: QueryEngine, _ prepared: PreparedQuery) throws {
        let stream = try engine.execute(prepared)
        columns = stream.columns
        rows = []
        func expect(_ isKept: Bool, _ promise: String) throws {
            if !isKept { throw BrokenPromise(description: promise) }
        }
        try expect(columns == prepared.columns, "the columns of the answer are those of the prepared query")
        while let batch = try stream.next() {
            try expect(batch.rowCount > 0, "no batch is empty")
            try expect(batch.columns.map(\.type) == columns.map(\.type), "batches have the types of the columns")
            try expect(batch.columns.allSatisfy { $0.count == batch.rowCount }, "columns are as long as their batch")
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        try expect(try stream.next() == nil, "after the end there is nothing")
        try expect(stream.statistics.rowsReturned == rows.count, "rows that were returned are counted")
    }
}

/// Executes statements over the same tables in several setups.
public final class EngineRunner {
    private let tables: [MemoryTable]
    private let seed: UInt64
    private var store: StoreFixture?
    /// One for all: starting threads costs more than most cases.
    private static let workers = WorkerPool(helperCount: 1)

    /// A runner over tables; `seed` decides how a store came by the rows.
    public init(_ tables: [MemoryTable], seed: UInt64) {
        self.tables = tables
        self.seed = seed
    }

    /// The answer in one setup.
    public func answer(_ text: String, _ setup: ExecutionSetup) throws -> EngineAnswer {
        let engine = try engine(setup)
        return try EngineAnswer(engine, try engine.prepare(text))
    }

    /// The plan in one setup.
    public func plan(_ text: String, _ setup: ExecutionSetup) throws -> String {
        try engine(setup).prepare(text).planDescription(setup.options)
    }

    /// An engine over the tables.
    public func engine(_ setup: ExecutionSetup) throws -> QueryEngine {
        QueryEngine(
            source: try source(setup.storage),
            options: setup.options,
            workers: setup.options.threads > 1 ? Self.workers : nil
        )
    }

    private func source(_ storage: ExecutionSetup.Storage) throws -> any TableSource {
        switch storage {
        case .memory(let sliceRows, let forms, let givesStatistics):
            return MemoryTableSource(tables, sliceRows: sliceRows, givesStatistics: givesStatistics, forms: forms)
        case .store:
            if let store { return store.store }
            let fixture = try StoreFixture(tables, seed: seed)
            store = fixture
            return fixture.store
        }
    }
}
