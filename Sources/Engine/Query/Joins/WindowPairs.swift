import Columnar
import QueryLang

/// Folds expressions over columns of both sides: left and right rows are put together, a batch of pairs at a time.
struct WindowPairs {
    /// An aggregate with arguments over pairs.
    struct Call {
        let states: any GroupedFold
        let arguments: [any ExpressionNode]
        let needsTimes: Bool
    }

    let windows: LeftWindows
    let leftTypes: [ColumnType]
    let context: ExecutionContext

    /// The outputs of each of some aggregates.
    func columns(_ calls: [Call]) throws(QueryError) -> [[Vector]] {
        for call in calls { call.states.addGroups(windows.count) }
        for span in windows.spans { try fold(span, calls) }
        var columns: [[Vector]] = []
        for call in calls { columns.append(try WindowFolds.finish(call.states, count: windows.count)) }
        return columns
    }

    private func fold(_ span: WindowSpan, _ calls: [Call]) throws(QueryError) {
        var leftRows: [UInt32] = []
        var rightRows: [UInt32] = []
        var runs: [FoldRun] = []
        for place in 0..<span.leftRows.count {
            let left = span.leftRows.lowerBound + place
            var rest = span.rows(place)
            while !rest.isEmpty {
                let count = min(rest.count, context.batchRows - leftRows.count)
                runs.append(FoldRun(group: left, rows: leftRows.count..<leftRows.count + count))
                for row in rest.prefix(count) {
                    leftRows.append(UInt32(truncatingIfNeeded: left))
                    rightRows.append(UInt32(truncatingIfNeeded: row))
                }
                rest = rest.dropFirst(count)
                if leftRows.count == context.batchRows {
                    try update(calls, span.chunk, leftRows, rightRows, runs)
                    leftRows.removeAll(keepingCapacity: true)
                    rightRows.removeAll(keepingCapacity: true)
                    runs.removeAll(keepingCapacity: true)
                }
            }
        }
        if !runs.isEmpty { try update(calls, span.chunk, leftRows, rightRows, runs) }
    }

    private func update(
        _ calls: [Call],
        _ chunk: WindowChunk,
        _ leftRows: [UInt32],
        _ rightRows: [UInt32],
        _ runs: [FoldRun]
    ) throws(QueryError) {
        try context.checkpoint()
        let source = PairColumns(
            windows.left,
            Buffer(leftRows),
            chunk.rows,
            Buffer(rightRows),
            types: (leftTypes, chunk.types)
        )
        let pairs = RowBatch(source)
        var times: Vector?
        for call in calls {
            var vectors: [Vector] = []
            for argument in call.arguments { vectors.append(try argument.evaluate(pairs)) }
            if call.needsTimes, times == nil {
                let all = try chunk.times()
                times = rightRows.withUnsafeBufferPointer { all.gather($0) }
            }
            let values = FoldArguments(vectors, times: call.needsTimes ? times : nil, rowCount: pairs.rowCount)
            call.states.update(values, runs)
        }
    }
}
