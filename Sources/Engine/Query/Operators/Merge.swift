import Columnar
import QueryLang

/// Rows of several series by (time, series, arrival).
///
/// A heap holds one entry per series with the time of its next row. The series at the root gives all its rows up to the
/// next one's time in one go, found by galloping. A series that has no batch at hand stands in the heap with the first time
/// of its next slice, so it is decoded only once its rows are due. Rows are first picked, a batch of them, and then copied
/// column by column.
final class Merge: PhysicalOperator {
    /// A series and a time that none of its rows to come is before.
    private struct Entry {
        var time: Int64
        var series: Int

        func precedes(_ other: Entry) -> Bool { time != other.time ? time < other.time : series < other.series }
    }

    private var heap: [Entry] = []
    private var runs: [MergeRun]
    private let types: [ColumnType]
    private let context: ExecutionContext
    /// Rows of the batch to come, and the batches that they are of.
    private var picks: [RowPick] = []
    private var sources: [RecordBatch] = []

    /// Rows from which a range is handed on as it lies, without copying.
    private static let directRows = 1024

    init(_ input: any Relation, types: [ColumnType], _ worker: Worker) throws(QueryError) {
        self.types = types
        self.context = worker.context
        self.runs = []
        for index in input.series.indices {
            let rows = try input.open(index, worker, rowsMax: context.batchRows)
            runs.append(MergeRun(rows))
            if let time = try rows.peekTime() { push(Entry(time: time, series: index)) }
        }
    }

    func next() throws(QueryError) -> RecordBatch? {
        try context.checkpoint()
        while let root = heap.first {
            let run = runs[root.series]
            if run.rows == nil {
                try load(run, root.series)
            } else if let direct = try take(root.series, before: secondEntry) {
                return direct
            }
            if picks.count >= context.batchRows { return flush() }
        }
        return picks.isEmpty ? nil : flush()
    }

    /// Picks the rows of the root's series that come before another's. Gives them directly if they are many.
    private func take(_ series: Int, before next: Entry?) throws(QueryError) -> RecordBatch? {
        let run = runs[series]
        guard let rows = run.rows else { return nil }
        let start = run.position
        var end = next.map { run.end(before: $0.time, isTieMine: series < $0.series) } ?? rows.rowCount
        var direct: RecordBatch?
        if picks.isEmpty, end - start >= min(Self.directRows, context.batchRows) {
            direct = rows.slice(start..<end)
        } else {
            end = min(end, start + context.batchRows - picks.count)
            if run.source < 0 {
                run.source = sources.count
                sources.append(rows)
            }
            let source = UInt32(run.source)
            for row in start..<end { picks.append(RowPick(source: source, row: UInt32(truncatingIfNeeded: row))) }
        }
        run.position = end
        if end < rows.rowCount {
            replaceRoot(Entry(time: run.times[end], series: series))
        } else {
            try context.hold(bytes: -run.drop())
            let time = try run.input.peekTime()
            replaceRoot(time.map { Entry(time: max($0, heap[0].time), series: series) })
        }
        return direct
    }

    /// Reads and computes the next batch of the root's series.
    private func load(_ run: MergeRun, _ series: Int) throws(QueryError) {
        guard let batch = try run.input.next() else { return replaceRoot(nil) }
        let times = try batch.times().int64Values
        run.load(try batch.record(), times: times)
        try context.hold(bytes: run.heldBytes)
        replaceRoot(Entry(time: times[0], series: series))
    }

    private func flush() -> RecordBatch {
        let columns = types.indices.map { column in
            Interleave.vector(sources.map { $0.columns[column] }, picks, type: types[column])
        }
        let batch = RecordBatch(columns: columns, rowCount: picks.count)
        picks.removeAll(keepingCapacity: true)
        sources.removeAll(keepingCapacity: true)
        for entry in heap { runs[entry.series].source = -1 }
        return batch
    }
}

/// One series on its way through a merge.
final class MergeRun {
    let input: any RowSource
    /// The batch at hand; nil if none was read yet or the last was used up.
    private(set) var rows: RecordBatch?
    private(set) var times = Buffer<Int64>([])
    /// The next row of ``rows``.
    var position = 0
    /// Place of ``rows`` among the sources of the batch that is being picked; negative if it is not there.
    var source = -1
    /// What ``rows`` is accounted for.
    private(set) var heldBytes = 0

    init(_ input: any RowSource) { self.input = input }

    func load(_ rows: RecordBatch, times: Buffer<Int64>) {
        self.rows = rows
        self.times = times
        position = 0
        source = -1
        heldBytes = rows.rowCount * (rows.columns.count + 1) * 8
    }

    /// Lets go of the batch; returns what it was accounted for.
    func drop() -> Int {
        rows = nil
        defer { heldBytes = 0 }
        return heldBytes
    }

    /// The first row from the present one on that does not come before another series' next row.
    func end(before bound: Int64, isTieMine: Bool) -> Int {
        times.withUnsafeBufferPointer { times in
            Gallop.end(in: times, from: position) { $0 < bound || (isTieMine && $0 == bound) }
        }
    }
}

extension Merge {
    /// The entry that is least after the root.
    private var secondEntry: Entry? {
        if heap.count < 2 { return nil }
        return heap.count == 2 || heap[1].precedes(heap[2]) ? heap[1] : heap[2]
    }

    private func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    /// Puts another entry in place of the least, or nothing.
    private func replaceRoot(_ replacement: Entry?) {
        guard let entry = replacement ?? heap.last else { return }
        if replacement == nil { heap.removeLast() }
        if heap.isEmpty { return }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(entry) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = entry
    }
}
