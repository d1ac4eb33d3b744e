import Columnar
import QueryLang

/// Folds the rows of windows, each left row a group: works for every aggregate, in time with the rows of all windows together.
struct WindowFolds {
    let windows: LeftWindows
    let context: ExecutionContext

    /// Rows of windows between two looks at whether to go on: about a millisecond.
    static let checkedRows = 1 << 18

    /// The outputs of an aggregate over columns of the right side alone.
    func columns(
        _ states: any GroupedFold,
        _ arguments: [WindowArgument],
        needsTimes: Bool
    ) throws(QueryError) -> [Vector] {
        states.addGroups(windows.count)
        for span in windows.spans {
            var vectors: [Vector] = []
            for argument in arguments { vectors.append(try span.chunk.values(of: argument)) }
            let times = needsTimes ? try span.chunk.times() : nil
            let values = FoldArguments(vectors, times: times, rowCount: span.chunk.rows.rowCount)
            try forEachRuns(of: span) { states.update(values, $0) }
        }
        return try Self.finish(states, count: windows.count)
    }

    /// Cuts the windows of a span into runs of rows, so many at a time that the query can be stopped between.
    private func forEachRuns(of span: WindowSpan, _ body: ([FoldRun]) -> Void) throws(QueryError) {
        var runs: [FoldRun] = []
        var room = Self.checkedRows
        for place in 0..<span.leftRows.count {
            var rest = span.rows(place)
            while !rest.isEmpty {
                let part = rest.lowerBound..<rest.lowerBound + min(rest.count, room)
                runs.append(FoldRun(group: span.leftRows.lowerBound + place, rows: part))
                rest = part.upperBound..<rest.upperBound
                room -= part.count
                if room == 0 {
                    body(runs)
                    runs.removeAll(keepingCapacity: true)
                    room = Self.checkedRows
                    try context.checkpoint()
                }
            }
        }
        if !runs.isEmpty { body(runs) }
    }

    /// The values of the first `count` groups, which are forgotten.
    static func finish(_ states: any GroupedFold, count: Int) throws(QueryError) -> [Vector] {
        let builders = states.outputTypes.map { VectorBuilder($0) }
        try states.moveFirst(count, to: builders[...])
        return builders.map { $0.take() }
    }
}
