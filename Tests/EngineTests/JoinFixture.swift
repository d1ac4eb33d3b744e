import Columnar
import QueryLang
import TestSupport
import Testing

@testable import Engine

extension BoundJoin {
    /// All rows of the join with all its columns.
    var select: BoundSelect {
        let types = types
        return BoundSelect(
            source: .join(self),
            outputs: types.enumerated().map { .column($0.offset, $0.element) },
            columns: types.enumerated().map { ResultColumn(name: "c\($0.offset)", type: $0.element) }
        )
    }

    /// The names of the operators that it runs on.
    func plan(_ options: ExecutionOptions) -> String {
        PreparedQuery(.select(select)).planDescription(options)
    }

    /// The rows of an execution.
    func rows(
        _ source: any TableSource,
        _ options: ExecutionOptions = ExecutionOptions(),
        limits: ExecutionLimits = ExecutionLimits()
    ) throws -> [[Scalar]] {
        let engine = QueryEngine(source: source, limits: limits, options: options)
        let stream = try engine.execute(PreparedQuery(.select(select)))
        var rows: [[Scalar]] = []
        while let batch = try stream.next() {
            #expect(batch.rowCount > 0)
            #expect(batch.rowCount <= options.batchRows)
            for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0.scalar(at: row) }) }
        }
        return rows
    }
}
