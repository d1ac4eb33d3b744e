import Columnar
import QueryLang

/// The steps between a source and what takes its rows, ready to compute. Belongs to one thread.
final class LiveChain {
    private enum Stage {
        case filter(FilterConditions)
        case project(Projection)
        case window(LiveWindow)
    }

    private let stages: [Stage]
    /// Whether each batch becomes one batch, or none.
    private let isOneToOne: Bool

    init(_ steps: [LiveShape.Step], _ context: ExecutionContext) {
        stages = steps.map { step in
            switch step {
            case .filter(let predicate): .filter(FilterConditions(predicate))
            case .project(let expressions): .project(Projection(expressions))
            case .window(let calls): .window(LiveWindow(calls, context))
            }
        }
        isOneToOne = steps.allSatisfy { if case .window = $0 { false } else { true } }
    }

    /// What becomes of the next rows of a series: batches that are not empty.
    ///
    /// - Parameter first: the first step that is still to be done.
    func apply(_ batch: RowBatch, series: String, from first: Int = 0) throws(QueryError) -> [RowBatch] {
        if isOneToOne { return try one(batch, from: first).map { [$0] } ?? [] }
        var batches = batch.rowCount > 0 ? [batch] : []
        for stage in stages[first...] where !batches.isEmpty {
            var next: [RowBatch] = []
            for batch in batches {
                switch stage {
                case .filter(let conditions):
                    let kept = try conditions.apply(batch)
                    if kept.rowCount > 0 { next.append(kept) }
                case .project(let projection): next.append(RowBatch(ComputedColumns(batch, projection)))
                case .window(let window): next += try window.apply(batch, series: series)
                }
            }
            batches = next
        }
        return batches
    }

    /// What becomes of a batch where there is no window; nil if no row is left.
    private func one(_ batch: RowBatch, from first: Int) throws(QueryError) -> RowBatch? {
        var batch = batch
        for stage in stages[first...] {
            if batch.rowCount == 0 { return nil }
            switch stage {
            case .filter(let conditions): batch = try conditions.apply(batch)
            case .project(let projection): batch = RowBatch(ComputedColumns(batch, projection))
            case .window: throw QueryError(.bug, "BUG: a window among steps that have none")
            }
        }
        return batch.rowCount > 0 ? batch : nil
    }

    /// What becomes of rows that stand for themselves: the values of those that pass, by the number of the row.
    ///
    /// - Parameter columns: how many columns to give.
    func values(_ record: RecordBatch, columns: Int) throws(QueryError) -> [[Scalar]?] {
        var rows = Array(0..<record.rowCount)
        var batch = RowBatch(MaterializedColumns(record.columns, times: nil, rowCount: record.rowCount))
        var answer = [[Scalar]?](repeating: nil, count: record.rowCount)
        for stage in stages where batch.rowCount > 0 {
            switch stage {
            case .filter(let conditions):
                batch = try conditions.apply(batch)
                switch batch.selection {
                case .range(let range): rows = Array(rows[range])
                case .rows(let kept): rows = (0..<kept.count).map { rows[Int(kept[$0])] }
                }
                batch = RowBatch(MaterializedColumns(try batch.record().columns, times: nil, rowCount: batch.rowCount))
            case .project(let projection): batch = RowBatch(ComputedColumns(batch, projection))
            case .window: throw QueryError(.bug, "BUG: a window over rows of a live sink")
            }
        }
        let values = try LiveChain.scalars(batch, columns: columns)
        for (place, row) in rows.enumerated() where place < values.count { answer[row] = values[place] }
        return answer
    }

    /// The values of rows, row by row.
    static func scalars(_ batch: RowBatch, columns count: Int) throws(QueryError) -> [[Scalar]] {
        var vectors: [Vector] = []
        for index in 0..<min(count, batch.source.columnCount) { vectors.append(try batch.column(index)) }
        return (0..<batch.rowCount).map { row in vectors.map { $0.scalar(at: row) } }
    }
}
