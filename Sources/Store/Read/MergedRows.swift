import Columnar

/// Rows of several runs in the order of time, then arrival; where a table resolves duplicates, the last of each.
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
        var sorted: [[Reference]] = []
        for (index, run) in runs.enumerated() {
            sorted.append(try Self.references(of: run, number: index, timeColumn: context.schema.timeColumn))
        }
        let merged = Self.merge(sorted)
        self.runs = runs
        self.context = context
        guard context.entry.resolvesDuplicates else {
            order = merged
            return
        }
        let columns = context.schema.dedupColumns ?? []
        order = try DuplicateResolution(runs: runs, columns: columns).lastOfEach(merged)
    }

    private static func references(
        of run: SeriesRun,
        number: Int,
        timeColumn: Int
    ) throws(TableError) -> [Reference] {
        let times = Plain.int64(try run.source.vector(column: timeColumn))
        var references: [Reference] = []
        references.reserveCapacity(run.count)
        func add(_ row: Int) {
            references.append(Reference(time: times[row], run: UInt32(number), row: UInt32(row)))
        }
        guard let scattered = run.scattered else {
            run.rows.forEach(add)
            return references
        }
        scattered.forEach(add)
        references.sort { ($0.time, $0.row) < ($1.time, $1.row) }
        return references
    }

    /// Neighbours pairwise, so that a run of earlier arrival always comes first among equal times.
    private static func merge(_ lists: [[Reference]]) -> [Reference] {
        var lists = lists
        while lists.count > 1 {
            var next: [[Reference]] = []
            for index in stride(from: 0, to: lists.count, by: 2) {
                next.append(index + 1 < lists.count ? merge(lists[index], lists[index + 1]) : lists[index])
            }
            lists = next
        }
        return lists.first ?? []
    }

    private static func merge(_ first: [Reference], _ second: [Reference]) -> [Reference] {
        [Reference](unsafeUninitializedCapacity: first.count + second.count) { target, count in
            var (a, b) = (0, 0)
            while a < first.count, b < second.count {
                let takesFirst = first[a].time <= second[b].time
                target.initializeElement(at: count, to: takesFirst ? first[a] : second[b])
                count += 1
                if takesFirst { a += 1 } else { b += 1 }
            }
            for rest in [first[a...], second[b...]] {
                for reference in rest {
                    target.initializeElement(at: count, to: reference)
                    count += 1
                }
            }
        }
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

    func vector(column: Int, rows part: Range<Int>) throws(TableError) -> Vector {
        let part = range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
        precondition(!part.isEmpty && part.upperBound <= range.upperBound, "BUG: rows outside of a slice")
        let isStored = column != rows.context.schema.timeColumn && column != rows.context.schema.seriesColumn
        guard part.count == 1, isStored else { return try MergedSlice(rows: rows, range: part).vector(column: column) }
        let row = rows.order[part.lowerBound]
        return try rows.runs[Int(row.run)].source.vector(column: column, rows: Int(row.row)..<Int(row.row) + 1)
    }

    func statistics(column: Int) -> ColumnStatistics? {
        guard column == rows.context.schema.timeColumn else { return nil }
        return ColumnStatistics(nullCount: 0, min: .timestamp(firstTime), max: .timestamp(lastTime))
    }
}
