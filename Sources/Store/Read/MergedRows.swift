import Columnar

/// Rows of several runs in the order of time, then arrival; in a regular table the last of each slot.
final class MergedRows: Sendable {
    /// Where a row lies.
    struct Reference: Sendable {
        let time: Int64
        let run: UInt32
        let row: UInt32
    }

    let runs: [SeriesRun]
    let context: SeriesContext
    /// The rows in order.
    let order: [Reference]

    var count: Int { order.count }

    init(_ runs: [SeriesRun], context: SeriesContext) throws(TableError) {
        let runs = runs.sorted { $0.arrival < $1.arrival }
        var references: [Reference] = []
        references.reserveCapacity(runs.reduce(0) { $0 + ($1.scattered?.count ?? $1.rows.count) })
        for (index, run) in runs.enumerated() {
            let times = Plain.int64(try run.source.vector(column: context.schema.timeColumn))
            func add(_ row: Int) {
                references.append(Reference(time: times[row], run: UInt32(index), row: UInt32(row)))
            }
            if let scattered = run.scattered { scattered.forEach(add) } else { run.rows.forEach(add) }
        }
        references.sort { ($0.time, $0.run, $0.row) < ($1.time, $1.run, $1.row) }
        self.runs = runs
        self.context = context
        self.order = context.isRegular ? Self.lastOfEachSlot(references) : references
    }

    private static func lastOfEachSlot(_ references: [Reference]) -> [Reference] {
        var kept: [Reference] = []
        kept.reserveCapacity(references.count)
        for (index, reference) in references.enumerated() {
            let isReplaced = index + 1 < references.count && references[index + 1].time == reference.time
            if !isReplaced { kept.append(reference) }
        }
        return kept
    }
}

/// Some of the merged rows, brought together when a column is asked for.
struct MergedSlice: SeriesSlice {
    let rows: MergedRows
    let range: Range<Int>

    var count: Int { range.count }
    var firstTime: Int64 { rows.order[range.lowerBound].time }
    var lastTime: Int64 { rows.order[range.upperBound - 1].time }

    func vector(column: Int) throws(TableError) -> Vector {
        let context = rows.context
        let type = context.schema.columns[column].type
        if column == context.schema.seriesColumn {
            return Vector(type: type, form: .constant(.text(context.name), count: count))
        }
        let references = rows.order[range]
        if column == context.schema.timeColumn {
            return Vector(type: type, form: .int64(Buffer(references.lazy.map(\.time))))
        }
        var parts: [Vector?] = []
        var isNeeded = [Bool](repeating: false, count: rows.runs.count)
        for reference in references { isNeeded[Int(reference.run)] = true }
        for (index, run) in rows.runs.enumerated() {
            parts.append(isNeeded[index] ? try run.source.vector(column: column) : nil)
        }
        return VectorGather(type: type, parts: parts).gather(references)
    }

    func statistics(column: Int) -> ColumnStatistics? {
        guard column == rows.context.schema.timeColumn else { return nil }
        return ColumnStatistics(nullCount: 0, min: .timestamp(firstTime), max: .timestamp(lastTime))
    }
}
